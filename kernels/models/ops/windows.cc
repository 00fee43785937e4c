#include "kernels/models/ops/windows.h"

#include "base/error.h"
#include "kernels/models/shape_checks.h"

namespace rehearse {
namespace {

std::int64_t slide_along(const char* side, std::int64_t in, std::int64_t kernel,
                         std::int64_t dilation, std::int64_t stride, std::int64_t padding) {
  check_range("kernel", kernel, 1);
  check_range("dilation", dilation, 1);
  check_range("stride", stride, 1);
  check_range("padding", padding, 0);
  const std::int64_t extent = dilation * (kernel - 1) + 1;
  if (extent > in + 2 * padding) {
    throw Error::input(
        "a kernel of " + std::to_string(extent) + " does not fit",
        "the padded " + std::string(side) + " of its input is " + std::to_string(in + 2 * padding));
  }
  return (in + 2 * padding - extent) / stride + 1;
}

std::int64_t slide_back_along(std::int64_t in, std::int64_t kernel, std::int64_t dilation,
                              std::int64_t stride, std::int64_t padding) {
  check_range("kernel", kernel, 1);
  check_range("dilation", dilation, 1);
  check_range("stride", stride, 1);
  check_range("padding", padding, 0);
  const std::int64_t out = (in - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1;
  if (out < 1) {
    throw Error::input("a padding of " + std::to_string(padding) + " leaves nothing",
                       "of " + std::to_string(in) + " inputs");
  }
  return out;
}

std::string pair(std::int64_t height, std::int64_t width) {
  return std::to_string(height) + "x" + std::to_string(width);
}

}  // namespace

std::vector<LayerKey> window_keys() {
  return {{"kernel", {"size", "kernelsize", "poolsize", "windowsize"}},
          {"stride", {"strides"}},
          {"padding", {"pad", "pads"}},
          {"dilation", {"dilationrate", "dilations"}}};
}

Shape slide(const Window& window, const Shape& in, std::int64_t channels) {
  return {channels,
          slide_along("height", in.height, window.kernel_height, window.dilation_height,
                      window.stride_height, window.padding_height),
          slide_along("width", in.width, window.kernel_width, window.dilation_width,
                      window.stride_width, window.padding_width),
          in.sequence,
          slide_along("depth", in.depth, window.kernel_depth, window.dilation_depth,
                      window.stride_depth, window.padding_depth)};
}

Shape slide_back(const Window& window, const Shape& in, std::int64_t channels) {
  return {channels,
          slide_back_along(in.height, window.kernel_height, window.dilation_height,
                           window.stride_height, window.padding_height),
          slide_back_along(in.width, window.kernel_width, window.dilation_width,
                           window.stride_width, window.padding_width),
          in.sequence,
          slide_back_along(in.depth, window.kernel_depth, window.dilation_depth,
                           window.stride_depth, window.padding_depth)};
}

std::string window_text(const Window& window) {
  std::string more;
  if (window.dilation_height != 1 || window.dilation_width != 1) {
    more += " dilation " + pair(window.dilation_height, window.dilation_width);
  }
  if (window.kernel_depth != 1 || window.stride_depth != 1 || window.padding_depth != 0) {
    more += " depth " + pair(window.kernel_depth, window.stride_depth) + " padding " +
            std::to_string(window.padding_depth) + " dilation " +
            std::to_string(window.dilation_depth);
  }
  return " kernel " + pair(window.kernel_height, window.kernel_width) + " stride " +
         pair(window.stride_height, window.stride_width) + " padding " +
         pair(window.padding_height, window.padding_width) + more;
}

}  // namespace rehearse
