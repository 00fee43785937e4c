// Operators that only look at elements anew: reshapes, transpositions, parts of an axis.
#include <algorithm>

#include "base/error.h"
#include "kernels/models/importers/onnx/rules.h"

namespace rehearse::onnx_import {
namespace {

Axes regrouped(const Activation& in, const Dims& dims) {
  if (auto axes = regroup(in.axes, dims)) return std::move(*axes);
  throw Error::input("it reshapes " + to_text(in.dims()) + " to " + to_text(dims),
                     "the parts do not follow the dimensions of the samples");
}

Axes transposed(const Node& node, const Axes& axes) {
  std::vector<std::int64_t> order = node.integers("perm");
  if (order.empty()) {
    for (std::size_t i = axes.size(); i-- > 0;) order.push_back(static_cast<std::int64_t>(i));
  }
  if (order.size() != axes.size()) throw Error::input("it permutes another number of axes");
  std::vector<bool> used(axes.size(), false);
  Axes result;
  for (const std::int64_t from : order) {
    const std::size_t axis = axis_of(from, axes.size());
    if (used[axis]) throw Error::input("it repeats an axis");
    used[axis] = true;
    result.push_back(axes[axis]);
  }
  return result;
}

Axes flattened(const Node& node, const Activation& in) {
  const auto rank = static_cast<std::int64_t>(in.axes.size());
  std::int64_t axis = node.integer("axis", 1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis > rank) throw Error::input("its axis is out of range");
  Dims dims{1, 1};
  for (std::int64_t i = 0; i < rank; ++i) {
    dims[i < axis ? 0 : 1] *= extent_of(in.axes[static_cast<std::size_t>(i)]);
  }
  return regrouped(in, dims);
}

// New extents beside those of 1 hold copies.
Axes expanded(const Activation& in, const std::vector<std::int64_t>& wanted) {
  const Dims dims = broadcast(in.dims(), wanted);
  Axes axes(dims.size() - in.axes.size());
  axes.insert(axes.end(), in.axes.begin(), in.axes.end());
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (extent_of(axes[i]) != dims[i]) axes[i] = {{Role::repeat, dims[i], 1}};
  }
  return axes;
}

std::vector<std::int64_t> shape_of(const Network& network, const Node& node) {
  if (node.has("shape")) return node.integers("shape");
  return whole_numbers(network.constant(node, 1), "a shape");
}

// A step alone.
Activation step_of(Network& network, const Node& node, Activation part, const Range& range) {
  if (range.end - range.begin != 1 ||
      extent_of(part.axes, Role::step) != extent_of(part.axes[range.axis])) {
    throw Error::input("it takes a part of the steps", "one step alone is read");
  }
  network.to_sequence(part);
  network.expect_whole(part);
  part.layer = network.add(node, {.kind = LayerKind::first_step, .inputs = {part.layer}});
  part.axes[range.axis].clear();
  return part;
}

// Channels that lie one behind the other, or equally far apart.
Activation channels_of(Activation part, const Range& range) {
  Axis& axis = part.axes[range.axis];
  const Atom atom = merged(axis).front();
  part.begin += range.begin * atom.inner;
  part.channels = part.channels / atom.extent * (range.end - range.begin);
  axis = merged({{Role::channel, range.end - range.begin, atom.inner}});
  return part;
}

}  // namespace

Activation part_of(Network& network, const Node& node, const Activation& whole, const Range& range,
                   bool gone) {
  Activation part = whole;
  const Axis axis = merged(part.axes.at(range.axis));
  const std::int64_t extent = extent_of(axis);
  if (range.end <= range.begin) throw Error::input("it takes nothing of an axis");
  if (range.end - range.begin != extent) {
    const bool one_atom = axis.size() == 1;
    if (one_atom && is_only(axis, Role::channel)) {
      part = channels_of(std::move(part), range);
    } else if (is_only(axis, Role::step)) {
      part = step_of(network, node, std::move(part), range);
    } else {
      throw Error::input("it takes a part of " + to_text(whole.dims()),
                         "parts of the channels and one step are read");
    }
  }
  if (gone) {
    // Whether a batch of one sample goes is of no matter to the rest.
    part.axes.erase(part.axes.begin() + static_cast<std::ptrdiff_t>(range.axis));
  }
  return part;
}

void take_view(Network& network, const Node& node) {
  if (node.op == "Identity" || node.op == "Cast") return network.set(node, network.open(node, 0));
  Activation out = network.settled(node, 0);
  const Dims dims = out.dims();
  if (node.op == "Transpose") out.axes = transposed(node, out.axes);
  if (node.op == "Flatten") out.axes = flattened(node, out);
  if (node.op == "Expand") out.axes = expanded(out, shape_of(network, node));
  if (node.op == "Reshape") {
    out.axes =
        regrouped(out, reshaped(dims, shape_of(network, node), node.integer("allowzero", 0) != 0));
  }
  if (node.op == "Squeeze" || node.op == "Unsqueeze") {
    const auto axes = axes_of(node, network.constant(node, 1));
    out.axes = regrouped(out, node.op == "Squeeze"
                                  ? squeezed(dims, axes)
                                  : unsqueezed(dims, axes.value_or(std::vector<std::int64_t>{})));
  }
  network.set(node, std::move(out));
}

void take_slice(Network& network, const Node& node) {
  Activation out = network.settled(node, 0);
  std::vector<const Constant*> inputs;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    inputs.push_back(i == 0 ? nullptr : network.constant(node, i));
  }
  for (const Range& range : slices(node, out.dims(), inputs)) {
    out = part_of(network, node, out, range, false);
  }
  network.set(node, std::move(out));
}

void take_split(Network& network, const Node& node) {
  const Activation in = network.settled(node, 0);
  const std::size_t axis = axis_of(node.integer("axis", 0), in.axes.size());
  std::int64_t begin = 0;
  std::size_t output = 0;
  for (const std::int64_t part : split_parts(node, in.dims()[axis], network.constant(node, 1))) {
    network.set(node, output++,
                {.activation = part_of(network, node, in, {axis, begin, begin + part}, false)});
    begin += part;
  }
}

}  // namespace rehearse::onnx_import
