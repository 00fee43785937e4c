// Which rows go where when ranks share the experts of a mixture out evenly: rank r has the experts
// from r times their share on. A step is copied once for each expert that serves it, and a copy is
// a row.
//
//   ExpertShares shares(experts, ranks);
//   shares.agree(rows_by_expert, exchanger);
//   exchanger.swap(ExpertShares::kAxis, …)      // shares.to_experts(rows, arrived, width)
//
// On the rank that has the steps the rows lie by expert. On the rank that serves them they arrive
// rank by rank, those of each by expert; the experts have them in order: by expert, those of each
// rank by rank.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/exchanger.h"

namespace rehearse {

class ExpertShares {
 public:
  static constexpr Exchange::Axis kAxis = Exchange::Axis::expert;

  // REQUIRES: `ranks` divides `experts`.
  ExpertShares(std::int64_t experts, std::int64_t ranks);

  // Of a batch: tells the other ranks how many rows of this rank's steps their experts serve, and
  // learns what its own serve. `rows`: by expert, of all experts.
  void agree(std::span<const std::int64_t> rows, Exchanger& exchanger);

  [[nodiscard]] std::int64_t own_experts() const { return own_; }
  [[nodiscard]] std::int64_t sent() const { return sent_; }  // rows of this rank's steps
  [[nodiscard]] std::int64_t served() const { return firsts_.back(); }
  // Of each own expert its first row in order; then the number of rows.
  [[nodiscard]] const std::vector<std::int64_t>& firsts() const { return firsts_; }
  // By row as it arrived, its place in order; and the inverse.
  [[nodiscard]] const std::vector<std::int32_t>& places() const { return places_; }
  [[nodiscard]] const std::vector<std::int32_t>& arrivals() const { return arrivals_; }

  // What swap() takes, for rows of `width` elements. The caller copies the own part, from `to` at
  // its place to `from` there.
  struct Parts {
    std::vector<Tensor> to, from;
  };
  // REQUIRES: tensors of sent() and served() rows.
  [[nodiscard]] Parts to_experts(const Tensor& rows, const Tensor& arrived,
                                 std::int64_t width) const;
  // The way back.
  [[nodiscard]] Parts back(const Tensor& arrived, const Tensor& rows, std::int64_t width) const;

 private:
  // A tensor's rows, so many of each rank.
  static std::vector<Tensor> cut(const Tensor& rows, const std::vector<std::int64_t>& counts,
                                 std::int64_t width);
  void order_rows();

  const std::int64_t experts_, ranks_, own_;
  std::int64_t sent_ = 0;
  std::vector<std::int64_t> served_of_;  // rows of each rank for each own expert
  std::vector<std::int64_t> sent_by_rank_, served_by_rank_;
  std::vector<std::int64_t> firsts_;
  std::vector<std::int32_t> places_, arrivals_;
};

}  // namespace rehearse
