// Arithmetic on each element alone, on a GPU.
//
// Of every launcher in this folder: tensors are contiguous arrays of fp32, fp16 or bf16 in the
// memory of the stream's GPU, each of any of these types; arithmetic is fp32. A call puts kernels
// into the stream and returns; it waits for nothing. It throws Error::environment where a kernel
// cannot be started. Equal calls give equal bits. Includes nothing of CUDA.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/cuda/cuda_stream.h"
#include "kernels/tensor.h"

namespace rehearse::cuda {

// The same functions as those of kernels/cpu/ops.
enum class Function : std::uint8_t { relu, gelu, silu, sigmoid, tanh };

// Whether the slope is a function of the output (else of the input): what backward needs.
constexpr bool is_of_output(Function function) {
  return function == Function::relu || function == Function::sigmoid || function == Function::tanh;
}

// y = f(x). REQUIRES: as many elements; y may be x.
void apply(Function function, const Tensor& x, const Tensor& y, StreamHandle stream);
// dx = dy f'. `kept` is y of functions that are is_of_output, else x. dx may be dy.
void apply_backward(Function function, const Tensor& kept, const Tensor& dy, const Tensor& dx,
                    StreamHandle stream);

// y = sum of all, and of that the positive part with `relu`. REQUIRES: 2 to 4 tensors of the size
// of y, which may be one of them.
void add(const std::vector<Tensor>& from, const Tensor& y, bool relu, StreamHandle stream);

// y = x times factor, in the type of y: casts. y may be x where types are equal.
void scale(const Tensor& x, float factor, const Tensor& y, StreamHandle stream);

// Rows of x have a gate of `width` elements and then a value of `width`: y = gate sigmoid(gate)
// value, in rows of `width`.
void gated_unit(const Tensor& x, const Tensor& y, std::int64_t width, StreamHandle stream);
// dx may be x.
void gated_unit_backward(const Tensor& x, const Tensor& dy, const Tensor& dx, std::int64_t width,
                         StreamHandle stream);

// Rows of x plus the bias. REQUIRES: bias.elements divides those of x.
void add_bias(const Tensor& x, const Tensor& bias, const Tensor& y, StreamHandle stream);

// The mask of one layer in one step, as in kernels/cpu/ops/dropout.cc: the same elements are
// dropped in the same order of memory.
struct DropoutMask {
  double rate = 0;  // in [0, 1)
  std::uint64_t seed = 1, stream = 0;
  std::uint32_t layer = 0;
};
// y = x / (1 - rate) where the mask keeps, else 0. The backward pass is the same call with
// gradients. y may be x. REQUIRES: less than 2^34 elements.
void dropout(const Tensor& x, const DropoutMask& mask, const Tensor& y, StreamHandle stream);

}  // namespace rehearse::cuda
