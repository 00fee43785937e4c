#include "topologies/node_router.h"

namespace rehearse {
namespace {

class DragonflyRoute : public FabricRoute {
 public:
  explicit DragonflyRoute(const Network& network)
      : network_(network), shape_(std::get<DragonflyShape>(network.shape())) {}

  void append(const Flow& flow, std::vector<LinkId>& out) const override {
    const std::int64_t group = network_.group_of(flow.src);
    const std::int64_t peer = network_.group_of(flow.dst);
    const std::int64_t start = network_.leaf_of(flow.src) % shape_.routers_per_group();
    const std::int64_t end = network_.leaf_of(flow.dst) % shape_.routers_per_group();
    if (group == peer) return inside(group, start, end, out);
    const auto links = static_cast<std::uint64_t>(shape_.links_per_pair());
    const auto which = static_cast<std::int64_t>(flow.hash % links);
    inside(group, start, shape_.gateway(group, peer, which), out);
    if (group < peer) {
      out.push_back(network_.edge_link(shape_.global_edge(group, peer, which)));
    } else {
      out.push_back(Network::reverse(network_.edge_link(shape_.global_edge(peer, group, which))));
    }
    inside(peer, shape_.gateway(peer, group, which), end, out);
  }

 private:
  // Along the chassis to the right slot, then across the chassis.
  void inside(std::int64_t group, std::int64_t start, std::int64_t end,
              std::vector<LinkId>& out) const {
    const std::int64_t slots = shape_.slots();
    const std::int64_t chassis = start / slots;
    const std::int64_t slot = end % slots;
    if (const std::int64_t at = start % slots; at < slot) {
      out.push_back(network_.edge_link(shape_.rank1_edge(group, chassis, at, slot)));
    } else if (at > slot) {
      out.push_back(
          Network::reverse(network_.edge_link(shape_.rank1_edge(group, chassis, slot, at))));
    }
    if (const std::int64_t to = end / slots; chassis < to) {
      out.push_back(network_.edge_link(shape_.rank2_edge(group, slot, chassis, to)));
    } else if (chassis > to) {
      out.push_back(
          Network::reverse(network_.edge_link(shape_.rank2_edge(group, slot, to, chassis))));
    }
  }

  const Network& network_;
  DragonflyShape shape_;
};

}  // namespace

std::unique_ptr<FabricRoute> dragonfly_route(const Network& network) {
  return std::make_unique<DragonflyRoute>(network);
}

}  // namespace rehearse
