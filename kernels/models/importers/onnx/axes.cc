#include "kernels/models/importers/onnx/axes.h"

#include <algorithm>
#include <deque>

namespace rehearse::onnx_import {

std::int64_t extent_of(const Axis& axis) {
  std::int64_t product = 1;
  for (const Atom& atom : axis) product *= atom.extent;
  return product;
}

Dims dims_of(const Axes& axes) {
  Dims dims;
  for (const Axis& axis : axes) dims.push_back(extent_of(axis));
  return dims;
}

Axis merged(Axis axis) {
  Axis result;
  for (const Atom& atom : axis) {
    if (atom.extent == 1 && atom.role != Role::batch) continue;
    if (!result.empty() && result.back().role == atom.role && atom.role != Role::repeat &&
        result.back().inner == atom.inner * atom.extent) {
      result.back() = {atom.role, result.back().extent * atom.extent, atom.inner};
    } else {
      result.push_back(atom);
    }
  }
  return result;
}

std::optional<Axes> regroup(const Axes& axes, const Dims& dims) {
  std::deque<Atom> left;
  for (const Axis& axis : axes) left.insert(left.end(), axis.begin(), axis.end());
  Axes result;
  for (const std::int64_t wanted : dims) {
    if (wanted < 1) return std::nullopt;
    Axis axis;
    std::int64_t have = 1;
    if (wanted == 1 && !left.empty() && left.front().extent == 1) {
      axis.push_back(left.front());
      left.pop_front();
    }
    while (have < wanted) {
      if (left.empty() || wanted % have != 0) return std::nullopt;
      Atom& next = left.front();
      const std::int64_t need = wanted / have;
      if (need % next.extent == 0) {
        axis.push_back(next);
        have *= next.extent;
        left.pop_front();
      } else if (next.extent % need == 0) {
        const std::int64_t rest = next.extent / need;
        axis.push_back({next.role, need, next.inner * rest});
        next.extent = rest;
        have = wanted;
      } else {
        return std::nullopt;
      }
    }
    result.push_back(merged(std::move(axis)));
  }
  for (const Atom& atom : left) {
    if (atom.extent != 1) return std::nullopt;
    if (!result.empty()) result.back().push_back(atom);
  }
  return result;
}

bool is_only(const Axis& axis, Role role) {
  return std::all_of(axis.begin(), axis.end(),
                     [&](const Atom& atom) { return atom.role == role || atom.extent == 1; });
}

bool holds(const Axis& axis, Role role) {
  return std::any_of(axis.begin(), axis.end(),
                     [&](const Atom& atom) { return atom.role == role && atom.extent > 1; });
}

std::int64_t extent_of(const Axes& axes, Role role) {
  std::int64_t product = 1;
  for (const Axis& axis : axes) {
    for (const Atom& atom : axis) {
      if (atom.role == role) product *= atom.extent;
    }
  }
  return product;
}

namespace {

Axis plain(Role role, std::int64_t extent) { return merged({{role, extent, 1}}); }

}  // namespace

Axes image_axes(std::int64_t batch, const Shape& shape, std::size_t spatial) {
  Axes axes{plain(Role::batch, batch), plain(Role::channel, shape.channels)};
  if (spatial > 2) axes.push_back(plain(Role::depth, shape.depth));
  if (spatial > 1) axes.push_back(plain(Role::height, shape.height));
  if (spatial > 0) axes.push_back(plain(Role::width, shape.width));
  return axes;
}

Axes sequence_axes(std::int64_t batch, const Shape& shape) {
  return {plain(Role::batch, batch), plain(Role::step, shape.sequence),
          plain(Role::channel, shape.channels)};
}

}  // namespace rehearse::onnx_import
