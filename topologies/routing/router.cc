#include "topologies/routing/router.h"

#include "base/contract.h"
#include "topologies/routing/flow_ends.h"
#include "topologies/routing/load_router.h"
#include "topologies/shapes/fat_tree.h"

namespace rehearse {
namespace {

// One shortest route per flow.
class ShortestRouter : public Router {
 public:
  ShortestRouter(const Network& network, bool hashed) : network_(network), hashed_(hashed) {}

  void route(EndpointId src, EndpointId dst, std::uint64_t flow_key,
             std::vector<LinkId>& out) const override {
    out.clear();
    const FlowEnds ends(network_, src, dst, flow_key);
    ends.begin(out);
    if (ends.leaves_node()) append_shortest(network_, ends, *turn_of(ends.flow()), out);
    ends.end(out);
  }
  [[nodiscard]] std::optional<std::uint64_t> turn_of(
      const NetworkShape::Flow& flow) const override {
    return hashed_ ? flow.hash : network_.shape().turn_of(flow);
  }
  // A device with several NICs stripes what it sends over them.
  [[nodiscard]] int subflows() const override { return stripes(network_); }

 private:
  const Network& network_;
  const bool hashed_;  // or as the shape says
};

// Every flow over an intermediate place of its own.
class ValiantRouter : public Router {
 public:
  explicit ValiantRouter(const Network& network) : network_(network) {}

  void route(EndpointId src, EndpointId dst, std::uint64_t flow_key,
             std::vector<LinkId>& out) const override {
    out.clear();
    const FlowEnds ends(network_, src, dst, flow_key);
    ends.begin(out);
    if (ends.leaves_node()) append_detour(network_, ends, 0, out);
    ends.end(out);
  }
  [[nodiscard]] bool routes_each_message() const override { return true; }
  [[nodiscard]] int subflows() const override { return striped_subflows(network_); }

 private:
  const Network& network_;
};

}  // namespace

void Router::candidates(EndpointId src, EndpointId dst, std::uint64_t flow_key,
                        Candidates& out) const {
  std::vector<LinkId> path;
  route(src, dst, flow_key, path);
  const std::size_t begin = out.links.size();
  out.links.insert(out.links.end(), path.begin(), path.end());
  out.routes.push_back({begin, out.links.size(), 1});
}

std::unique_ptr<Router> make_router(const Network& network, Routing routing) {
  switch (routing) {
    case Routing::minimal:
      return std::make_unique<ShortestRouter>(network, false);
    case Routing::d_mod_k:
      EXPECTS(dynamic_cast<const FatTreeShape*>(&network.shape()) != nullptr);
      return std::make_unique<ShortestRouter>(network, false);
    case Routing::ecmp:
      return std::make_unique<ShortestRouter>(network, true);
    case Routing::valiant:
      return std::make_unique<ValiantRouter>(network);
    case Routing::ugal:
      return std::make_unique<LoadRouter>(network, kUgal);
    case Routing::adaptive:
      return std::make_unique<LoadRouter>(network, kAdaptive);
  }
  EXPECTS(!"a routing");
  return nullptr;
}

}  // namespace rehearse
