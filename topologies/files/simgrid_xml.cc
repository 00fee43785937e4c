#include <algorithm>

#include "base/error.h"
#include "base/xml_text.h"
#include "topologies/files/export.h"

namespace rehearse {
namespace {

std::string host_id(const Network& network, EndpointId device) {
  std::string id = network.vertex_name(device);
  std::replace(id.begin(), id.end(), ' ', '-');
  return id;
}

std::string without_space(std::string quantity) {
  std::erase(quantity, ' ');
  return quantity;
}

// "B/s" is "Bps" there.
std::string rate(Bandwidth bandwidth) {
  std::string text = without_space(exact_text(bandwidth));
  return text.replace(text.size() - 3, 3, "Bps");
}

void write_link(const Network& network, LinkId id, std::string& out) {
  const Link link = network.link(id);
  out += "    <link id=\"" + std::to_string(id) + "\" bandwidth=\"" + rate(link.bandwidth) +
         "\" latency=\"" + without_space(exact_text(link.latency)) +
         "\" sharing_policy=\"SHARED\"><prop id=\"name\" value=\"" +
         xml_escaped(network.link_name(id)) + "\"/></link>\n";
}

}  // namespace

std::string to_simgrid_xml(const Network& network, const Router& router) {
  const auto count = static_cast<EndpointId>(network.endpoints());
  if (count > kMostExportedEndpoints) {
    throw Error::input(
        "a SimGrid platform of " + std::to_string(count) + " devices would be too large",
        "it lists the route of every pair",
        "export at most " + std::to_string(kMostExportedEndpoints) + " devices, with --nodes");
  }
  std::string out =
      "<?xml version=\"1.0\"?>\n"
      "<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
      "<platform version=\"4.1\">\n"
      "  <config>\n"
      "    <prop id=\"network/model\" value=\"CM02\"/>\n"
      "    <prop id=\"network/crosstraffic\" value=\"0\"/>\n"
      "    <prop id=\"network/TCP-gamma\" value=\"1e30\"/>\n"
      "  </config>\n"
      "  <zone id=\"network\" routing=\"Full\">\n";
  for (EndpointId device = 0; device < count; ++device) {
    out += "    <host id=\"" + host_id(network, device) + "\" speed=\"1f\"/>\n";
  }
  for (LinkId id = 0; id < network.links(); ++id) {
    if (network.works(id)) write_link(network, id, out);
  }
  std::vector<LinkId> path;
  for (EndpointId src = 0; src < count; ++src) {
    for (EndpointId dst = 0; dst < count; ++dst) {
      if (src == dst) continue;
      router.route(src, dst, 0, path);
      out += "    <route src=\"" + host_id(network, src) + "\" dst=\"" + host_id(network, dst) +
             "\" symmetrical=\"NO\">";
      for (const LinkId id : path) out += "<link_ctn id=\"" + std::to_string(id) + "\"/>";
      out += "</route>\n";
    }
  }
  return out + "  </zone>\n</platform>\n";
}

}  // namespace rehearse
