// One collective on a simulated cluster of any network and routing.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "forked.h"
#include "runtime/collectives/schedule.h"
#include "sim/worlds/simulation.h"
#include "topologies/graph/build.h"
#include "topologies/shapes/dragonfly.h"

namespace rehearse {

// Messages in rounds, each from one rank to another.
class Messages : public Schedule {
 public:
  struct Message {
    int round, from, to;
    std::int64_t elements;  // of 4 bytes
  };

  Messages(int ranks, std::vector<Message> messages)
      : Schedule(ranks, 1), messages_(std::move(messages)) {}

  [[nodiscard]] int rounds() const override {
    int last = 0;
    for (const Message& message : messages_) last = std::max(last, message.round);
    return last + 1;
  }
  void actions(int rank, int round, std::vector<Action>& out) const override {
    for (const Message& message : messages_) {
      if (message.round != round) continue;
      if (message.from == rank) {
        out.push_back({Action::Kind::send, message.to, 0, message.elements});
      }
      if (message.to == rank) {
        out.push_back({Action::Kind::receive, message.from, 0, message.elements});
      }
    }
  }

 private:
  std::vector<Message> messages_;
};

inline NetworkSpec dragonfly(std::int64_t a, std::int64_t p, std::int64_t h, LinkRate injection,
                             LinkRate local, LinkRate global) {
  DragonflySpec fly;
  fly.routers_per_chassis = a;
  fly.nodes_per_router = p;
  fly.global_links_per_router = h;
  fly.local = local;
  fly.global = global;
  fly.global_links_per_pair = 1;
  NetworkSpec spec;
  spec.injection = injection;
  spec.topology = std::make_shared<DragonflySpec>(fly);
  return spec;
}

// The seconds after which each rank is done; rank r is node workers[r].
inline std::vector<double> seconds_of(const NetworkSpec& spec, std::int64_t nodes, Routing routing,
                                      const std::vector<EndpointId>& workers,
                                      const Schedule& schedule, Fidelity fidelity) {
  return forked([&] {
    const Network network = build_network(spec, nodes, NodeSpec{});
    const auto router = make_router(network, routing);
    SimulationOptions options;
    options.network = &network;
    options.router = router.get();
    options.workers = workers;
    options.noise.runs = 1;
    options.noise.steps_per_run = 1;
    options.fidelity = fidelity;
    std::vector<double> seconds(workers.size());
    simulate(options, [&](World& world, const StepObserver&) {
      Transport& transport = world.transport();
      transport.execute(*transport.world(), schedule, {nullptr, schedule.elements()});
      seconds[static_cast<std::size_t>(transport.rank())] = world.clock().now().value();
    });
    return seconds;
  });
}

}  // namespace rehearse
