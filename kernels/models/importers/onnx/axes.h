// How the axes of an ONNX tensor are made of the extents of a layer's output.
//
// Reshapes, transpositions and the like move no data here: they only say anew which axis holds
// which part of a sample. With 12 heads of 64 features, (steps, 768) becomes (12, steps, 64):
//
//   [step 128] [channel 768]  ->  [channel 12 (each 64 apart)] [step 128] [channel 64]
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/models/importers/onnx/graph.h"
#include "kernels/models/layer.h"

namespace rehearse::onnx_import {

// `repeat`: copies of the same elements.
enum class Role { batch, step, channel, depth, height, width, repeat };

// `extent` positions along a role, `inner` apart.
struct Atom {
  Role role = Role::batch;
  std::int64_t extent = 1;
  std::int64_t inner = 1;
  friend bool operator==(const Atom&, const Atom&) = default;
};

using Axis = std::vector<Atom>;  // the outer part first; empty: an extent of 1
using Axes = std::vector<Axis>;

std::int64_t extent_of(const Axis& axis);
Dims dims_of(const Axes& axes);

// Joins neighbours that are parts of one.
Axis merged(Axis axis);

// The same elements in the same order with other extents; nothing if an extent would cut an atom
// unevenly. -1 and 0 are resolved beforehand.
std::optional<Axes> regroup(const Axes& axes, const Dims& dims);

// Whether the axis holds atoms of this role alone (an extent of 1 does, of any).
bool is_only(const Axis& axis, Role role);
bool holds(const Axis& axis, Role role);

// The product of all atoms of the role.
std::int64_t extent_of(const Axes& axes, Role role);

// The axes of a layer's output as (batch, channels, depth, height, width) or (batch, steps,
// channels), without the extents of 1; `spatial`: how many of depth, height and width there are.
Axes image_axes(std::int64_t batch, const Shape& shape, std::size_t spatial);
Axes sequence_axes(std::int64_t batch, const Shape& shape);

}  // namespace rehearse::onnx_import
