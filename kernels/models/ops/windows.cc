#include "kernels/models/ops/windows.h"

#include "base/error.h"
#include "kernels/models/shape_checks.h"

namespace rehearse {
namespace {

std::int64_t slide_along(const char* side, std::int64_t in, std::int64_t kernel,
                         std::int64_t stride, std::int64_t padding) {
  check_range("kernel", kernel, 1);
  check_range("stride", stride, 1);
  check_range("padding", padding, 0);
  if (kernel > in + 2 * padding) {
    throw Error::input(
        "a kernel of " + std::to_string(kernel) + " does not fit",
        "the padded " + std::string(side) + " of its input is " + std::to_string(in + 2 * padding));
  }
  return (in + 2 * padding - kernel) / stride + 1;
}

std::string pair(std::int64_t height, std::int64_t width) {
  return std::to_string(height) + "x" + std::to_string(width);
}

}  // namespace

std::vector<LayerKey> window_keys() {
  return {{"kernel", {"size", "kernelsize", "poolsize", "windowsize"}},
          {"stride", {"strides"}},
          {"padding", {"pad", "pads"}}};
}

Shape slide(const Window& window, const Shape& in, std::int64_t channels) {
  return {channels,
          slide_along("height", in.height, window.kernel_height, window.stride_height,
                      window.padding_height),
          slide_along("width", in.width, window.kernel_width, window.stride_width,
                      window.padding_width),
          in.sequence};
}

std::string window_text(const Window& window) {
  return " kernel " + pair(window.kernel_height, window.kernel_width) + " stride " +
         pair(window.stride_height, window.stride_width) + " padding " +
         pair(window.padding_height, window.padding_width);
}

}  // namespace rehearse
