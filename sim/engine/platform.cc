#include "sim/engine/platform.h"

#include <malloc.h>

#include <algorithm>
#include <simgrid/kernel/routing/NetPoint.hpp>
#include <simgrid/kernel/routing/NetZoneImpl.hpp>
#include <simgrid/s4u.hpp>
#include <string>

#include "base/contract.h"
#include "sim/network/active_flows.h"
#include "sim/network/flow_routes.h"

namespace rehearse {
namespace {

namespace s4u = simgrid::s4u;
namespace routing = simgrid::kernel::routing;

// SimGrid takes the stacks of actors from calloc. The C library writes zeros over what it has got
// from the system in advance, and so makes the pages of a stack that nobody ever uses resident.
// What comes fresh from the system is zero already: nothing is asked for in advance.
void keep_unused_stacks_untouched() {
#if defined(__GLIBC__)
  mallopt(M_TOP_PAD, 0);
#endif
}

class RoutedByUs : public routing::NetZoneImpl {
 public:
  RoutedByUs(const Network& network, const Router& router, const std::vector<EndpointId>& workers,
             const ReceiveLoops& loops)
      : NetZoneImpl("network"),
        network_(network),
        workers_(workers),
        loops_of_(loops),
        routes_(network, router, workers_),
        active_(network.links()) {}

  // Links that no route between the workers can use are left out where that is cheap to know: the
  // injection and device links of other nodes.
  void create_links() {
    std::vector<bool> used_node(static_cast<std::size_t>(network_.nodes()));
    for (const EndpointId worker : workers_) {
      used_node[static_cast<std::size_t>(network_.node_of(worker))] = true;
    }
    known_.resize(static_cast<std::size_t>(network_.links()));
    for (std::size_t i = 0; i < known_.size(); ++i) {
      const Link link = network_.link(static_cast<LinkId>(i));
      const NodeId node = std::max(node_at(link.from), node_at(link.to));
      if (node >= 0 && !used_node[static_cast<std::size_t>(node)]) continue;
      known_[i] = create_link(std::to_string(i), {link.bandwidth.value()});
    }
    // SimGrid takes a route without links for none.
    constexpr double kUnlimited = 1e15;
    own_ = create_link("own", {kUnlimited});
    own_->set_sharing_policy(s4u::Link::SharingPolicy::FATPIPE);
    for (Place place = 0; place < loops_of_.places; ++place) {
      loops_.push_back(create_link("loop " + std::to_string(place), {loops_of_.rate}));
    }
  }

  void get_local_route(const routing::NetPoint* src, const routing::NetPoint* dst,
                       routing::Route* into, double* /*latency*/) override {
    const auto from = static_cast<int>(src->id());
    const auto to = static_cast<int>(dst->id());
    routes_.route_under_load(from, to, routes_.next_key(from, to), active_, path_);
    if (routes_.look_at_load()) active_.start(path_);
    in_route_.clear();
    for (const LinkId id : path_) in_route_.emplace_back(known_[static_cast<std::size_t>(id)]);
    if (to < loops_of_.places && !routes_.same_node(from, to)) {
      in_route_.emplace_back(loops_[static_cast<std::size_t>(to)]);
    }
    if (in_route_.empty()) in_route_.emplace_back(own_);
    into->link_list_ = get_link_list_impl(in_route_, false);
  }

 private:
  // The node of a vertex inside it, -1 for a switch of the network.
  [[nodiscard]] NodeId node_at(VertexId vertex) const {
    return vertex < network_.first_switch() ? network_.node_at(vertex) : -1;
  }

  const Network& network_;
  std::vector<EndpointId> workers_;
  const ReceiveLoops loops_of_;
  std::vector<s4u::Link*> known_, loops_;
  s4u::Link* own_ = nullptr;  // between ranks of one device
  FlowRoutes routes_;
  ActiveFlows active_;
  std::vector<LinkId> path_;  // SimGrid asks for one route at a time
  std::vector<s4u::LinkInRoute> in_route_;
};

}  // namespace

SimEngine::SimEngine() {
  keep_unused_stacks_untouched();
  std::string name = "rehearse";
  std::string quiet = "--log=root.thres:error";
  int argc = 2;
  char* argv[] = {name.data(), quiet.data(), nullptr};
  engine_ = new s4u::Engine(&argc, argv);
#if defined(__SANITIZE_ADDRESS__)
  // A sanitizer does not follow a switch of stacks: actors are threads.
  constexpr const char* kFactory = "contexts/factory:thread";
  constexpr const char* kStack = "contexts/stack-size:512";
#else
  constexpr const char* kFactory = "contexts/factory:raw";
  // KiB; a worker's calls need under 16, and what prices collectives has a stack of its own.
  constexpr const char* kStack = "contexts/stack-size:64";
#endif
  for (const char* setting :
       {"network/model:CM02", "network/crosstraffic:0", "network/TCP-gamma:1e30", kFactory,
        "contexts/guard-size:0", kStack, "surf/precision:1e-12"}) {
    s4u::Engine::set_config(setting);
  }
}

SimEngine::~SimEngine() = default;  // SimGrid frees its engine at the end of the process

std::vector<s4u::Host*> SimEngine::build(const Network& network, const Router& router,
                                         const std::vector<EndpointId>& workers,
                                         const ReceiveLoops& loops) {
  // SimGrid makes the first zone its root and owns it.
  auto* zone = new RoutedByUs(network, router, workers, loops);
  zone->create_links();
  std::vector<s4u::Host*> hosts;
  for (std::size_t rank = 0; rank < workers.size(); ++rank) {
    // One core that does a second of work per second; accelerators do not use it.
    hosts.push_back(zone->create_host(std::to_string(rank), {1.0})->seal());
    ENSURES(hosts.back()->get_netpoint()->id() == rank);
  }
  zone->get_iface()->seal();
  return hosts;
}

std::vector<s4u::Host*> SimEngine::build_alone(int hosts) {
  s4u::NetZone* zone = s4u::create_empty_zone("alone");
  std::vector<s4u::Host*> all;
  for (int i = 0; i < hosts; ++i) {
    all.push_back(zone->create_host(std::to_string(i), {1.0})->seal());
  }
  zone->seal();
  return all;
}

void SimEngine::run() { engine_->run(); }

}  // namespace rehearse
