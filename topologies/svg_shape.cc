// The picture of a topology that has none of its own: switches on a circle, group by group.
#include <algorithm>

#include "topologies/svg_canvas.h"

namespace rehearse {
namespace {

constexpr double kHeight = 1000;
constexpr std::int64_t kMostSwitches = 300;  // drawn one by one
constexpr std::int64_t kMostLabels = 48;

}  // namespace

double NetworkShape::drawing_height() const { return kHeight; }

void NetworkShape::draw(const Network& network, SvgCanvas& canvas, double top) const {
  const Point centre{canvas.width() / 2, top + kHeight / 2};
  const double radius = kHeight / 2 - 60;
  const std::int64_t drawn = std::min(switches(), kMostSwitches);
  const auto place = [&](double distance, std::int64_t index) {
    return on_circle(centre, distance, static_cast<double>(index) / static_cast<double>(drawn));
  };
  for (LinkId id = static_cast<LinkId>(network.first_edge_link()); id < network.links(); id += 2) {
    if (!network.works(id)) continue;
    const Link link = network.link(id);
    const std::int64_t a = link.from - network.first_switch();
    const std::int64_t b = link.to - network.first_switch();
    if (a >= drawn || b >= drawn) continue;
    canvas.line(place(radius, a), place(radius, b), colour_of(link.cls), 0.6);
  }
  std::vector<std::int64_t> nodes(static_cast<std::size_t>(switches()));
  for (NodeId node = 0; node < network.nodes(); ++node) {
    ++nodes[static_cast<std::size_t>(network.leaf_of(node))];
  }
  const double size = std::clamp(900.0 / static_cast<double>(drawn), 3.0, 12.0);
  for (std::int64_t i = 0; i < drawn; ++i) {
    canvas.circle(place(radius, i), size, kSwitchFill, kOutline);
    if (drawn > kMostLabels) continue;
    const Point label = place(radius + 32, i);
    canvas.text({label.x, label.y + 4}, std::to_string(nodes[static_cast<std::size_t>(i)]), 12);
  }
  const std::string words = drawn < switches() ? std::to_string(drawn) + " of " +
                                                     std::to_string(switches()) + " switches drawn"
                                               : "numbers: nodes on the switch";
  if (drawn < switches() || drawn <= kMostLabels) canvas.text({30, top + 10}, words, 13, "start");
}

}  // namespace rehearse
