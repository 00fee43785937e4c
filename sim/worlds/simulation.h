// Runs a training program on every rank of a simulated cluster; under analytic fidelity on one that
// stands for all.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/fidelity.h"
#include "base/staleness.h"
#include "base/trace_span.h"
#include "runtime/strategies/strategy.h"
#include "sim/collectives/collective_pattern.h"
#include "sim/network/background.h"
#include "sim/noise/noise.h"
#include "sim/worlds/computation.h"
#include "sim/worlds/sim_device.h"
#include "topologies/graph/network.h"
#include "topologies/routing/router.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {

struct SimulationOptions {
  const Network* network = nullptr;
  const Router* router = nullptr;
  std::vector<EndpointId> workers;  // the device of each rank
  StackProfile stack;
  TaskCosts costs;  // of workers
  // Of each worker, where they differ; they outlive the simulation. Empty: `costs`.
  std::function<const TaskCosts&(int rank)> rank_costs{};
  std::optional<TaskCosts> server_costs{};  // of servers and masters; else the same
  std::optional<Roles> roles{};             // of the ranks; nothing: all work
  NoiseOptions noise;
  Fidelity fidelity = Fidelity::flow;
  Background background;
  // Of analytic fidelity: patterns of this job that outlive the simulation; null: its own.
  CollectivePatterns* patterns = nullptr;
  int traced_ranks = 0;  // the first so many ranks are traced in the last step
  // The numbers of an emulated rank, which outlive the simulation; empty: there are none.
  std::function<RankNumbers(int rank)> numbers{};
  // Where the clock is that of another model: its bytes for each byte of the tensors.
  double wire_scale = 1;
};

// What a rank that keeps parameters did.
struct ServerLoad {
  int rank = 0;
  double busy_share = 0;  // of the run, with updates for others
  Bytes sent{};
  std::int64_t messages_sent = 0;
};

// Under analytic fidelity the slowest rank is simulated: spans and trace are its own.
struct SimulationSummary {
  std::vector<StepRecord> steps;  // mean over the ranks of each part; spans of rank 0
  std::vector<double> step_ends;  // when the slowest rank was done, s
  std::vector<TraceSpan> trace;
  double end = 0;             // of the run on the virtual clock, s
  std::vector<double> rates;  // by run: steps of all workers per second
  StalenessCounts staleness;
  std::vector<ServerLoad> servers;  // of servers and masters, in the order of ranks
};

// `program` is the training program of one rank. REQUIRES: called at most once in a process.
SimulationSummary simulate(const SimulationOptions& options,
                           const std::function<void(World&, const StepObserver&)>& program);

// The same of a strategy; `stepped` is told after each step of a worker. Throws Error::input under
// analytic fidelity where one rank cannot stand for all. REQUIRES: as many places as the strategy
// has ranks.
SimulationSummary simulate(
    const SimulationOptions& options, const Strategy& strategy,
    const std::function<void(int rank, std::int64_t step, const StepRecord&)>& stepped = {});

}  // namespace rehearse
