// Switches in columns, for networks of a file that have levels: trees and folded Clos networks.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "topologies/pictures/svg_canvas.h"

namespace rehearse {

// Two joined switches and the connections between them.
struct SwitchPair {
  std::int64_t a, b;  // a < b
  LinkId link;        // the busiest
  std::int64_t connections;
};

std::vector<SwitchPair> joined_pairs(const Network& network, const SvgCanvas& canvas);

// The level of each switch, 0 at the top. In a tree (without cycles) it is the distance from the
// middle; else a switch that holds nodes is at the bottom and the level of another is its distance
// from there. None where that makes no levels: two switches of a level are joined, there are more
// than kMostLevels, or not all is connected.
std::optional<std::vector<int>> switch_levels(const Network& network, const SvgCanvas& canvas,
                                              const std::vector<SwitchPair>& pairs);

inline constexpr int kMostLevels = 6;

// Columns from the top level, on the left, to the bottom; the page grows to hold them.
void draw_levels(const Network& network, const std::vector<int>& levels,
                 const std::vector<SwitchPair>& pairs, SvgCanvas& canvas, double top);

}  // namespace rehearse
