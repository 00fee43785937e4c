// The addition at the receiving end of a reduction, as every real transport does it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>

#include "kernels/tensor.h"

namespace rehearse {

inline void add_arrived(const float* arrived, std::int64_t elements, float* sum) {
  std::transform(sum, sum + elements, arrived, sum, std::plus<>());
}

// The same of elements of any type that adds up; a sum of two numbers of 16 bits is rounded to one.
// REQUIRES: float32, float16 or bfloat16.
void add_arrived(const void* arrived, std::int64_t elements, ElementType type, void* sum);

}  // namespace rehearse
