#include "topologies/graph/build.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/error.h"
#include "topologies/graph/connectivity.h"
#include "topologies/shapes/graph_spec.h"

namespace rehearse {
namespace {

void expect_rate(const std::string& what, LinkRate rate) {
  if (!(rate.bandwidth > Bandwidth(0))) {
    throw Error::input("the bandwidth of the " + what + " is not positive", "",
                       "give it, for example \"25 GB/s\"");
  }
}

void expect_node(const NodeSpec& node) {
  if (node.devices < 1 || node.nics < 1) {
    throw Error::input("a node needs at least one device and one NIC");
  }
  if (node.devices < 2) return;
  expect_rate("links between the devices of a node", node.device);
  if (node.inside == NodeSpec::Inside::all_to_all) {
    expect_rate("direct links between the devices of a node", node.pair);
  }
  if (node.switches < 2) return;
  expect_rate("links from the inner switches of a node to its hub", node.switch_link);
  if (const std::string obstacle = node.obstacle(); !obstacle.empty()) {
    throw Error::input(obstacle, "", "change 'switches'");
  }
}

// Two links: a -> b and b -> a.
void connect(Network::Parts& parts, std::int64_t a, std::int64_t b, std::size_t there,
             std::size_t back) {
  const auto add = [&](std::int64_t from, std::int64_t to, std::size_t kind) {
    parts.from.push_back(static_cast<VertexId>(from));
    parts.to.push_back(static_cast<VertexId>(to));
    parts.kind.push_back(static_cast<std::uint16_t>(kind));
  };
  add(a, b, there);
  add(b, a, back);
}

std::size_t add_kind(Network::Parts& parts, LinkRate rate, LinkClass cls, int cables = 1) {
  parts.kinds.push_back({rate.bandwidth * cables, rate.latency, cls, cables});
  return parts.kinds.size() - 1;
}

// Device links and injection links of all nodes.
void connect_nodes(Network::Parts& parts, const NodeSpec& node, LinkRate injection,
                   std::int64_t first_switch) {
  const std::int64_t endpoints = parts.nodes * node.devices;
  if (node.devices > 1) {
    const std::size_t inside = add_kind(parts, node.device, LinkClass::intra_node);
    const std::int64_t hubs = endpoints;
    const std::int64_t inner = hubs + parts.nodes;
    const int block = node.devices / node.switches;  // devices on an inner switch
    for (std::int64_t device = 0; device < endpoints; ++device) {
      const bool on_hub = node.switches == 1;
      connect(parts, device, on_hub ? hubs + device / node.devices : inner + device / block, inside,
              inside);
    }
  }
  if (parts.all_to_all) {
    const std::size_t direct = add_kind(parts, node.pair, LinkClass::intra_node);
    for (std::int64_t first = 0; first < endpoints; first += node.devices) {
      for (int a = 0; a < node.devices; ++a) {
        for (int b = a + 1; b < node.devices; ++b) {
          connect(parts, first + a, first + b, direct, direct);
        }
      }
    }
  }
  if (parts.inner_switches > 1) {
    const std::size_t up = add_kind(parts, node.switch_link, LinkClass::intra_node);
    const std::int64_t inner = endpoints + parts.nodes;
    for (std::int64_t i = 0; i < parts.nodes * node.switches; ++i) {
      connect(parts, inner + i, endpoints + i / node.switches, up, up);
    }
  }
  const std::size_t nic = add_kind(parts, injection, LinkClass::injection);
  for (std::int64_t n = 0; n < parts.nodes; ++n) {
    const std::int64_t vertex = node.devices > 1 ? endpoints + n : n;
    for (int i = 0; i < node.nics; ++i) {
      connect(parts, vertex, first_switch + parts.shape->leaf_of(n, i), nic, nic);
    }
  }
}

void connect_switches(Network::Parts& parts, const std::vector<TopologySpec::EdgeKind>& kinds,
                      std::int64_t first_switch) {
  struct Directions {
    std::size_t there, back;
  };
  std::vector<std::optional<Directions>> known(kinds.size());
  parts.shape->each_edge([&](const NetworkShape::Edge& edge) {
    const auto index = static_cast<std::size_t>(edge.kind);
    if (!known[index]) {
      const TopologySpec::EdgeKind& kind = kinds[index];
      expect_rate(kind.what, kind.rate);
      const std::size_t there = add_kind(parts, kind.rate, kind.there, kind.cables);
      LinkRate back = kind.rate;
      back.bandwidth = kind.bandwidth_back.value_or(back.bandwidth);
      const bool alike = kind.back == kind.there && !kind.bandwidth_back;
      known[index] = {there, alike ? there : add_kind(parts, back, kind.back, kind.cables)};
    }
    connect(parts, first_switch + edge.a, first_switch + edge.b, known[index]->there,
            known[index]->back);
  });
}

// Names the node as the file does, if one lists the network.
Error not_connected(const NetworkSpec& spec, const Network& network, NodeId cut_off) {
  const std::string what = "the network is not connected";
  const std::string number = "node " + std::to_string(cut_off);
  const auto* shape = dynamic_cast<const GraphShape*>(&network.shape());
  const auto* file = dynamic_cast<const GraphSpec*>(spec.topology.get());
  if (shape == nullptr || file == nullptr || spec.failed) {
    return Error::input(what, number + " is cut off",
                        spec.failed ? "let less of it fail" : "add links");
  }
  const std::vector<std::int64_t> parts = node_parts(network);
  const std::int64_t count = *std::max_element(parts.begin(), parts.end()) + 1;
  // The largest part has all nodes before the one that is cut off, or begins behind it.
  const bool front = cut_off > 0;
  const NodeId other = front ? 0 : std::find_if(parts.begin(), parts.end(), [&](auto part) {
                                     return part != parts.front();
                                   }) - parts.begin();
  const auto name = [&](NodeId node) {
    const std::string origin = shape->origin_of(node);
    return "node " + std::to_string(node) + (origin.empty() ? "" : ", " + origin + ",") + " on '" +
           shape->switch_name(network.leaf_of(node)) + "'";
  };
  std::string why = name(cut_off) + " cannot reach " + name(other);
  if (count > 2) why += "; the nodes are in " + std::to_string(count) + " parts";
  std::string remedy = "add links or a switch above";
  if (front && std::find(parts.begin() + cut_off, parts.end(), parts.front()) == parts.end()) {
    remedy += ", or use the first " + std::to_string(cut_off) + " nodes only";
  }
  const std::int64_t line = shape->line_of(cut_off);
  return Error::input(what, std::move(why), std::move(remedy))
      .at(file->file, line > 0 ? "line " + std::to_string(line) : "/");
}

}  // namespace

void expect_size(double vertices, double links) {
  if (vertices <= static_cast<double>(kMostVertices) && links <= static_cast<double>(kMostLinks)) {
    return;
  }
  throw Error::input("the network is too large",
                     "more than " + std::to_string(kMostVertices) + " vertices or " +
                         std::to_string(kMostLinks) + " links",
                     "use fewer nodes or smaller groups");
}

TopologySpec::EdgeKind symmetric_kind(std::string what, LinkRate rate, LinkClass cls, int cables) {
  return {std::move(what), rate, cls, cls, cables};
}

Network build_any_network(const NetworkSpec& spec, std::int64_t nodes, const NodeSpec& node) {
  if (nodes < 1) throw Error::input("a network needs at least one node");
  expect_node(node);
  expect_rate("injection links", spec.injection);

  const auto count = static_cast<double>(nodes);
  const int inner = node.devices > 1 && node.switches > 1 ? node.switches : 0;
  const double per_node = node.devices > 1 ? node.devices + 1.0 + inner : 1.0;
  expect_size(count * per_node, 2 * count * node.links());
  const TopologySpec::Sized sized = spec.topology->sized_for(nodes, node);
  const double links = 2 * count * node.links() + 2 * static_cast<double>(sized.shape->edges());
  expect_size(count * per_node + static_cast<double>(sized.shape->switches()), links);

  Network::Parts parts;
  parts.nodes = nodes;
  parts.devices_per_node = node.devices;
  parts.rings = node.rings;
  parts.nics_per_node = node.nics;
  parts.all_to_all = node.devices > 1 && node.inside == NodeSpec::Inside::all_to_all;
  parts.inner_switches = std::max(1, inner);
  parts.shape = sized.shape;
  parts.reduction = spec.reduction;
  for (auto* list : {&parts.from, &parts.to}) list->reserve(static_cast<std::size_t>(links));
  parts.kind.reserve(static_cast<std::size_t>(links));
  const std::int64_t first_switch = nodes * (node.devices > 1 ? node.devices + 1 + inner : 1);
  connect_nodes(parts, node, spec.injection, first_switch);
  connect_switches(parts, sized.kinds, first_switch);
  if (spec.failed) parts = with_failures(std::move(parts), *spec.failed);
  return Network(std::move(parts));
}

Network build_network(const NetworkSpec& spec, std::int64_t nodes, const NodeSpec& node) {
  Network network = build_any_network(spec, nodes, node);
  if (const auto cut_off = cut_off_node(network)) throw not_connected(spec, network, *cut_off);
  return network;
}

}  // namespace rehearse
