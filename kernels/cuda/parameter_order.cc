#include "kernels/cuda/parameter_order.h"

#include "base/contract.h"

namespace rehearse::cuda {
namespace {

// use(place in plain order, place on the GPU).
template <class Use>
void for_each_place(const ParameterOrder& order, const Use& use) {
  const auto outputs = static_cast<std::size_t>(order.outputs);
  const auto channels = static_cast<std::size_t>(order.channels);
  const auto space = static_cast<std::size_t>(order.space);
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t s = 0; s < space; ++s) {
        use((o * channels + c) * space + s, (o * space + s) * channels + c);
      }
    }
  }
}

}  // namespace

ParameterOrder parameter_order(const Model& model, std::size_t layer, std::size_t which) {
  const Layer& of = model.layers()[layer];
  const ParameterTensor& tensor = of.parameters.at(which);
  const Shape& in = model.input_of(layer);
  std::int64_t space = 1;
  if (which == 0 && of.kind == LayerKind::convolution) space = of.window.size();
  if (which == 0 && of.kind == LayerKind::dense) space = in.height * in.width;
  const std::int64_t outputs = space == 1 ? 1 : of.output.channels;
  return {.outputs = outputs, .channels = tensor.elements / outputs / space, .space = space};
}

void to_device_order(const ParameterOrder& order, std::span<const float> plain,
                     std::span<float> to) {
  EXPECTS(static_cast<std::int64_t>(plain.size()) == order.elements() && to.size() == plain.size());
  for_each_place(order,
                 [&](std::size_t in_plain, std::size_t here) { to[here] = plain[in_plain]; });
}

void to_plain_order(const ParameterOrder& order, std::span<const float> from,
                    std::span<float> plain) {
  EXPECTS(static_cast<std::int64_t>(from.size()) == order.elements() &&
          plain.size() == from.size());
  for_each_place(order,
                 [&](std::size_t in_plain, std::size_t here) { plain[in_plain] = from[here]; });
}

}  // namespace rehearse::cuda
