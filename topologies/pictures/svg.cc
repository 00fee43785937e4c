#include <algorithm>

#include "topologies/pictures/draw.h"
#include "topologies/pictures/svg_canvas.h"

namespace rehearse {
namespace {

constexpr double kTop = 90;

std::string counts_of(const Network& network) {
  std::string counts = count_of(network.nodes(), "node", "nodes");
  if (network.has_hubs() || network.nics_per_node() > 1) {
    counts += " of " + count_of(network.devices_per_node(), "device", "devices") + " and " +
              count_of(network.nics_per_node(), "NIC", "NICs");
  }
  std::int64_t switches = 0;
  for (std::int64_t i = 0; i < network.switches(); ++i) switches += network.switch_works(i) ? 1 : 0;
  std::int64_t links = 0;
  for (LinkId id = 0; id < network.links(); ++id) links += network.works(id) ? 1 : 0;
  return counts + ", " + count_of(switches, "switch", "switches") + ", " + std::to_string(links) +
         " directed links";
}

}  // namespace

std::string to_svg(const Network& network, const PictureOptions& options) {
  const NetworkShape& shape = network.shape();
  const std::string title =
      options.name.empty() ? shape.title() : options.name + ": " + shape.title();
  const std::string counts = counts_of(network);
  const double room = kPictureWidth - 2 * kPictureMargin;
  SvgCanvas canvas(network, options.load);
  canvas.label({kPictureMargin, 40}, title, room, {.size = 22});
  canvas.label({kPictureMargin, 64}, counts, room, {.size = 15});
  shape.draw(network, canvas, kTop);
  canvas.finish(std::max(kTop + shape.drawing_height(), canvas.height()));
  return canvas.document(title + ": " + counts);
}

}  // namespace rehearse
