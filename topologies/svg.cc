#include <array>
#include <optional>

#include "base/quantity_text.h"
#include "topologies/draw.h"
#include "topologies/svg_canvas.h"

namespace rehearse {
namespace {

constexpr double kTop = 90;
constexpr double kLegendRow = 22;

std::string counts_of(const Network& network) {
  std::string counts = count_of(network.nodes(), "node", "nodes");
  if (network.has_hubs()) {
    counts += " of " + std::to_string(network.devices_per_node()) + " devices and " +
              count_of(network.nics_per_node(), "NIC", "NICs");
  }
  std::int64_t switches = 0;
  for (std::int64_t i = 0; i < network.switches(); ++i) switches += network.switch_works(i) ? 1 : 0;
  std::int64_t links = 0;
  for (LinkId id = 0; id < network.links(); ++id) links += network.works(id) ? 1 : 0;
  return counts + ", " + count_of(switches, "switch", "switches") + ", " + std::to_string(links) +
         " directed links";
}

using Representatives = std::array<std::optional<Link>, kLinkClasses>;

// One link of each class; where a class has several rates, the first.
Representatives link_of_each_class(const Network& network) {
  Representatives found;
  for (LinkId id = 0; id < network.links(); ++id) {
    const Link link = network.link(id);
    std::optional<Link>& slot = found[static_cast<std::size_t>(link.cls)];
    if (!slot) slot = link;
  }
  found[static_cast<std::size_t>(LinkClass::down)].reset();  // drawn with up
  return found;
}

void draw_legend(const Representatives& links, SvgCanvas& canvas, double y) {
  for (const std::optional<Link>& link : links) {
    if (!link) continue;
    y += kLegendRow;
    canvas.line({30, y - 4}, {70, y - 4}, colour_of(link->cls), 4);
    std::string words(link->cls == LinkClass::up ? "up and down" : to_text(link->cls));
    words += ": " + to_text(link->bandwidth) + " per direction";
    if (link->cables > 1) words += " (" + std::to_string(link->cables) + " cables)";
    canvas.text({80, y}, words + ", " + to_text(link->latency), 13, "start");
  }
}

}  // namespace

std::string to_svg(const Network& network) {
  const Representatives links = link_of_each_class(network);
  double rows = 0;
  for (const std::optional<Link>& link : links) rows += link ? 1 : 0;
  const double bottom = kTop + network.shape().drawing_height();
  SvgCanvas canvas(kPictureWidth, bottom + kLegendRow * rows + 20);
  canvas.text({30, 40}, network.shape().title(), 24, "start");
  canvas.text({30, 64}, counts_of(network), 15, "start");
  network.shape().draw(network, canvas, kTop);
  draw_legend(links, canvas, bottom);
  return canvas.document(network.shape().title() + ": " + counts_of(network));
}

}  // namespace rehearse
