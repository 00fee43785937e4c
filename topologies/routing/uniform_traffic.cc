#include "topologies/routing/uniform_traffic.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "topologies/routing/flow_ends.h"

namespace rehearse {
namespace {

// NICs that the routing cannot tell apart, as one.
struct Port {
  NodeId node = 0;  // of one of them
  int nic = 0;
  std::int64_t leaf = 0;
  double devices = 0;
};

class UniformTraffic {
 public:
  UniformTraffic(const Network& network, const Router& router)
      : network_(network), router_(router) {
    traffic_.bytes.resize(static_cast<std::size_t>(network.links()));
  }

  std::optional<Traffic> added() {
    if (!network_.shape().turns_are_even()) return {};
    if (!router_.turn_of(flow_between({}, {}, 0))) return {};
    add_ports();
    if (too_many_routes()) return {};
    for (const auto& [turn, to] : sinks_) {
      for (const auto& [leaf, from] : sources_) add(from, to, from.devices * to.devices);
    }
    find_bottleneck(network_, traffic_);
    return std::move(traffic_);
  }

 private:
  [[nodiscard]] NetworkShape::Flow flow_between(const Port& from, const Port& to,
                                                std::uint64_t hash) const {
    return {from.node, to.node, std::int64_t{to.node} * network_.nics_per_node() + to.nic, 0, hash};
  }

  // Of NIC after NIC of a node.
  [[nodiscard]] std::vector<Port> ports_of(NodeId node) const {
    const int devices = network_.devices_per_node();
    std::vector<Port> ports(static_cast<std::size_t>(network_.nics_per_node()));
    for (int device = 0; device < devices; ++device) {
      const std::vector<int> nics = nics_of_device(network_, device);
      for (const int nic : nics) {
        const int working = network_.working_nic(node, nic);
        ports[static_cast<std::size_t>(working)].devices += 1.0 / static_cast<double>(nics.size());
      }
    }
    for (int nic = 0; nic < network_.nics_per_node(); ++nic) {
      Port& port = ports[static_cast<std::size_t>(nic)];
      port.node = node;
      port.nic = nic;
      port.leaf = network_.leaf_of(node, nic);
    }
    return ports;
  }

  void add_ports() {
    const auto others = static_cast<double>((network_.nodes() - 1) * network_.devices_per_node());
    for (NodeId node = 0; node < network_.nodes(); ++node) {
      const std::vector<Port> ports = ports_of(node);
      for (const Port& port : ports) {
        if (port.devices == 0) continue;
        const LinkId out = network_.injection_link(node, port.nic);
        bytes(out) += port.devices * others;
        bytes(Network::reverse(out)) += port.devices * others;
        sources_.try_emplace(port.leaf, Port{node, port.nic, port.leaf, 0}).first->second.devices +=
            port.devices;
        const std::pair key(port.leaf, *router_.turn_of(flow_between(port, port, 0)));
        sinks_.try_emplace(key, Port{node, port.nic, port.leaf, 0}).first->second.devices +=
            port.devices;
        // Nodes do not send to themselves.
        for (const Port& own : ports) add(own, port, -own.devices * port.devices);
      }
    }
  }

  [[nodiscard]] std::uint64_t turn(const Port& from, const Port& to, std::uint64_t hash) const {
    return *router_.turn_of(flow_between(from, to, hash));
  }

  // Between different leaves.
  [[nodiscard]] std::int64_t equal_routes(const Port& from, const Port& to) const {
    if (turn(from, to, 0) == turn(from, to, 1)) return 1;
    return network_.shape().minimal_routes(from.leaf, to.leaf);
  }

  [[nodiscard]] bool too_many_routes() const {
    std::int64_t routes = 0;
    for (const auto& [turn, to] : sinks_) {
      for (const auto& [leaf, from] : sources_) {
        if (from.leaf != to.leaf) routes += equal_routes(from, to);
        if (routes > kMostUniformRoutes) return true;
      }
    }
    return false;
  }

  void add(const Port& from, const Port& to, double weight) {
    if (from.leaf == to.leaf || weight == 0) return;
    const std::int64_t equal = equal_routes(from, to);
    for (std::int64_t i = 0; i < equal; ++i) {
      hops_.clear();
      network_.shape().minimal(from.leaf, to.leaf, turn(from, to, static_cast<std::uint64_t>(i)),
                               hops_);
      for (const NetworkShape::Hop hop : hops_) {
        bytes(network_.hop_link(hop)) += weight / static_cast<double>(equal);
      }
    }
  }

  double& bytes(LinkId link) { return traffic_.bytes[static_cast<std::size_t>(link)]; }

  const Network& network_;
  const Router& router_;
  Traffic traffic_;
  std::map<std::int64_t, Port> sources_;                          // by leaf
  std::map<std::pair<std::int64_t, std::uint64_t>, Port> sinks_;  // by leaf and turn
  std::vector<NetworkShape::Hop> hops_;
};

}  // namespace

std::optional<Traffic> uniform_traffic(const Network& network, const Router& router) {
  return UniformTraffic(network, router).added();
}

}  // namespace rehearse
