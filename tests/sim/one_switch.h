// A simulated cluster on one switch, each simulation in a process of its own.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "forked.h"
#include "runtime/collectives/collectives.h"
#include "sim/worlds/simulation.h"
#include "topologies/graph/build.h"
#include "topologies/shapes/single_switch.h"

namespace rehearse {

struct OneSwitch {
  int ranks = 2;
  std::vector<EndpointId> workers{};  // of the ranks; empty: one after the other
  NodeSpec node{};
  LinkRate injection{Bandwidth(10e9), Duration(1e-6)};  // a switch is two links away
  StackProfile stack{};
  TaskCosts costs{};
  NoiseOptions noise = quiet(1);
  Fidelity fidelity = Fidelity::flow;
  int traced_ranks = 0;

  static NoiseOptions quiet(int steps) {
    NoiseOptions noise;
    noise.runs = 1;
    noise.steps_per_run = steps;
    return noise;
  }
};

// For two steps of two layers, forward 10 ms and backward 20 ms each; links of 1 GB/s.
inline OneSwitch two_layers_on(int ranks, Fidelity fidelity) {
  OneSwitch cluster;
  cluster.ranks = ranks;
  cluster.injection = {Bandwidth(1e9), Duration(1e-9)};
  const TaskCost forward{Duration(0.010), Duration(0)};
  const TaskCost backward{Duration(0.020), Duration(0)};
  cluster.costs.forward = {forward, forward};
  cluster.costs.backward = {backward, backward};
  cluster.noise = OneSwitch::quiet(2);
  cluster.fidelity = fidelity;
  return cluster;
}

// What `simulate` returns of the cluster's options. REQUIRES: called once in a process.
inline SimulationSummary simulate_with(
    const OneSwitch& cluster,
    const std::function<SimulationSummary(const SimulationOptions&)>& simulate) {
  NetworkSpec spec;
  spec.injection = cluster.injection;
  spec.topology = std::make_shared<SingleSwitchSpec>();
  SimulationOptions options;
  options.workers = cluster.workers;
  for (int rank = 0; cluster.workers.empty() && rank < cluster.ranks; ++rank) {
    options.workers.push_back(rank);
  }
  const auto last = *std::max_element(options.workers.begin(), options.workers.end());
  const Network network = build_network(spec, last / cluster.node.devices + 1, cluster.node);
  const auto router = make_router(network, Routing::minimal);
  options.network = &network;
  options.router = router.get();
  options.stack = cluster.stack;
  options.costs = cluster.costs;
  options.noise = cluster.noise;
  options.fidelity = cluster.fidelity;
  options.traced_ranks = cluster.traced_ranks;
  return simulate(options);
}

// REQUIRES: called once in a process.
inline SimulationSummary simulate_on(const OneSwitch& cluster,
                                     const std::function<void(World&, const StepObserver&)>& run) {
  return simulate_with(cluster,
                       [&](const SimulationOptions& options) { return simulate(options, run); });
}

using MakeSchedule = std::function<std::unique_ptr<Schedule>()>;

// Virtual seconds for one collective.
inline double collective_seconds(const OneSwitch& cluster, const MakeSchedule& make) {
  return forked([&] {
           const auto summary = simulate_on(cluster, [&](World& world, const StepObserver&) {
             const auto schedule = make();
             world.transport().execute(*world.transport().world(), *schedule,
                                       {nullptr, schedule->elements()});
           });
           return std::vector<double>{summary.end};
         })
      .at(0);
}

}  // namespace rehearse
