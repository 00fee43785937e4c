// One node of a model: what it does, to which shape, with which parameters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/enum_names.h"
#include "kernels/models/layer_kinds.h"

namespace rehearse {

// The extent of a tensor for one sample; the batch comes on top. Images have sequence 1, vectors
// have height and width 1 as well. A sequence has as many steps, each a vector of its channels (the
// features of a step); in memory the steps lie one behind the other.
struct Shape {
  std::int64_t channels = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::int64_t sequence = 1;

  [[nodiscard]] std::int64_t elements() const { return channels * height * width * sequence; }
  friend bool operator==(const Shape&, const Shape&) = default;
};

std::string to_text(const Shape& shape);  // "64x112x112", "4096", 20 steps of 32: "20x32"

// kernels/models/layer_kinds.h lists them.
enum class LayerKind {
#define REHEARSE_ENUMERATOR(kind) kind,
  REHEARSE_LAYER_KINDS(REHEARSE_ENUMERATOR)
#undef REHEARSE_ENUMERATOR
};

std::string_view to_text(LayerKind kind);

#define REHEARSE_COUNT(kind) +1
#define REHEARSE_WORD(kind) #kind,
inline constexpr std::size_t kLayerKinds = 0 REHEARSE_LAYER_KINDS(REHEARSE_COUNT);
inline constexpr auto kLayerKindNames =
    EnumNames<LayerKind, kLayerKinds>({REHEARSE_LAYER_KINDS(REHEARSE_WORD)});
#undef REHEARSE_COUNT
#undef REHEARSE_WORD

// The sliding window of a convolution or a pooling layer.
struct Window {
  std::int64_t kernel_height = 1, kernel_width = 1;
  std::int64_t stride_height = 1, stride_width = 1;
  std::int64_t padding_height = 0, padding_width = 0;  // on each side

  static Window square(std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
    return {kernel, kernel, stride, stride, padding, padding};
  }
  friend bool operator==(const Window&, const Window&) = default;
};

// What a trainable tensor does. Weights start at random and are subject to weight decay; scales
// start at 1, shifts (a bias is one) at 0.
enum class ParameterRole { weight, scale, shift };

struct ParameterTensor {
  std::string name;  // "conv1.weight"; unique in a model
  std::int64_t elements = 0;
  ParameterRole role = ParameterRole::weight;
};

struct Layer {
  std::string name;  // unique in a model
  LayerKind kind = LayerKind::input;
  std::vector<std::size_t> inputs;          // indices of earlier layers; empty for the input
  Shape output;                             // per sample
  Window window;                            // of convolution, max_pool and average_pool
  std::int64_t groups = 1;                  // of a convolution
  bool bias = false;                        // of convolution and dense
  double dropout_rate = 0;                  // share of elements that dropout drops
  std::int64_t lrn_size = 0;                // channels an lrn sums over
  std::int64_t steps = 1;                   // of its first input: Shape::sequence
  std::vector<ParameterTensor> parameters;  // trainable; weight or scale first, then shift
};

std::int64_t parameter_elements(const Layer& layer);  // of all its parameters

}  // namespace rehearse
