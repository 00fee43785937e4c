// What a prediction says. Field names and meanings are those of docs/formats.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/breakdown.h"
#include "base/provenance.h"
#include "base/staleness.h"
#include "base/units.h"
#include "kernels/models/device_memory.h"
#include "predict/faulty_run.h"
#include "predict/pilot_report.h"
#include "predict/quantiles.h"
#include "runtime/parallel/layout.h"
#include "topologies/graph/link.h"

namespace rehearse {

// Until convergence.target is reached (predict/to_target.h).
struct ToTarget {
  double samples = 0;
  double steps = 0;  // of a worker; whole
  Quantiles time;    // s, goodput counted
  double node_hours = 0;
};

struct PredictedPoint {
  // False of collectives without a model: then batch, throughput, speedup, efficiency, utilization
  // and epoch mean nothing.
  bool has_samples = true;
  std::int64_t workers = 0;
  std::int64_t nodes = 0;
  std::int64_t global_batch = 0;
  Quantiles step_time;    // s, predictive interval of a run's mean step
  Quantiles step_jitter;  // s, spread of single steps
  double samples_per_s = 0;
  std::int64_t tokens_per_sample = 0;  // of language models; else 0
  bool counts_full_attention = false;  // Model::counts_full_attention
  double speedup = 0;                  // against the smallest point
  double efficiency = 0;
  Breakdown breakdown;              // sums to step_time.p50
  double communication_total = 0;   // s, exposed and hidden
  double communication_hidden = 0;  // s
  double flops_per_device = 0;      // of one step, without recomputation
  double model_flops_utilization = 0;
  DeviceMemory memory;
  bool fits = true;
  std::string busiest_link;  // empty where nothing travels, as for one worker
  LinkClass busiest_link_class = LinkClass::other;
  double busiest_link_utilization = 0;
  double mean_hops = 0;
  double epoch_time = 0;  // s
  double node_hours_per_epoch = 0;
  double energy_per_epoch = 0;   // J
  std::optional<Layout> layout;  // where the job has one (Layout::is_plain)
  std::optional<StalenessSummary> staleness;
  // Where the scenario has faults: the share of time that counts, in the mean; the same of one run
  // (of the scenario's length, else of an epoch), p10 the least; and how runs fail.
  std::optional<double> goodput;
  std::optional<Quantiles> goodput_interval;
  std::optional<FaultyRun> faults;
  std::optional<ToTarget> to_target;  // where the scenario has convergence
};

// s that so many steps take at a point, failures counted.
Quantiles time_of_steps(const PredictedPoint& point, double steps);

struct Warning {
  std::string code;  // "extrapolated", "no_effect", "memory", …
  std::string what;
  std::vector<std::size_t> points;  // indices into the points; empty: all
};

struct Prediction {
  std::string scenario;
  std::string version;
  std::string fidelity;
  std::uint64_t seed = 0;
  std::vector<PredictedPoint> points;
  std::vector<Warning> warnings;
  std::vector<Provenance> provenance;
  std::optional<PilotReport> pilot{};  // if one was run
  std::string target{};                // "test_accuracy 0.76"; empty where there is none
};

}  // namespace rehearse
