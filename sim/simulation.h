// Runs a training program on every rank of a simulated cluster.
#pragma once

#include <functional>
#include <vector>

#include "base/trace_span.h"
#include "runtime/run_summary.h"
#include "sim/background.h"
#include "sim/fidelity.h"
#include "sim/noise.h"
#include "sim/sim_device.h"
#include "topologies/fabric_profile.h"
#include "topologies/network.h"
#include "topologies/router.h"

namespace rehearse {

struct SimulationOptions {
  const Network* network = nullptr;
  const Router* router = nullptr;
  std::vector<EndpointId> workers;  // the device of each rank
  FabricProfile fabric;
  TaskCosts costs;
  NoiseOptions noise;
  CollectiveFidelity fidelity = CollectiveFidelity::flow;
  Background background;
  int traced_ranks = 0;  // the first so many ranks are traced in the last step
};

// What the program calls after each of its steps.
using StepObserver = std::function<void(std::int64_t step, const StepRecord&)>;

struct SimulationSummary {
  std::vector<StepRecord> steps;  // mean over the ranks of each part; reductions of rank 0
  std::vector<double> step_ends;  // when the slowest rank was done, s
  std::vector<TraceSpan> trace;
  double end = 0;  // of the run on the virtual clock, s
};

// `program` is the training program of one rank. REQUIRES: called at most once in a process.
SimulationSummary simulate(const SimulationOptions& options,
                           const std::function<void(World&, const StepObserver&)>& program);

}  // namespace rehearse
