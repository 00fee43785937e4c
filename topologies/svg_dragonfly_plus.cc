// Dragonfly+ as two circles: leaves outside, spines inside, group by group.
#include <algorithm>

#include "topologies/dragonfly_plus.h"
#include "topologies/svg_canvas.h"

namespace rehearse {
namespace {

constexpr double kLeafRadius = 400;
constexpr double kSpineRadius = 270;
constexpr double kNameRadius = 440;
constexpr std::int64_t kMostGroups = 24;
constexpr std::int64_t kMostOfAGroup = 24;      // leaves or spines
constexpr std::int64_t kMostGlobalLinks = 600;  // drawn strongly

}  // namespace

void DragonflyPlusShape::draw(const Network& network, SvgCanvas& canvas, double top) const {
  if (std::max(leaves_, spines_) > kMostOfAGroup) return NetworkShape::draw(network, canvas, top);
  const Point centre{canvas.width() / 2, top + drawing_height() / 2};
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
  each_edge([&](const Edge& edge) {
    if (group_of(edge.a) >= drawn || group_of(edge.b) >= drawn) return;
    canvas.line(place(edge.a), place(edge.b),
                colour_of(edge.kind == local ? LinkClass::local : LinkClass::global),
                edge.kind == local ? 0.6 : global_width);
  });
  const double size =
      std::clamp(700.0 / static_cast<double>(drawn * std::max(leaves_, spines_)), 2.0, 9.0);
  for (std::int64_t group = 0; group < drawn; ++group) {
    for (std::int64_t i = 0; i < leaves_ + spines_; ++i) {
      canvas.circle(place(leaf(group, i)), size, kSwitchFill, "white");
    }
    const std::int64_t capacity = leaves_ * nodes_per_leaf_;
    const std::int64_t nodes =
        std::clamp<std::int64_t>(network.nodes() - group * capacity, 0, capacity);
    const Point at =
        on_circle(centre, kNameRadius, static_cast<double>(group) / static_cast<double>(drawn));
    canvas.text({at.x, at.y - 2}, "group " + std::to_string(group), 12);
    canvas.text({at.x, at.y + 12}, count_of(nodes, "node", "nodes"), 12);
  }
  std::string words = "outside: leaves, inside: spines";
  if (drawn < groups()) {
    words += "; " + std::to_string(drawn) + " of " + std::to_string(groups()) + " groups drawn";
  }
  canvas.text({30, top + 10}, words, 13, "start");
}

}  // namespace rehearse
