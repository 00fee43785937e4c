#include "kernels/models/ops/window_pool.h"

#include "base/error.h"
#include "kernels/models/model.h"
#include "kernels/models/ops/windows.h"

namespace rehearse {

std::vector<LayerKey> WindowPool::keys() const { return window_keys(); }

void WindowPool::read(ObjectReader& layer, LayerSpec& spec) const {
  spec.window = read_window(layer, true);
}

void WindowPool::take_attributes(const LayerSpec& spec, Layer& layer) const {
  layer.window = spec.window;
}

Shape WindowPool::output(const LayerSpec& spec, const std::vector<Shape>& inputs) const {
  const Window& window = spec.window;
  if (2 * window.padding_height > window.kernel_height ||
      2 * window.padding_width > window.kernel_width) {
    throw Error::input("the padding of a pool is more than half its kernel",
                       "windows would lie in the padding alone");
  }
  return slide(window, inputs.front(), inputs.front().channels);
}

SampleWork WindowPool::forward(const Layer& layer, double in, double out) const {
  return {out * window_size(layer), in + out, 0};
}

std::string WindowPool::key(const Layer& layer, const std::vector<Shape>& inputs) const {
  return to_text(inputs.front()) + " -> " + to_text(layer.output) + window_text(layer.window);
}

double WindowPool::window_size(const Layer& layer) {
  return static_cast<double>(layer.window.size());
}

}  // namespace rehearse
