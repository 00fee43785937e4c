// What one kernel asks of a device: a product of matrices, a convolution, attention, or a pass over
// rows of numbers.
//
//   KernelQuery product{.shape = ProductShape{.m = 4096, .n = 1024, .k = 4096}};
//   flops(product);                               // 2 m n k
//
// The fields have the words of the columns of a kernel table (kernels/devices/kernel_table.h).
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "base/enum_names.h"
#include "base/units.h"
#include "kernels/models/precision.h"

namespace rehearse {

enum class KernelKind { gemm, convolution, attention, layernorm, softmax, elementwise };
inline constexpr std::size_t kKernelKinds = 6;
inline constexpr auto kKernelKindNames = enum_names<KernelKind>(
    "gemm", "convolution", "attention", "layernorm", "softmax", "elementwise");

// backward_total: the gradients of data and weights together.
enum class KernelDirection { forward, backward_data, backward_weights, backward_total };
inline constexpr std::size_t kKernelDirections = 4;
inline constexpr auto kKernelDirectionNames =
    enum_names<KernelDirection>("forward", "backward_data", "backward_weights", "backward_total");

// How the operands of a product lie in memory: transA and transB of BLAS. `grouped`: products whose
// first operands differ in size, as of the experts of a layer; m is their mean.
enum class ProductLayout { not_told, nn, nt, tn, tt, grouped };

// `batch_count` products of m x k by k x n. Of backward_total m, n and k are those of the forward
// product; the other directions give those of the product itself.
struct ProductShape {
  double m = 1, n = 1, k = 1;
  double batch_count = 1;
  ProductLayout layout = ProductLayout::not_told;
};

// n images of c x h x w, k filters of r x s, output p x q. All directions give the shape of the
// forward pass.
struct ConvolutionShape {
  double n = 1, c = 1, h = 1, w = 1, k = 1, r = 1, s = 1;
  double pad_h = 0, pad_w = 0, stride_h = 1, stride_w = 1;
  double p = 1, q = 1;
  double groups = 1;
};

// softmax(Q K^T) V of `batch` sequences.
struct AttentionKernel {
  double batch = 1, seq = 1, heads = 1, kv_heads = 1;
  double head_dim = 64, v_head_dim = 64;
  bool causal = true;
};

// What an element-wise kernel does, by the memory passes it takes: of one tensor (relu, gelu,
// tanh), of a tensor and a number, of two tensors, and kinds of their own. The backward pass of
// `function` reads a tensor of the forward pass, that of `scalar` does not.
enum class ElementwiseOp { function, scalar, binary, power_scalar, dropout };

// `rows` vectors of `cols` numbers.
struct RowShape {
  KernelKind kind = KernelKind::elementwise;  // layernorm, softmax or elementwise
  double rows = 1, cols = 1;
  ElementwiseOp op = ElementwiseOp::function;
};

struct KernelQuery {
  std::variant<ProductShape, ConvolutionShape, AttentionKernel, RowShape> shape;
  KernelDirection direction = KernelDirection::forward;

  [[nodiscard]] KernelKind kind() const;
};

// Multiply-adds count as 2, of attention only those below the diagonal where it is causal, and of a
// convolution those of the direct algorithm. Of rows: one for each number.
Flops flops(const KernelQuery& query);

// Compulsory traffic: every operand read once, every result written once. What the matrix units
// read in fp8 and below they write in 2 B.
Bytes traffic(const KernelQuery& query, Precision precision);

// The shape as whole numbers, in the order of the structures above and led by the direction:
// [direction, m, n, k, batch_count, layout]. Of products, convolutions and attention; a list of
// residuals (kernels/devices/residual_table.h) is kept so. from_numbers throws Error::input where
// the numbers are none of a shape.
std::size_t numbers_of(KernelKind kind);  // how many
std::vector<std::int64_t> to_numbers(const KernelQuery& query);
KernelQuery from_numbers(KernelKind kind, const std::vector<std::int64_t>& numbers);

}  // namespace rehearse
