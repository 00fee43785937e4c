#include <algorithm>

#include "topologies/pictures/svg_canvas.h"
#include "topologies/shapes/single_switch.h"

namespace rehearse {

void SingleSwitchShape::draw(const Network& network, SvgCanvas& canvas, double top) const {
  constexpr std::int64_t kMostDrawn = 64;
  const Point centre{canvas.width() / 2, top + 250};
  canvas.grow_to(top + 500);
  const std::int64_t drawn = std::min(network.nodes(), kMostDrawn);
  const auto place = [&](std::int64_t node) {
    return on_circle(centre, 220, static_cast<double>(node) / static_cast<double>(drawn));
  };
  std::vector<SvgCanvas::LinkLine> lines;
  for (NodeId node = 0; node < drawn; ++node) {
    LinkId busiest = -1;
    for (int nic = 0; nic < network.nics_per_node(); ++nic) {
      busiest = canvas.busier(busiest, network.injection_link(node, nic));
    }
    lines.push_back({centre, place(node), busiest});
  }
  canvas.links(std::move(lines));
  for (std::int64_t node = 0; node < drawn; ++node) {
    canvas.circle(place(node), 8, kNodeFill, kOutline);
  }
  canvas.box({centre.x - 60, centre.y - 24}, 120, 48, "white", kOutline);
  canvas.text({centre.x, centre.y + 5}, "switch", {.anchor = Anchor::middle});
  if (drawn < network.nodes()) {
    canvas.note(count_of(drawn, "node", "nodes") + " of " + std::to_string(network.nodes()) +
                " drawn.");
  }
  if (network.nics_per_node() > 1) {
    canvas.note("Each line stands for the " + std::to_string(network.nics_per_node()) +
                " NICs of a node.");
  }
}

}  // namespace rehearse
