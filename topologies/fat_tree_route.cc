#include "topologies/node_router.h"

namespace rehearse {
namespace {

class FatTreeRoute : public FabricRoute {
 public:
  explicit FatTreeRoute(const Network& network)
      : network_(network), shape_(std::get<FatTreeShape>(network.shape())) {}

  void append(const Flow& flow, std::vector<LinkId>& out) const override {
    // The digits of `turn`, in the mixed radix of the up arities, are the up ports.
    const std::uint64_t offset = flow.key == 0 ? 0 : mixed(flow.key) >> 32;
    std::uint64_t turn = static_cast<std::uint64_t>(flow.dst_port) + offset;
    int level = 0;
    std::int64_t column = 0;
    for (; flow.src / shape_.nodes_below(level) != flow.dst / shape_.nodes_below(level); ++level) {
      const auto arity = static_cast<std::uint64_t>(shape_.up(level));
      const auto port = static_cast<std::int64_t>(turn % arity);
      turn /= arity;
      out.push_back(network_.edge_link(
          shape_.edge_up(level, flow.src / shape_.nodes_below(level), column, port)));
      column += port * shape_.columns(level);
    }
    while (level-- > 0) {
      const std::int64_t port = column / shape_.columns(level);
      column %= shape_.columns(level);
      out.push_back(Network::reverse(network_.edge_link(
          shape_.edge_up(level, flow.dst / shape_.nodes_below(level), column, port))));
    }
  }

 private:
  const Network& network_;
  FatTreeShape shape_;
};

}  // namespace

std::unique_ptr<FabricRoute> fat_tree_route(const Network& network) {
  return std::make_unique<FatTreeRoute>(network);
}

}  // namespace rehearse
