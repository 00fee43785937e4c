// Sums of squares, for norms of tensors. Internal to the folder.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/cpu/optimizers/chunks.h"

namespace rehearse {

// Independent sums let the loop run in vector registers without changing the order of additions.
inline double sum_of_squares(const float* x, std::int64_t elements) {
  constexpr int kLanes = 8;
  std::array<double, kLanes> sums{};
  std::int64_t i = 0;
  for (; i + kLanes <= elements; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const double value = x[i + lane];
      sums[lane] += value * value;
    }
  }
  double total = 0;
  for (; i < elements; ++i) total += static_cast<double>(x[i]) * x[i];
  for (const double sum : sums) total += sum;
  return total;
}

// One sum per chunk of a tensor, so that the norm does not depend on who summed which.
class ChunkSums {
 public:
  explicit ChunkSums(std::int64_t elements)
      : sums_(static_cast<std::size_t>(chunks_of(elements))) {}

  // Of the chunk that begins at `begin`.
  double& of(std::int64_t begin) { return sums_[static_cast<std::size_t>(begin / kChunkElements)]; }
  // The root of their sum.
  [[nodiscard]] double norm() const {
    double total = 0;
    for (const double sum : sums_) total += sum;
    return std::sqrt(total);
  }

 private:
  std::vector<double> sums_;
};

}  // namespace rehearse
