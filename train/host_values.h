// The numbers of a tensor, wherever its backend keeps it.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "kernels/backend.h"

namespace rehearse {

inline std::vector<float> host_values(const Backend& backend, const Tensor& tensor) {
  std::vector<float> values(static_cast<std::size_t>(tensor.elements));
  backend.copy(tensor, tensor_of(values));
  return values;
}

// REQUIRES: as many values as the tensor has.
inline void set_values(const Backend& backend, const Tensor& tensor,
                       std::span<const float> values) {
  const Tensor from{const_cast<float*>(values.data()), static_cast<std::int64_t>(values.size())};
  backend.copy(from, tensor);
}

inline bool all_finite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

}  // namespace rehearse
