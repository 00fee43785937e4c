// The arithmetic of extents: what constants.h declares of axes, slices and shapes.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "kernels/models/importers/onnx/constants.h"

namespace rehearse::onnx_import {

std::size_t axis_of(std::int64_t axis, std::size_t rank) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  const std::int64_t at = axis < 0 ? axis + signed_rank : axis;
  if (at >= 0 && at < signed_rank) return static_cast<std::size_t>(at);
  throw Error::input("it names the axis " + std::to_string(axis) + " of a tensor with " +
                     std::to_string(rank));
}

Dims broadcast(const Dims& a, const Dims& b) {
  Dims result(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t of_a = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t of_b = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (of_a != of_b && of_a != 1 && of_b != 1) {
      throw Error::input("it joins tensors of " + to_text(a) + " and " + to_text(b),
                         "their extents do not fit");
    }
    result[result.size() - 1 - i] = of_a == 1 ? of_b : of_a;
  }
  (void)elements_of(result);
  return result;
}

std::vector<std::int64_t> whole_numbers(const Constant* constant, const char* what) {
  if (constant == nullptr || !constant->values) {
    throw Error::input(std::string(what) + " is not known before the network runs");
  }
  constexpr double kMost = 9e18;
  std::vector<std::int64_t> numbers;
  for (const double value : *constant->values) {
    numbers.push_back(
        std::isnan(value) ? 0 : static_cast<std::int64_t>(std::clamp(value, -kMost, kMost)));
  }
  return numbers;
}

Dims reshaped(const Dims& from, const std::vector<std::int64_t>& wanted, bool zero_is_zero) {
  Dims result = wanted;
  std::optional<std::size_t> open;
  Dims known;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i] == 0 && !zero_is_zero) {
      if (i >= from.size()) throw Error::input("it copies an extent that is not there");
      result[i] = from[i];
    }
    if (result[i] != -1) {
      known.push_back(result[i]);
    } else if (open) {
      throw Error::input("two of its extents are open");
    } else {
      open = i;
    }
  }
  const std::int64_t all = elements_of(from), told = elements_of(known);
  const auto refuse = [&] {
    throw Error::input("it reshapes " + to_text(from) + " to " + to_text(wanted),
                       "the elements are not as many",
                       "export the network with the extents that it shall have");
  };
  if (open) {
    if (told == 0 || all % told != 0) refuse();
    result[*open] = all / told;
  } else if (all != told) {
    refuse();
  }
  return result;
}

std::optional<std::vector<std::int64_t>> axes_of(const Node& node, const Constant* input) {
  if (node.has("axes")) return node.integers("axes");
  if (input != nullptr) return whole_numbers(input, "an axis");
  return std::nullopt;
}

std::vector<Range> slices(const Node& node, const Dims& dims,
                          const std::vector<const Constant*>& inputs) {
  std::vector<std::int64_t> starts, ends, axes, steps;
  const auto input = [&](std::size_t i) { return i < inputs.size() ? inputs[i] : nullptr; };
  if (node.has("starts")) {
    starts = node.integers("starts");
    ends = node.integers("ends");
    axes = node.integers("axes");
  } else {
    starts = whole_numbers(input(1), "where a slice starts");
    ends = whole_numbers(input(2), "where a slice ends");
    if (input(3) != nullptr) axes = whole_numbers(input(3), "an axis");
    if (input(4) != nullptr) steps = whole_numbers(input(4), "the step of a slice");
  }
  if (axes.empty()) {
    for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  }
  if (ends.size() != starts.size() || axes.size() != starts.size()) {
    throw Error::input("its starts, ends and axes are not as many");
  }
  for (const std::int64_t step : steps) {
    if (step != 1) throw Error::input("it takes every n-th element", "steps of 1 are read");
  }
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    Range range{axis_of(axes[i], dims.size())};
    const std::int64_t extent = dims[range.axis];
    const auto place = [&](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? std::max(at, -extent) + extent : at, 0, extent);
    };
    range.begin = place(starts[i]);
    range.end = std::max(range.begin, place(ends[i]));
    ranges.push_back(range);
  }
  return ranges;
}

std::vector<std::int64_t> split_parts(const Node& node, std::int64_t extent,
                                      const Constant* input) {
  std::vector<std::int64_t> parts = node.integers("split");
  if (input != nullptr) parts = whole_numbers(input, "the parts of a split");
  if (parts.empty()) {
    const auto count = static_cast<std::int64_t>(node.outputs.size());
    const std::int64_t each = (extent + count - 1) / count;
    for (std::int64_t i = 0; i < count; ++i) {
      parts.push_back(std::max<std::int64_t>(0, std::min(each, extent - i * each)));
    }
  }
  double sum = 0;
  for (const std::int64_t part : parts) sum += part < 0 ? -1e18 : static_cast<double>(part);
  if (sum != static_cast<double>(extent) || parts.size() != node.outputs.size()) {
    throw Error::input("its parts do not make up the extent of " + std::to_string(extent));
  }
  return parts;
}

Dims squeezed(const Dims& dims, const std::optional<std::vector<std::int64_t>>& axes) {
  std::vector<bool> gone(dims.size(), false);
  if (axes) {
    for (const std::int64_t axis : *axes) gone[axis_of(axis, dims.size())] = true;
  } else {
    for (std::size_t i = 0; i < dims.size(); ++i) gone[i] = dims[i] == 1;
  }
  Dims result;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (!gone[i]) {
      result.push_back(dims[i]);
    } else if (dims[i] != 1) {
      throw Error::input("it squeezes an extent of " + std::to_string(dims[i]));
    }
  }
  return result;
}

Dims unsqueezed(const Dims& dims, const std::vector<std::int64_t>& axes) {
  const std::size_t rank = dims.size() + axes.size();
  std::vector<bool> added(rank, false);
  for (const std::int64_t axis : axes) added[axis_of(axis, rank)] = true;
  if (static_cast<std::size_t>(std::count(added.begin(), added.end(), true)) != axes.size()) {
    throw Error::input("it adds an axis twice");
  }
  Dims result;
  auto next = dims.begin();
  for (std::size_t i = 0; i < rank; ++i) result.push_back(added[i] ? 1 : *next++);
  return result;
}

}  // namespace rehearse::onnx_import
