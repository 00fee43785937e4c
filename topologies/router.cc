#include "topologies/router.h"

#include "base/contract.h"

namespace rehearse {
namespace {

class MinimalRouter : public Router {
 public:
  explicit MinimalRouter(const Network& network) : network_(network) {}

  void route(EndpointId src, EndpointId dst, std::uint64_t flow_key,
             std::vector<LinkId>& out) const override {
    EXPECTS(0 <= src && src < network_.endpoints() && 0 <= dst && dst < network_.endpoints());
    out.clear();
    if (src == dst) return;
    const auto pair = static_cast<std::uint64_t>(src) << 32 | static_cast<std::uint64_t>(dst);
    const NodeId from = network_.node_of(src);
    const NodeId to = network_.node_of(dst);
    if (from == to && network_.has_direct_links())
      return out.push_back(network_.direct_link(src, dst));
    if (network_.has_hubs()) out.push_back(network_.device_link(src));
    if (from != to) {
      const std::uint64_t hash = mixed(mixed(pair) + flow_key);
      const int out_nic = network_.working_nic(from, nic_of(src, hash));
      const int in_nic = network_.working_nic(to, nic_of(dst, hash));
      out.push_back(network_.injection_link(from, out_nic));
      append_fabric(
          {from, to, std::int64_t{to} * network_.nics_per_node() + in_nic, flow_key, hash},
          network_.leaf_of(from, out_nic), network_.leaf_of(to, in_nic), out);
      out.push_back(Network::reverse(network_.injection_link(to, in_nic)));
    }
    if (network_.has_hubs()) out.push_back(Network::reverse(network_.device_link(dst)));
  }

 private:
  void append_fabric(const NetworkShape::Flow& flow, std::int64_t from, std::int64_t to,
                     std::vector<LinkId>& out) const {
    thread_local std::vector<NetworkShape::Hop> hops;
    hops.clear();
    const NetworkShape& shape = network_.shape();
    shape.minimal(from, to, shape.turn_of(flow), hops);
    for (const NetworkShape::Hop hop : hops) out.push_back(network_.hop_link(hop));
  }

  // Devices share the NICs of their node in blocks; a device with several takes one by the hash.
  [[nodiscard]] int nic_of(EndpointId device, std::uint64_t hash) const {
    const int devices = network_.devices_per_node();
    const int nics = network_.nics_per_node();
    const int local = device % devices;
    if (nics <= devices) return local * nics / devices;
    const int own = (nics - local + devices - 1) / devices;
    return local + devices * static_cast<int>(hash % static_cast<std::uint64_t>(own));
  }

  const Network& network_;
};

}  // namespace

std::string_view to_text(Routing) { return "minimal"; }

std::unique_ptr<Router> make_router(const Network& network, Routing routing) {
  EXPECTS(routing == Routing::minimal);
  return std::make_unique<MinimalRouter>(network);
}

}  // namespace rehearse
