// Which GELUs run inside the dense layers around them.
//
// A GELU that alone reads one dense layer and is read by one dense layer alone has no operation of
// its own. The layer before it applies it and keeps what it was applied to. The layer behind it
// multiplies the gradient of its input by the slope, so that what it leaves is the gradient of the
// layer before. Each is the epilogue of a product where the library has it (library_takes), so
// that the activations pass through memory once, and a kernel behind the product where not. The
// gradient of the bias is summed up by the product that makes the gradient of the weights.
//
// The form of GELU is the same: ours is that with tanh (bodies/elementwise_bodies.h), and so is
// that of cuBLASLt, whose manual does not say it: XLA fuses this form, and only this, into
// cuBLASLt's epilogue (openxla/xla, xla/service/gpu/transforms/gemm_rewriter.cc, HandleMultiply).
#pragma once

#include <cstddef>
#include <optional>

#include "kernels/models/model.h"

namespace rehearse::cuda {

// Whether `layer` is a GELU that the layers around it compute.
bool is_fused_gelu(const Model& model, std::size_t layer);

// Whether `layer` is the dense layer before one.
bool applies_gelu(const Model& model, std::size_t layer);

// Of the dense layer behind one: the dense layer before it. Of others none.
std::optional<std::size_t> layer_before_gelu(const Model& model, std::size_t layer);

}  // namespace rehearse::cuda
