// The order of a parameter tensor's elements on a GPU, where channels of images lie together:
// weights of convolutions and of dense layers that read images are output, height, width, input
// channel; the plain order is output, input channel, height, width. All others are in plain order.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/models/model.h"

namespace rehearse::cuda {

// Plain: outputs x channels x space; on the GPU: outputs x space x channels.
struct ParameterOrder {
  std::int64_t outputs = 1, channels = 1, space = 1;

  [[nodiscard]] std::int64_t elements() const { return outputs * channels * space; }
  [[nodiscard]] bool is_plain() const { return channels == 1 || space == 1; }
  friend bool operator==(const ParameterOrder&, const ParameterOrder&) = default;
};

ParameterOrder parameter_order(const Model& model, std::size_t layer, std::size_t which);

// REQUIRES: as many elements as the order has, in places that do not overlap.
void to_device_order(const ParameterOrder& order, std::span<const float> plain,
                     std::span<float> to);
void to_plain_order(const ParameterOrder& order, std::span<const float> from,
                    std::span<float> plain);

}  // namespace rehearse::cuda
