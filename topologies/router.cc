#include "topologies/router.h"

#include "base/contract.h"
#include "topologies/node_router.h"

namespace rehearse {
namespace {

class SingleSwitchRoute : public FabricRoute {
 public:
  void append(const Flow&, std::vector<LinkId>&) const override {}
};

std::unique_ptr<FabricRoute> fabric_route(const Network& network) {
  if (std::holds_alternative<FatTreeShape>(network.shape())) return fat_tree_route(network);
  if (std::holds_alternative<DragonflyShape>(network.shape())) return dragonfly_route(network);
  return std::make_unique<SingleSwitchRoute>();
}

class MinimalRouter : public Router {
 public:
  explicit MinimalRouter(const Network& network)
      : network_(network), fabric_(fabric_route(network)) {}

  void route(EndpointId src, EndpointId dst, std::uint64_t flow_key,
             std::vector<LinkId>& out) const override {
    EXPECTS(0 <= src && src < network_.endpoints() && 0 <= dst && dst < network_.endpoints());
    out.clear();
    if (src == dst) return;
    const auto pair = static_cast<std::uint64_t>(src) << 32 | static_cast<std::uint64_t>(dst);
    const NodeId from = network_.node_of(src);
    const NodeId to = network_.node_of(dst);
    if (network_.has_hubs()) out.push_back(network_.device_link(src));
    if (from != to) {
      const std::uint64_t hash = mixed(mixed(pair) + flow_key);
      out.push_back(network_.injection_link(from, nic_of(src, hash)));
      const int nic = nic_of(dst, hash);
      fabric_->append({from, to, std::int64_t{to} * network_.nics_per_node() + nic, flow_key, hash},
                      out);
      out.push_back(Network::reverse(network_.injection_link(to, nic)));
    }
    if (network_.has_hubs()) out.push_back(Network::reverse(network_.device_link(dst)));
  }

 private:
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
  std::unique_ptr<FabricRoute> fabric_;
};

}  // namespace

std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

std::unique_ptr<Router> make_router(const Network& network, Routing routing) {
  EXPECTS(routing == Routing::minimal);
  return std::make_unique<MinimalRouter>(network);
}

}  // namespace rehearse
