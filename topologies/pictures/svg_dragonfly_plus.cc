// Dragonfly+ as two circles: leaves outside, spines inside, group by group.
#include <algorithm>
#include <vector>

#include "topologies/pictures/svg_canvas.h"
#include "topologies/shapes/dragonfly_plus.h"

namespace rehearse {
namespace {

constexpr double kLeafRadius = 400;
constexpr double kSpineRadius = 270;
constexpr double kNameRadius = 425;
constexpr double kHeight = 960;
constexpr std::int64_t kMostGroups = 24;
constexpr std::int64_t kMostOfAGroup = 24;      // leaves or spines
constexpr std::int64_t kMostGlobalLinks = 600;  // drawn strongly

}  // namespace

void DragonflyPlusShape::draw(const Network& network, SvgCanvas& canvas, double top) const {
  if (std::max(leaves_, spines_) > kMostOfAGroup) return NetworkShape::draw(network, canvas, top);
  const Point centre{canvas.width() / 2, top + kHeight / 2};
  const std::int64_t drawn = std::min(groups(), kMostGroups);
  // A group has an equal share of the turn and leaves a fifth of it empty.
  const auto place = [&](std::int64_t switch_index) {
    const std::int64_t nth = position(switch_index);
    const bool is_leaf = nth < leaves_;
    const double within =
        is_leaf ? (static_cast<double>(nth) + 0.5) / static_cast<double>(leaves_)
                : (static_cast<double>(nth - leaves_) + 0.5) / static_cast<double>(spines_);
    const double turns = (static_cast<double>(group_of(switch_index)) + 0.8 * (within - 0.5)) /
                         static_cast<double>(drawn);
    return on_circle(centre, is_leaf ? kLeafRadius : kSpineRadius, turns);
  };
  const double global_width = global_.count() <= kMostGlobalLinks ? 1 : 0.4;
  std::vector<SvgCanvas::LinkLine> lines;
  std::int64_t number = 0;
  each_edge([&](const Edge& edge) {
    const LinkId link = network.edge_link(number++);
    if (group_of(edge.a) >= drawn || group_of(edge.b) >= drawn) return;
    lines.push_back({place(edge.a), place(edge.b), link, edge.kind == local ? 0.6 : global_width});
  });
  canvas.links(std::move(lines));
  const double size =
      std::clamp(700.0 / static_cast<double>(drawn * std::max(leaves_, spines_)), 2.0, 9.0);
  for (std::int64_t group = 0; group < drawn; ++group) {
    for (std::int64_t i = 0; i < leaves_ + spines_; ++i) {
      canvas.circle(place(leaf(group, i)), size, kSwitchFill, "white");
    }
    const std::int64_t capacity = leaves_ * nodes_per_leaf_;
    const std::int64_t nodes =
        std::clamp<std::int64_t>(network.nodes() - group * capacity, 0, capacity);
    const double turns = static_cast<double>(group) / static_cast<double>(drawn);
    canvas.label_outside(on_circle(centre, kNameRadius, turns), turns,
                         "group " + std::to_string(group), count_of(nodes, "node", "nodes"));
  }
  canvas.note("Outside: leaves, inside: spines.");
  if (drawn < groups()) {
    canvas.note(std::to_string(drawn) + " of " + std::to_string(groups()) + " groups drawn.");
  }
  canvas.grow_to(top + kHeight);
}

}  // namespace rehearse
