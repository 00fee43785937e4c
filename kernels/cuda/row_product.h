// The three products of a layer y = x W^T whose rows are samples or steps: x of rows x in, W of
// out x in, y of rows x out, each row by row.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "kernels/cuda/product.h"

namespace rehearse::cuda {

// Bytes to which activations, copies of weights and scratch memory are aligned at least: what the
// widest loads of a GPU take.
inline constexpr int kVector = 16;

// Of addresses that lie any multiples of so many elements behind an aligned one.
int alignment_of(ElementType type, std::initializer_list<std::int64_t> elements);

struct RowProduct {
  std::int64_t rows = 1, in = 1, out = 1;
  ElementType type = ElementType::float32;
  bool narrow = false;      // Product::narrow
  int alignment = kVector;  // of x, W and y
};

// y = relu(x W^T + bias), without what is not asked for.
Product forward_product(const RowProduct& of, bool bias, bool relu);
// y = gelu(x W^T + bias), which also leaves x W^T + bias.
Product gelu_product(const RowProduct& of, bool bias);
// Gradient of W, float32 at `to`: dy^T x.
Product weights_product(const RowProduct& of, const void* to, bool adds);
// Gradient of x: dy W.
Product data_product(const RowProduct& of);
// Where x is the GELU of something: the gradient of that.
Product gelu_data_product(const RowProduct& of);

}  // namespace rehearse::cuda
