// Arrays of fp32, fp16 or bf16 as arithmetic sees them: floats. The type is known when the kernel
// runs: all threads of a kernel take the same branch, and one kernel serves every mixture of types.
#pragma once

#include <bit>
#include <cstdint>

#include "base/contract.h"
#include "kernels/cuda/host_device.h"
#include "kernels/half_float.h"
#include "kernels/tensor.h"

namespace rehearse::cuda {

struct Inputs {
  const void* data = nullptr;
  ElementType type = ElementType::float32;

  REHEARSE_HOST_DEVICE float operator[](std::int64_t i) const {
    if (type == ElementType::float32) return static_cast<const float*>(data)[i];
    if (type == ElementType::bfloat16) return to_float(static_cast<const BrainFloat*>(data)[i]);
    return to_float(static_cast<const Half*>(data)[i]);
  }
};

struct Outputs {
  void* data = nullptr;
  ElementType type = ElementType::float32;

  REHEARSE_HOST_DEVICE void set(std::int64_t i, float value) const {
    if (type == ElementType::float32) {
      static_cast<float*>(data)[i] = value;
    } else if (type == ElementType::bfloat16) {
      static_cast<BrainFloat*>(data)[i] = to_brain_float(value);
    } else {
      static_cast<Half*>(data)[i] = to_half(value);
    }
  }
  REHEARSE_HOST_DEVICE float operator[](std::int64_t i) const { return Inputs{data, type}[i]; }
};

inline bool is_number(ElementType type) {
  return type == ElementType::float32 || type == ElementType::float16 ||
         type == ElementType::bfloat16;
}

// REQUIRES: fp32, fp16 or bf16.
inline Inputs inputs_of(const Tensor& tensor) {
  EXPECTS(is_number(tensor.type));
  return {tensor.data, tensor.type};
}
inline Outputs outputs_of(const Tensor& tensor) {
  EXPECTS(is_number(tensor.type));
  return {tensor.data, tensor.type};
}

REHEARSE_HOST_DEVICE inline bool is_finite(float x) {
  return (std::bit_cast<std::uint32_t>(x) & 0x7f800000U) != 0x7f800000U;
}

}  // namespace rehearse::cuda
