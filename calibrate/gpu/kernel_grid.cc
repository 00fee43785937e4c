#include "calibrate/gpu/kernel_grid.h"

#include <algorithm>
#include <utility>

namespace rehearse {
namespace {

using Kernels = std::vector<GridKernel>;
using enum KernelDirection;

void add_product(Kernels& list, ProductShape shape, Precision precision) {
  list.push_back({{.shape = shape}, precision});
}

// A dense layer of `in` to `out` features and so many rows, and its two gradients.
void add_dense(Kernels& list, double rows, double in, double out, Precision precision) {
  using enum ProductLayout;
  add_product(list, {.m = out, .n = rows, .k = in, .layout = tn}, precision);
  add_product(list, {.m = in, .n = rows, .k = out, .layout = nn}, precision);
  add_product(list, {.m = in, .n = out, .k = rows, .layout = nt}, precision);
}

// Dense layers of GPT-2 small (768), GPT-2 medium (1024) and Llama-2-7B (4096, 11008), VGG-16's and
// ResNet-50's; squares for the largest rate.
Kernels products(Precision precision) {
  Kernels list;
  for (const double side : {8192, 4096, 2048, 1024, 512, 256}) {
    add_product(list, {.m = side, .n = side, .k = side, .layout = ProductLayout::tn}, precision);
  }
  const std::pair<double, double> layers[] = {{768, 2304},  {768, 3072},   {3072, 768},
                                              {768, 768},   {1024, 4096},  {4096, 1024},
                                              {4096, 4096}, {4096, 11008}, {11008, 4096}};
  for (const double rows : {8192, 2048, 512}) {
    for (const auto& [in, out] : layers) add_dense(list, rows, in, out, precision);
  }
  add_dense(list, 8192, 768, 50304, precision);
  for (const double batch : {32, 128}) {
    add_dense(list, batch, 25088, 4096, precision);
    add_dense(list, batch, 2048, 1000, precision);
  }
  return list;
}

// Of an image side, channels in and out, kernel and stride; padded so that stride 1 keeps the side.
struct ImageLayer {
  double side, in, out, kernel, stride;
};

Kernels convolutions(Precision precision) {
  // The distinct layers of ResNet-50 (its first, each stage's three kinds and a projection) and
  // those of VGG-16 that it has not.
  const ImageLayer layers[] = {
      {224, 3, 64, 7, 2},    {56, 64, 64, 1, 1},   {56, 64, 64, 3, 1},   {56, 64, 256, 1, 1},
      {56, 256, 128, 1, 1},  {56, 128, 128, 3, 2}, {28, 128, 512, 1, 1}, {56, 256, 512, 1, 2},
      {28, 128, 128, 3, 1},  {28, 512, 256, 1, 1}, {14, 256, 256, 3, 1}, {14, 256, 1024, 1, 1},
      {14, 1024, 512, 1, 1}, {7, 512, 512, 3, 1},  {7, 512, 2048, 1, 1}, {224, 64, 64, 3, 1},
      {112, 64, 128, 3, 1},  {56, 128, 256, 3, 1}, {28, 256, 512, 3, 1}, {14, 512, 512, 3, 1}};
  Kernels list;
  for (const double batch : {64, 16}) {
    for (const ImageLayer& layer : layers) {
      const double pad = (layer.kernel - 1) / 2;
      const double out = layer.side / layer.stride;
      const rehearse::ConvolutionShape shape{.n = batch,
                                             .c = layer.in,
                                             .h = layer.side,
                                             .w = layer.side,
                                             .k = layer.out,
                                             .r = layer.kernel,
                                             .s = layer.kernel,
                                             .pad_h = pad,
                                             .pad_w = pad,
                                             .stride_h = layer.stride,
                                             .stride_w = layer.stride,
                                             .p = out,
                                             .q = out};
      for (const KernelDirection direction : {forward, backward_data, backward_weights}) {
        // Nobody wants the gradient of images.
        if (direction == backward_data && layer.in == 3) continue;
        list.push_back({{.shape = shape, .direction = direction}, precision});
      }
    }
  }
  return list;
}

Kernels attentions(Precision precision) {
  Kernels list;
  const AttentionKernel shapes[] = {
      {.batch = 8, .seq = 1024, .heads = 12, .kv_heads = 12, .head_dim = 64, .v_head_dim = 64},
      {.batch = 16, .seq = 512, .heads = 12, .kv_heads = 12, .head_dim = 64, .v_head_dim = 64},
      {.batch = 32, .seq = 1024, .heads = 12, .kv_heads = 12, .head_dim = 64, .v_head_dim = 64},
      {.batch = 4, .seq = 2048, .heads = 16, .kv_heads = 16, .head_dim = 64, .v_head_dim = 64},
      {.batch = 2, .seq = 4096, .heads = 32, .kv_heads = 32, .head_dim = 128, .v_head_dim = 128},
      {.batch = 4, .seq = 4096, .heads = 32, .kv_heads = 8, .head_dim = 128, .v_head_dim = 128},
      {.batch = 1, .seq = 8192, .heads = 32, .kv_heads = 8, .head_dim = 128, .v_head_dim = 128},
      {.batch = 1, .seq = 16384, .heads = 32, .kv_heads = 8, .head_dim = 128, .v_head_dim = 128},
      {.batch = 1, .seq = 2048, .heads = 32, .kv_heads = 32, .head_dim = 128, .v_head_dim = 128}};
  for (AttentionKernel shape : shapes) {
    for (const bool causal : {true, false}) {
      shape.causal = causal;
      for (const KernelDirection direction : {forward, backward_total}) {
        list.push_back({{.shape = shape, .direction = direction}, precision});
      }
    }
  }
  return list;
}

Kernels rows(Precision precision) {
  Kernels list;
  const auto add = [&](RowShape shape, KernelDirection direction) {
    list.push_back({{.shape = shape, .direction = direction}, precision});
  };
  for (const double cols : {768, 1024, 4096}) {
    for (const double count : {1024, 8192, 65536}) {
      add({KernelKind::layernorm, count, cols}, forward);
      add({KernelKind::layernorm, count, cols}, backward_total);
    }
  }
  for (const double cols : {512, 1024, 2048}) {
    for (const double heads : {4, 16, 96}) {
      add({KernelKind::softmax, heads * cols, cols}, forward);
      add({KernelKind::softmax, heads * cols, cols}, backward_total);
    }
  }
  for (const double count : {64, 1024, 16384, 131072}) {
    using enum ElementwiseOp;
    for (const ElementwiseOp op : {function, binary, scalar, dropout}) {
      add({KernelKind::elementwise, count, 4096, op}, forward);
    }
    add({KernelKind::elementwise, count, 4096, function}, backward_total);
  }
  return list;
}

// The first of each list, then the second of each, and so on.
Kernels in_turn(const std::vector<Kernels>& lists) {
  Kernels all;
  std::size_t longest = 0;
  for (const Kernels& list : lists) longest = std::max(longest, list.size());
  for (std::size_t i = 0; i < longest; ++i) {
    for (const Kernels& list : lists) {
      if (i < list.size()) all.push_back(list[i]);
    }
  }
  return all;
}

}  // namespace

std::vector<GridKernel> kernel_grid() {
  using enum Precision;
  return in_turn({products(bf16), convolutions(bf16), attentions(bf16), rows(bf16), products(tf32),
                  convolutions(tf32)});
}

}  // namespace rehearse
