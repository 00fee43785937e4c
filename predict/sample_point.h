// Simulates one point of a sweep.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fidelity.h"
#include "base/staleness.h"
#include "base/trace_span.h"
#include "predict/forked_map.h"
#include "predict/largest_message.h"
#include "predict/library_choice.h"
#include "predict/prediction.h"
#include "scenarios/scenario.h"
#include "sim/noise/noise.h"
#include "topologies/graph/network.h"
#include "topologies/routing/router.h"

namespace rehearse {

// Runs that sample the uncertain parameters; their steps: predict/simulated_steps.h.
inline constexpr int kSimulatedRuns = 10;

// The mean step of one run, over its steps and all ranks.
struct SampledRun {
  Breakdown parts;
  Duration hidden_communication;
};

struct SampledPoint {
  std::vector<double> steps;     // s, in order: equally many of each run
  std::vector<SampledRun> runs;  // in the same order
  std::string busiest_link;
  LinkClass busiest_class = LinkClass::other;
  double busiest_seconds = 0;  // per step
  double mean_hops = 0;
  std::vector<TraceSpan> trace;  // of the last step, if asked for
  LibraryChoice choice;          // of its largest all-reduce
  // Nothing is uncertain and no device differs from another: all runs are the same job, and differ
  // only by when its steps begin in the cycle of the gradient reducer.
  bool certain = false;
  // Where messages are larger than any that the stack was measured with.
  std::optional<Extrapolation> extrapolation;
  std::optional<StalenessSummary> staleness;  // of strategies whose weights may be old
};

// The network of a scenario, and its stack on top of these links (topologies/stacks/end_to_end.h);
// all points of a sweep share them.
struct BuiltNetwork {
  explicit BuiltNetwork(
      const Scenario& scenario);  // throws Error::input (topologies/graph/build.h)

  Network network;
  std::unique_ptr<Router> router;
  StackProfile stack;
};

// What is uncertain of the profiles, in kSimulatedRuns runs of a job on one node or on several.
NoiseOptions parameter_noise(const Scenario& scenario, bool one_node);

// `known`: of the uncertain parameters at this point, in place of what the profiles say; may be
// null. `tell`: told after each step which share of them is simulated, and before a long simulation
// how long it may take. REQUIRES: called at most once in a process (SimGrid).
SampledPoint sample_point(const Scenario& scenario, const BuiltNetwork& built, std::int64_t workers,
                          bool trace, const JointFactors* known = nullptr,
                          const PieceTeller& tell = {});

// Throws Error::input for what sample_point refuses before it simulates.
void expect_point(const Scenario& scenario, const BuiltNetwork& built, std::int64_t workers);

// The mean steps of the runs, s, in their order.
std::vector<double> run_means(const SampledPoint& point);

// Of a run's mean step. Runs are a stratified sample: their uncertain parameters are equally likely
// values. Of a point that is certain all three are the mean over all runs, which together are one
// long run.
Quantiles step_time(const SampledPoint& point);

// Exact: every number survives the round trip.
std::string to_text(const SampledPoint& point);
SampledPoint sampled_point_from_text(const std::string& text);

}  // namespace rehearse
