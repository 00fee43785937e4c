#include "kernels/step/expert_shares.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/contract.h"

namespace rehearse {

ExpertShares::ExpertShares(std::int64_t experts, std::int64_t ranks)
    : experts_(experts),
      ranks_(ranks),
      own_(experts / ranks),
      served_of_(static_cast<std::size_t>(experts)),
      sent_by_rank_(static_cast<std::size_t>(ranks)),
      served_by_rank_(static_cast<std::size_t>(ranks)),
      firsts_(static_cast<std::size_t>(own_) + 1) {
  EXPECTS(ranks >= 1 && experts % ranks == 0);
}

void ExpertShares::agree(std::span<const std::int64_t> rows, Exchanger& exchanger) {
  EXPECTS(static_cast<std::int64_t>(rows.size()) == experts_);
  std::vector<std::int64_t> told(rows.begin(), rows.end());
  const auto bytes = [](std::vector<std::int64_t>& counts) {
    return Tensor{counts.data(), static_cast<std::int64_t>(counts.size() * sizeof(std::int64_t)),
                  ElementType::byte};
  };
  const std::vector<std::int64_t> equal(static_cast<std::size_t>(ranks_), own_);
  const std::int64_t own = exchanger.place(kAxis) * own_;
  std::copy_n(told.begin() + own, own_, served_of_.begin() + own);
  constexpr auto kCount = static_cast<std::int64_t>(sizeof(std::int64_t));
  exchanger.swap(kAxis, cut(bytes(told), equal, kCount), cut(bytes(served_of_), equal, kCount));
  sent_ = std::accumulate(told.begin(), told.end(), std::int64_t{0});
  for (std::int64_t rank = 0; rank < ranks_; ++rank) {
    const auto sum = [&](const std::vector<std::int64_t>& counts) {
      const auto begin = counts.begin() + rank * own_;
      return std::accumulate(begin, begin + own_, std::int64_t{0});
    };
    sent_by_rank_[static_cast<std::size_t>(rank)] = sum(told);
    served_by_rank_[static_cast<std::size_t>(rank)] = sum(served_of_);
  }
  order_rows();
}

void ExpertShares::order_rows() {
  const auto served = [this](std::int64_t rank, std::int64_t expert) {
    return served_of_[static_cast<std::size_t>(rank * own_ + expert)];
  };
  std::ranges::fill(firsts_, 0);
  for (std::int64_t expert = 0; expert < own_; ++expert) {
    const auto at = static_cast<std::size_t>(expert);
    firsts_[at + 1] = firsts_[at];
    for (std::int64_t rank = 0; rank < ranks_; ++rank) firsts_[at + 1] += served(rank, expert);
  }
  EXPECTS(firsts_.back() <= std::numeric_limits<std::int32_t>::max());
  places_.resize(static_cast<std::size_t>(firsts_.back()));
  arrivals_.resize(places_.size());
  std::vector<std::int64_t> next(firsts_.begin(), firsts_.end() - 1);
  std::int32_t arrival = 0;
  for (std::int64_t rank = 0; rank < ranks_; ++rank) {
    for (std::int64_t expert = 0; expert < own_; ++expert) {
      for (std::int64_t i = 0; i < served(rank, expert); ++i, ++arrival) {
        const std::int64_t place = next[static_cast<std::size_t>(expert)]++;
        places_[static_cast<std::size_t>(arrival)] = static_cast<std::int32_t>(place);
        arrivals_[static_cast<std::size_t>(place)] = arrival;
      }
    }
  }
}

std::vector<Tensor> ExpertShares::cut(const Tensor& rows, const std::vector<std::int64_t>& counts,
                                      std::int64_t width) {
  std::vector<Tensor> parts;
  std::int64_t at = 0;
  for (const std::int64_t count : counts) {
    parts.push_back(rows.part(at * width, count * width));
    at += count;
  }
  EXPECTS(at * width == rows.elements);
  return parts;
}

ExpertShares::Parts ExpertShares::to_experts(const Tensor& rows, const Tensor& arrived,
                                             std::int64_t width) const {
  return {cut(rows, sent_by_rank_, width), cut(arrived, served_by_rank_, width)};
}

ExpertShares::Parts ExpertShares::back(const Tensor& arrived, const Tensor& rows,
                                       std::int64_t width) const {
  return {cut(arrived, served_by_rank_, width), cut(rows, sent_by_rank_, width)};
}

}  // namespace rehearse
