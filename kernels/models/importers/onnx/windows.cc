// Convolutions, pools and what else slides over images.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "kernels/models/importers/onnx/rules.h"
#include "kernels/models/model_limits.h"

namespace rehearse::onnx_import {
namespace {

constexpr std::size_t kSides = 3;  // depth, height, width

// One side of a window.
struct Side {
  std::int64_t kernel = 1, stride = 1, padding = 0, dilation = 1;
};

struct Sides {
  Side depth, height, width;

  Side& operator[](std::size_t side) { return side == 0 ? depth : side == 1 ? height : width; }
};

std::int64_t extent_in(const Shape& shape, std::size_t side) {
  return side == 0 ? shape.depth : side == 1 ? shape.height : shape.width;
}

std::int64_t number_of(const std::vector<std::int64_t>& list, std::size_t i, std::int64_t otherwise,
                       std::int64_t least) {
  const std::int64_t value = i < list.size() ? list[i] : otherwise;
  if (value >= least && value <= kMaxDimension) return value;
  throw Error::input("a window has a kernel, stride, padding or dilation of " +
                     std::to_string(value));
}

// The padding of both sides that leads to the same output as those of the file. Layers here have
// as much padding before as behind.
std::int64_t even_padding(const Node& node, const Side& side, std::int64_t in, std::int64_t before,
                          std::int64_t behind) {
  const std::string automatic = node.text("auto_pad", "NOTSET");
  const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
  const bool ceil = node.integer("ceil_mode", 0) != 0;
  if (automatic == "VALID") before = behind = 0;
  if (!same && !ceil && before == behind) return before;
  const std::int64_t covered = side.dilation * (side.kernel - 1) + 1;
  std::int64_t out = (in + side.stride - 1) / side.stride;
  if (!same) {
    const std::int64_t free = in + before + behind - covered;
    if (free < 0) throw Error::input("its window is larger than its padded input");
    out = (ceil ? (free + side.stride - 1) / side.stride : free / side.stride) + 1;
    if (ceil && (out - 1) * side.stride >= in + before) --out;
  }
  // The least p with (in + 2 p - covered) / stride + 1 = out.
  const std::int64_t least = std::max<std::int64_t>(0, (out - 1) * side.stride - in + covered);
  const std::int64_t padding = (least + 1) / 2;
  if ((in + 2 * padding - covered) / side.stride + 1 == out) return padding;
  throw Error::input("its padding is " + std::to_string(before) + " before and " +
                         std::to_string(behind) + " behind",
                     "no even padding leads to the same extents");
}

Sides sides_of(const Node& node, const Shape& in, const std::vector<std::int64_t>& kernel) {
  const auto strides = node.integers("strides"), pads = node.integers("pads"),
             dilations = node.integers("dilations");
  Sides sides;
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    const std::size_t at = kSides - kernel.size() + i;
    Side& side = sides[at];
    side.kernel = number_of(kernel, i, 1, 1);
    side.stride = number_of(strides, i, 1, 1);
    side.dilation = number_of(dilations, i, 1, 1);
    const std::int64_t before = number_of(pads, i, 0, 0);
    const std::int64_t behind = number_of(pads, i + kernel.size(), 0, 0);
    side.padding = even_padding(node, side, extent_in(in, at), before, behind);
  }
  return sides;
}

Window window_of(const Sides& s) {
  Window window{s.height.kernel, s.width.kernel,   s.height.stride,
                s.width.stride,  s.height.padding, s.width.padding};
  window.dilation_height = s.height.dilation;
  window.dilation_width = s.width.dilation;
  window.kernel_depth = s.depth.kernel;
  window.stride_depth = s.depth.stride;
  window.padding_depth = s.depth.padding;
  window.dilation_depth = s.depth.dilation;
  return window;
}

const Activation& image(Network& network, const Node& node, std::size_t spatial) {
  const Activation& in = network.whole(node, 0);
  if (spatial < 1 || spatial > kSides) {
    throw Error::input("it slides over " + std::to_string(spatial) + " dimensions",
                       "1 to 3 are read");
  }
  if (in.axes == image_axes(network.batch(), network.shape(in.layer), spatial)) return in;
  throw Error::input("its input of " + to_text(in.dims()) + " is no image with channels first");
}

void set_image(Network& network, const Node& node, std::size_t layer, std::size_t spatial) {
  const Shape& shape = network.shape(layer);
  network.set(node, Activation{.layer = layer,
                               .axes = image_axes(network.batch(), shape, spatial),
                               .channels = shape.channels});
}

// The extents of a weight of two dimensions and a kernel.
const Constant& filter_of(const Network& network, const Node& node) {
  const Constant* weight = network.constant(node, 1);
  if (weight == nullptr || weight->dims.size() < 3) {
    throw Error::input("its weight is no constant of channels and a kernel");
  }
  return *weight;
}

void own_weights(Network& network, const Node& node, std::size_t layer) {
  for (const std::size_t input : {1U, 2U}) {
    if (const Constant* weight = network.constant(node, input)) network.own(weight->weight, layer);
  }
}

}  // namespace

void take_convolution(Network& network, const Node& node) {
  const Constant weight = filter_of(network, node);
  const std::size_t spatial = weight.dims.size() - 2;
  const Activation in = image(network, node, spatial);
  const Dims kernel(weight.dims.begin() + 2, weight.dims.end());
  const Shape shape = network.shape(in.layer);
  LayerSpec spec{.kind = LayerKind::convolution, .inputs = {in.layer}, .features = weight.dims[0]};
  spec.window = window_of(sides_of(node, shape, kernel));
  spec.groups = node.integer("group", 1);
  spec.bias = node.gives(2);
  if (spec.groups < 1 || weight.dims[1] != shape.channels / spec.groups) {
    throw Error::input("its weight of " + to_text(weight.dims) + " does not fit " +
                       std::to_string(shape.channels) + " channels");
  }
  const std::size_t layer = network.add(node, std::move(spec), weight.weight);
  own_weights(network, node, layer);
  set_image(network, node, layer, spatial);
}

void take_transposed_convolution(Network& network, const Node& node) {
  const Constant weight = filter_of(network, node);
  const std::size_t spatial = weight.dims.size() - 2;
  const Activation in = image(network, node, spatial);
  const Dims kernel(weight.dims.begin() + 2, weight.dims.end());
  for (const std::int64_t extra : node.integers("output_padding")) {
    if (extra != 0) throw Error::input("'output_padding' is not read");
  }
  if (node.integer("group", 1) != 1 || node.has("output_shape") ||
      node.text("auto_pad", "NOTSET") != "NOTSET") {
    throw Error::input("groups, 'output_shape' and 'auto_pad' of it are not read");
  }
  if (weight.dims[0] != network.shape(in.layer).channels) {
    throw Error::input("its weight of " + to_text(weight.dims) + " does not fit its input");
  }
  LayerSpec spec{
      .kind = LayerKind::transposed_convolution, .inputs = {in.layer}, .features = weight.dims[1]};
  spec.window = window_of(sides_of(node, network.shape(in.layer), kernel));
  spec.bias = node.gives(2);
  const std::size_t layer = network.add(node, std::move(spec), weight.weight);
  own_weights(network, node, layer);
  set_image(network, node, layer, spatial);
}

void take_pool(Network& network, const Node& node) {
  const Dims kernel = node.integers("kernel_shape");
  const Activation in = image(network, node, kernel.size());
  const LayerKind kind = node.op == "MaxPool" ? LayerKind::max_pool : LayerKind::average_pool;
  LayerSpec spec{.kind = kind, .inputs = {in.layer}};
  spec.window = window_of(sides_of(node, network.shape(in.layer), kernel));
  set_image(network, node, network.add(node, std::move(spec)), kernel.size());
}

void take_spatial_mean(Network& network, const Node& node, const std::vector<bool>& taken,
                       bool keeps) {
  const Activation in = network.whole(node, 0);
  Axes left;
  for (std::size_t i = 0; i < in.axes.size(); ++i) {
    const bool spatial = is_only(in.axes[i], Role::height) || is_only(in.axes[i], Role::width) ||
                         is_only(in.axes[i], Role::depth) ||
                         (!holds(in.axes[i], Role::channel) && !holds(in.axes[i], Role::step) &&
                          !holds(in.axes[i], Role::batch) && !holds(in.axes[i], Role::repeat));
    if (taken.at(i) && !spatial) {
      throw Error::input("it takes a mean over more than the positions of an image");
    }
    if (!taken.at(i)) left.push_back(in.axes[i]);
    if (taken.at(i) && keeps) left.emplace_back();
  }
  for (const Axis& axis : left) {
    if (holds(axis, Role::height) || holds(axis, Role::width) || holds(axis, Role::depth)) {
      throw Error::input("it takes a mean over a part of the positions of an image");
    }
  }
  const std::size_t layer =
      network.add(node, {.kind = LayerKind::global_average_pool, .inputs = {in.layer}});
  network.set(node, Activation{.layer = layer, .axes = std::move(left), .channels = in.channels});
}

void take_global_pool(Network& network, const Node& node) {
  std::vector<bool> taken(network.whole(node, 0).axes.size(), true);
  for (std::size_t i = 0; i < 2 && i < taken.size(); ++i) taken[i] = false;
  take_spatial_mean(network, node, taken, true);
}

void take_resize(Network& network, const Node& node) {
  const std::size_t rank = network.whole(node, 0).axes.size();
  if (rank < 3) throw Error::input("it enlarges no image");
  const Activation in = image(network, node, rank - 2);
  std::vector<double> factors;
  const Constant* sizes = node.op == "Resize" ? network.constant(node, 3) : nullptr;
  const Constant* scales = network.constant(node, node.inputs.size() > 2 ? 2 : 1);
  if (sizes != nullptr) {
    const Dims from = in.dims(), to = whole_numbers(sizes, "its size");
    for (std::size_t i = 0; i < to.size() && i < from.size(); ++i) {
      factors.push_back(static_cast<double>(to[i]) / static_cast<double>(from[i]));
    }
  } else if (scales != nullptr && scales->values) {
    factors = *scales->values;
  } else if (node.has("scales")) {
    factors = node.attributes.at("scales").numbers;
  }
  const double factor = factors.size() == rank ? factors.back() : 0;
  const bool even = std::all_of(factors.begin() + (factors.size() == rank ? 2 : 0), factors.end(),
                                [&](double one) { return one == factor; });
  if (!even || factor < 1 || factor > 1000 || factor != std::floor(factor)) {
    throw Error::input("it enlarges by no whole factor that is the same for all sides");
  }
  LayerSpec spec{.kind = LayerKind::upsample, .inputs = {in.layer}};
  spec.factor = static_cast<std::int64_t>(factor);
  set_image(network, node, network.add(node, std::move(spec)), rank - 2);
}

}  // namespace rehearse::onnx_import
