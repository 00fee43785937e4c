#include <algorithm>
#include <cmath>
#include <numbers>

#include "topologies/single_switch.h"
#include "topologies/svg_canvas.h"

namespace rehearse {

void SingleSwitchShape::draw(const Network& network, SvgCanvas& canvas, double top) const {
  constexpr std::int64_t kMostDrawn = 64;
  const Point centre{canvas.width() / 2, top + 250};
  const std::int64_t drawn = std::min(network.nodes(), kMostDrawn);
  for (std::int64_t node = 0; node < drawn; ++node) {
    const double angle =
        2 * std::numbers::pi * static_cast<double>(node) / static_cast<double>(drawn);
    const Point at{centre.x + 220 * std::sin(angle), centre.y - 220 * std::cos(angle)};
    canvas.line(centre, at, colour_of(LinkClass::injection));
    canvas.circle(at, 8, kNodeFill, kOutline);
  }
  canvas.box({centre.x - 60, centre.y - 24}, 120, 48, "white", kOutline);
  canvas.text({centre.x, centre.y + 5}, "switch");
  if (drawn < network.nodes()) {
    canvas.text({centre.x, top + 510}, count_of(drawn, "node", "nodes") + " of " +
                                           std::to_string(network.nodes()) + " drawn");
  }
}

}  // namespace rehearse
