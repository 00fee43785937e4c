// What measured kernels take longer than a law says, interpolated between their shapes.
//
//   ResidualTable table(KernelKind::gemm, entries, {.width = 0.4, .weight = 0.5});
//   const auto [residual, distance] = table.at(query);   // time = law * exp(residual)
//
// The residual r of a shape is ln(measured / law). Between shapes it is
//
//   r(x) = sum w_i r_i / (sum w_i + weight),   w_i = 1 / (1 + d_i^2 / width^2)^2
//
// over the nearest 16 shapes (inverse distance weighting, Shepard 1968); far from all of them it
// goes to zero. d is the Euclidean distance in the logarithms of the extents, with a fixed distance
// between directions, layouts of operands and strides. A look-up takes time in proportion to the
// number of shapes, some microseconds for a few thousand.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "kernels/devices/kernel_query.h"

namespace rehearse {

struct ResidualEntry {
  KernelQuery query;
  double residual = 0;
};

struct ResidualWeights {
  double width = 0.5;
  double weight = 0.5;
};

class ResidualTable {
 public:
  struct Found {
    double residual = 0;
    double distance = 0;  // to the nearest shape; infinite in an empty table
  };

  ResidualTable() = default;
  // REQUIRES: every entry is of `kind`: gemm, convolution or attention; width and weight > 0.
  ResidualTable(KernelKind kind, std::vector<ResidualEntry> entries, ResidualWeights weights);

  // `without`: an entry that is left out, as in a cross-validation; entries of the same shape are
  // left out with it.
  [[nodiscard]] Found at(const KernelQuery& query,
                         std::optional<std::size_t> without = std::nullopt) const;

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] const std::vector<ResidualEntry>& entries() const { return entries_; }
  [[nodiscard]] const ResidualWeights& weights() const { return weights_; }

 private:
  static constexpr std::size_t kAxes = 8;
  using Position = std::array<float, kAxes>;
  static Position position(const KernelQuery& query);

  std::vector<ResidualEntry> entries_;
  std::vector<Position> positions_;
  ResidualWeights weights_;
};

}  // namespace rehearse
