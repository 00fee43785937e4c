// Pictures of boxes of switches: tori, meshes and HyperX.
#pragma once

#include <functional>

#include "topologies/pictures/svg_canvas.h"
#include "topologies/shapes/box_shape.h"

namespace rehearse {

// How the switches of a line are joined: each with the next one, or all to all.
struct BoxLines {
  bool all_to_all = false;
  std::function<bool(int d)> is_ring;
  // The edge between two coordinates of a line, a < b; b = a + 1 unless all to all. From the last
  // switch of a ring: a is the last and b = 0.
  std::function<std::int64_t(int d, std::int64_t line, std::int64_t a, std::int64_t b)> edge;
};

double box_drawing_height(const Grid& grid);

// The planes of the first two dimensions, side by side.
void draw_box(const Network& network, const BoxShape& shape, const BoxLines& lines,
              SvgCanvas& canvas, double top);

}  // namespace rehearse
