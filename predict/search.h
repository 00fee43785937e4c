// The best layouts of a job for the devices at hand, and why.
//
//   SearchResult result = search(scenario, {.top = 5});
//   result.by_workers.back().best.front().layout;
//
// All legal layouts are ranked in closed form (predict/layout_ranking.h). The best of them are
// computed as analytic fidelity computes a layout (predict/layout_job.h), and of these the first
// few predicted as `predict` does.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "predict/gradient_fusion.h"
#include "predict/layout_ranking.h"
#include "predict/layout_traffic.h"
#include "predict/prediction.h"

namespace rehearse {

struct SearchOptions {
  SearchObjective objective = SearchObjective::step_time;
  std::optional<Bytes> most_memory{};  // of a device; absent: its capacity x kUsableMemory
  int top = 10;
  int jobs = 1;
  std::function<void(std::size_t done, std::size_t all)> progress{};  // in predictions
};

// Of a device's capacity.
inline constexpr double kUsableMemory = 0.95;

// The phase in which a layout loses most against the best.
struct LayoutLoss {
  StepPhase phase = StepPhase::compute;
  double seconds = 0;  // of a step with the global batch of the best
  std::string text;
};

struct FoundLayout {
  Layout layout;
  std::optional<GradientFusion> fusion;  // where a search was to find it
  PredictedPoint point;
  double estimate = 0;              // step in closed form, s
  Breakdown middle;                 // of a step where no device differs from another
  std::optional<LayoutLoss> loses;  // none: it is the best
};

// The best layouts where exchanges between nodes are so much faster.
struct BandwidthCase {
  double factor = 1;
  double seconds = 0;  // of a step of the layout that is best now
  Layout best;         // then, among those that were computed
  double best_seconds = 0;
  bool same = true;
};

// The search with so many devices of a machine.
struct WorkersSearch {
  std::string machine;  // its name; empty: that of the scenario
  std::int64_t workers = 0, nodes = 0;
  std::int64_t candidates = 0, legal = 0, fitting = 0;
  double most_memory = 0;  // bytes
  std::vector<FoundLayout> best;
  std::vector<RankedLayout> pareto;
  std::vector<BandwidthCase> sensitivity;
  LayoutTraffic traffic;  // of the best
};

// A layout among those of all machines and numbers of devices.
struct AcrossLayout {
  std::size_t point = 0;          // index into SearchResult::by_workers
  FoundLayout found;              // loses: against the first of all
  std::optional<double> price{};  // of an epoch
};

struct SearchResult {
  std::string scenario, version, fidelity;
  std::uint64_t seed = 0;
  SearchObjective objective = SearchObjective::step_time;
  std::vector<WorkersSearch> by_workers;  // as the sweep, at least one; machine after machine
  // The best of all of them, where machines are compared (predict/search_machines.h); else empty.
  std::vector<AcrossLayout> across;
  std::string currency;  // of AcrossLayout::price; empty: no prices are known
  std::vector<Warning> warnings;
  std::vector<Provenance> provenance;
};

// The point of which most is told: the last, or that of the best of all machines.
const WorkersSearch& told_point(const SearchResult& result);

// Of every point of the sweep. Throws Error::input where no layout is legal or none fits.
// REQUIRES: a model, trained by strategy sync.
SearchResult search(const Scenario& scenario, const SearchOptions& options);

// One point of its sweep. Throws as search. REQUIRES: as search; `done` may be empty.
WorkersSearch search_point(const Scenario& scenario, const BuiltNetwork& built,
                           std::int64_t workers, const SearchOptions& options,
                           const std::function<void()>& done, SearchResult& result);

// What a result says of itself, once all points are found.
void add_search_notes(const Scenario& scenario, SearchResult& result);

// Why one layout is slower than another.
LayoutLoss loss_of(const FoundLayout& found, const FoundLayout& best);

// The time of a sample, s.
double per_sample(const FoundLayout& found);

// The scenario at one point of its sweep under the best layout, by LayoutJob, with the gradients
// that suit it best. Throws as search.
Scenario best_layout(const Scenario& scenario, std::int64_t workers, const SearchOptions& options);

}  // namespace rehearse
