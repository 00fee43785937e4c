// Bounds of a model, far above any real one, that keep element counts exact in 64 bits.
#pragma once

#include <cstdint>

namespace rehearse {

inline constexpr std::int64_t kMaxDimension = 1'000'000;
inline constexpr std::int64_t kMaxLayers = 100'000;
inline constexpr std::int64_t kMaxTensorElements = 1'000'000'000'000;      // of one layer's output
inline constexpr std::int64_t kMaxParameterElements = 10'000'000'000'000;  // of one tensor

}  // namespace rehearse
