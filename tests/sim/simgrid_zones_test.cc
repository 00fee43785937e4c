// The same flows over the same routes: ours beside SimGrid's own fat-tree and torus zones.
// Latencies are 0, because SimGrid shares links in inverse proportion to them
// (sim/network/carrier.h).
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <simgrid/s4u.hpp>

#include "forked.h"
#include "sim/network/fluid_network.h"
#include "sim/worlds/simulation.h"
#include "topologies/graph/build.h"
#include "topologies/shapes/fat_tree.h"
#include "topologies/shapes/torus.h"

namespace rehearse {
namespace {

namespace s4u = simgrid::s4u;

constexpr double kBandwidth = 1e9;
constexpr double kNear = 1e-3;

struct OneFlow {
  int from, to;
  std::int64_t bytes;
};
using Flows = std::vector<OneFlow>;

// Some nodes send several messages, some receive several, all begin at 0.
Flows random_flows(int nodes, int count, std::uint64_t seed) {
  std::mt19937_64 draw(seed);
  const auto below = [&](int n) { return static_cast<int>(draw() % static_cast<unsigned>(n)); };
  Flows flows;
  while (static_cast<int>(flows.size()) < count) {
    const OneFlow flow{below(nodes), below(nodes), 1'000'000 * std::int64_t{1 + below(50)}};
    if (flow.from != flow.to) flows.push_back(flow);
  }
  return flows;
}

using MakeZone = std::function<s4u::NetZone*(const s4u::ClusterCallbacks&)>;

// When each flow ends. A flow is received by an actor of its own on the destination.
std::vector<double> ends_by_simgrid(const MakeZone& make, const Flows& flows) {
  return forked([&] {
    std::string name = "zones";
    std::string quiet = "--log=root.thres:error";
    int argc = 2;
    char* argv[] = {name.data(), quiet.data(), nullptr};
    s4u::Engine engine(&argc, argv);
    for (const char* setting : {"network/model:CM02", "network/crosstraffic:0",
                                "network/TCP-gamma:1e30", "surf/precision:1e-12"}) {
      s4u::Engine::set_config(setting);
    }
    std::vector<s4u::Host*> hosts;
    make(s4u::ClusterCallbacks([&](s4u::NetZone* zone, const std::vector<unsigned long>&,
                                   unsigned long id) {
      hosts.resize(std::max<std::size_t>(hosts.size(), id + 1));
      hosts[id] = zone->create_host(std::to_string(id), 1.0)->seal();
      return std::pair{hosts[id]->get_netpoint(),
                       static_cast<simgrid::kernel::routing::NetPoint*>(nullptr)};
    }))->seal();
    std::vector<double> ends(flows.size());
    for (std::size_t i = 0; i < flows.size(); ++i) {
      s4u::Mailbox* box = s4u::Mailbox::by_name(std::to_string(i));
      s4u::Actor::create("from", hosts[static_cast<std::size_t>(flows[i].from)], [&flows, box, i] {
        static int token;
        box->put(&token, static_cast<std::uint64_t>(flows[i].bytes));
      });
      s4u::Actor::create("to", hosts[static_cast<std::size_t>(flows[i].to)], [&ends, box, i] {
        box->get<int>();
        ends[i] = s4u::Engine::get_clock();
      });
    }
    engine.run();
    return ends;
  });
}

// Over minimal routes.
std::vector<double> ends_by_us(const Network& network, const Flows& flows) {
  const auto router = make_router(network, Routing::minimal);
  std::vector<double> bandwidths;
  for (LinkId id = 0; id < network.links(); ++id) {
    bandwidths.push_back(network.link(id).bandwidth.value());
  }
  FluidNetwork fluid(std::move(bandwidths));
  std::vector<LinkId> path;
  for (std::size_t i = 0; i < flows.size(); ++i) {
    router->route(flows[i].from, flows[i].to, 0, path);
    fluid.start(path, static_cast<double>(flows[i].bytes), std::numeric_limits<double>::infinity(),
                static_cast<std::uint32_t>(i));
  }
  std::vector<double> ends(flows.size());
  std::vector<std::uint32_t> ended;
  fluid.settle(0);
  for (double now = fluid.next(); std::isfinite(now); now = fluid.next()) {
    ended.clear();
    fluid.finish(now, ended);
    for (const std::uint32_t tag : ended) ends[tag] = now;
    fluid.settle(now);
  }
  return ends;
}

void expect_near(const std::vector<double>& ours, const std::vector<double>& theirs) {
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_NEAR(ours[i] / theirs[i], 1, kNear) << "flow " << i;
  }
}

struct Tree {
  std::vector<unsigned> down, up;  // of switches, as in FatTreeSpec
};

NetworkSpec spec_of(const Tree& tree, Duration latency = Duration(0)) {
  FatTreeSpec spec;
  spec.down.assign(tree.down.begin(), tree.down.end());
  spec.up.assign(tree.up.begin(), tree.up.end());
  spec.link = {{Bandwidth(kBandwidth), latency}};
  NetworkSpec network;
  network.injection = {Bandwidth(kBandwidth), latency};
  network.topology = std::make_shared<FatTreeSpec>(spec);
  return network;
}

MakeZone zone_of(const Tree& tree) {
  return [tree](const s4u::ClusterCallbacks& callbacks) {
    std::vector<unsigned> up{1};  // of a node
    up.insert(up.end(), tree.up.begin(), tree.up.end());
    const auto levels = static_cast<unsigned>(tree.down.size());
    const s4u::FatTreeParams params(levels, tree.down, up, std::vector<unsigned>(levels, 1));
    return s4u::create_fatTree_zone("tree", nullptr, params, callbacks, kBandwidth, 0,
                                    s4u::Link::SharingPolicy::SPLITDUPLEX);
  };
}

TEST(SimGridZones, FatTreesShareAlike) {
  // Both route by D-mod-k. 16 nodes on two levels, 2:1; 24 on three, 2:1 twice.
  for (const Tree& tree : {Tree{{4, 4}, {2}}, Tree{{4, 2, 3}, {2, 1}}, Tree{{2, 4, 3}, {2, 2}}}) {
    int nodes = 1;
    for (const unsigned down : tree.down) nodes *= static_cast<int>(down);
    const Network network = build_network(spec_of(tree), nodes, NodeSpec{});
    for (const std::uint64_t seed : {1, 2, 3}) {
      SCOPED_TRACE(testing::Message() << nodes << " nodes, seed " << seed);
      const Flows flows = random_flows(nodes, 3 * nodes, seed);
      expect_near(ends_by_us(network, flows), ends_by_simgrid(zone_of(tree), flows));
    }
  }
}

// A schedule of one round in which rank f.from sends f.bytes to f.to.
class Exchange : public Schedule {
 public:
  Exchange(int ranks, const Flows& flows) : Schedule(ranks, 1 << 30), flows_(flows) {}
  int rounds() const override { return 1; }
  void actions(int rank, int, std::vector<Action>& out) const override {
    for (const OneFlow& f : flows_) {
      if (f.from == rank) out.push_back({Action::Kind::send, f.to, 0, f.bytes / 4});
      if (f.to == rank) out.push_back({Action::Kind::receive, f.from, 0, f.bytes / 4});
    }
  }

 private:
  const Flows& flows_;
};

// Through simulate(): when each rank is done with all that it sends and receives.
std::vector<double> ends_of_ranks(const NetworkSpec& spec, const Flows& flows, Fidelity fidelity) {
  return forked([&] {
    const Network network = build_network(spec, 16, NodeSpec{});
    const auto router = make_router(network, Routing::minimal);
    SimulationOptions options;
    options.network = &network;
    options.router = router.get();
    for (int rank = 0; rank < 16; ++rank) options.workers.push_back(rank);
    options.noise.runs = options.noise.steps_per_run = 1;
    options.fidelity = fidelity;
    std::vector<double> seconds(16);
    simulate(options, [&](World& world, const StepObserver&) {
      const Exchange schedule(16, flows);
      world.transport().execute(*world.transport().world(), schedule,
                                {nullptr, schedule.elements()});
      seconds[static_cast<std::size_t>(world.transport().rank())] = world.clock().now().value();
    });
    return seconds;
  });
}

TEST(SimGridZones, BothFidelitiesShareAlike) {
  const Tree tree{{4, 4}, {2}};
  const Flows flows = random_flows(16, 48, 7);
  std::vector<double> theirs(16);
  const auto ends = ends_by_simgrid(zone_of(tree), flows);
  ASSERT_EQ(ends.size(), flows.size());
  for (std::size_t i = 0; i < flows.size(); ++i) {
    for (const int rank : {flows[i].from, flows[i].to}) {
      theirs[static_cast<std::size_t>(rank)] =
          std::max(theirs[static_cast<std::size_t>(rank)], ends[i]);
    }
  }
  for (const auto fidelity : {Fidelity::flow, Fidelity::message}) {
    expect_near(ends_of_ranks(spec_of(tree), flows, fidelity), theirs);
  }
}

TEST(SimGridZones, TheLengthOfARouteIsNoWeightOfItsFlow) {
  // Two messages of 100 MB into node 1, from its neighbour over 2 links and from another leaf over
  // 4 of 1 us: 0.5 GB/s each, 0.2 s. SimGrid by itself would serve the nearer one first, in 0.15 s.
  const Flows flows{{0, 1, 100'000'000}, {8, 1, 100'000'000}};
  for (const auto fidelity : {Fidelity::flow, Fidelity::message}) {
    const auto ends = ends_of_ranks(spec_of(Tree{{4, 4}, {2}}, Duration(1e-6)), flows, fidelity);
    ASSERT_EQ(ends.size(), 16u);
    EXPECT_NEAR(ends[0], 0.2, 1e-9);
    EXPECT_NEAR(ends[8], 0.2, 1e-9);
    EXPECT_NEAR(ends[1], 0.2 + 4e-6, 1e-9);
  }
}

TEST(SimGridZones, ToriShareAlike) {
  // 5 x 3 x 3, of odd sizes: the shorter way round is one, and dimension order fixes the route. The
  // hosts of SimGrid's torus are its switches, so that its links between them are all there are:
  // NICs a hundred times as fast take no part.
  TorusSpec torus;
  torus.dimensions = {5, 3, 3};
  torus.link = {Bandwidth(kBandwidth), Duration(0)};
  NetworkSpec spec;
  spec.injection = {Bandwidth(100 * kBandwidth), Duration(0)};
  spec.topology = std::make_shared<TorusSpec>(torus);
  const Network network = build_network(spec, 45, NodeSpec{});
  const MakeZone make = [&](const s4u::ClusterCallbacks& callbacks) {
    return s4u::create_torus_zone("torus", nullptr, {5, 3, 3}, callbacks, kBandwidth, 0,
                                  s4u::Link::SharingPolicy::SPLITDUPLEX);
  };
  for (const std::uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    const Flows flows = random_flows(45, 150, seed);
    expect_near(ends_by_us(network, flows), ends_by_simgrid(make, flows));
  }
}

}  // namespace
}  // namespace rehearse
