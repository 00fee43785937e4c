#include "predict/point_search.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "base/numbers.h"
#include "base/quantity_text.h"
#include "predict/job_costs.h"
#include "predict/software_factors.h"
#include "scenarios/layout_words.h"

namespace rehearse {
namespace {

constexpr std::size_t kComputed = 60;   // layouts that LayoutJob computes
constexpr std::size_t kOfDegrees = 12;  // of them, of the same degrees
constexpr int kListed = 3;              // of the same degrees in the answer, while there are others

// What does not depend on the layout.
CostModel cost_of(const Scenario& scenario, std::int64_t workers) {
  Scenario plain = scenario;
  plain.parallelism.microbatch_given = false;
  Layout& layout = plain.parallelism.layout;
  layout.tensor = layout.pipeline = layout.context = layout.expert = layout.expert_tensor = 1;
  layout.data = layout.zero = 0;
  layout.offload_optimizer = layout.offload_activations = 0;
  return calibrated_cost(JobPoint(plain, workers));
}

std::string layout_value_text(const Layout& layout) {
  return to_text(layout) + " " + std::to_string(layout.virtual_stages) + " " +
         std::to_string(layout.shard_group) + " " + std::to_string(layout.offload_optimizer) + " " +
         std::to_string(layout.expert_tensor);
}

}  // namespace

PointSearch::PointSearch(const Scenario& scenario, const BuiltNetwork& built, std::int64_t workers,
                         const SearchOptions& options)
    : scenario_(scenario),
      options_(options),
      workers_(workers),
      cost_(cost_of(scenario, workers)),
      units_(*scenario.model, cost_, scenario.precision, factors_of(scenario)),
      prices_(scenario, built, workers),
      bench_(scenario, built, cost_, units_, workers) {
  most_memory_ =
      options.most_memory.value_or(scenario.device.memory_capacity * kUsableMemory).value();
}

std::vector<ComputedLayout> PointSearch::compute() {
  const SearchSpace space(scenario_, workers_);
  LayoutFormula formula(scenario_, cost_, units_, prices_);
  ranking_ = rank_layouts(space, formula, scenario_,
                          {options_.objective, most_memory_, kComputed, kOfDegrees});
  expect_legal();
  const bool fuses = !scenario_.all_reduce.open.empty();
  if (fuses) count_fusions();
  if (ranking_.best.empty()) throw nothing_fits();
  std::vector<ComputedLayout> all;
  for (const RankedLayout& ranked : ranking_.best) {
    if (fuses && ranked.layout.is_plain()) continue;
    const LayoutBench::Result result = bench_.of(ranked.layout);
    if (result.memory <= most_memory_) all.push_back({ranked, std::nullopt, result});
  }
  if (fuses) add_fusions(all);
  if (all.empty()) throw nothing_fits();
  std::ranges::stable_sort(all, {}, [&](const ComputedLayout& c) {
    return options_.objective == SearchObjective::memory
               ? std::pair(c.result.memory, c.per_sample())
               : std::pair(c.per_sample(), c.result.memory);
  });
  return all;
}

std::vector<ComputedLayout> PointSearch::listed(const std::vector<ComputedLayout>& all) const {
  std::map<std::tuple<int, int, int, int>, int> seen;
  std::vector<ComputedLayout> first, rest;
  for (const ComputedLayout& one : all) {
    const Layout& layout = one.ranked.layout;
    const int so_far = seen[{layout.tensor, layout.pipeline, layout.context, layout.expert}]++;
    (so_far < kListed ? first : rest).push_back(one);
  }
  first.insert(first.end(), rest.begin(), rest.end());
  first.resize(std::min(first.size(), static_cast<std::size_t>(options_.top)));
  return first;
}

std::vector<BandwidthCase> PointSearch::sensitivity(const Layout& best,
                                                    const std::vector<ComputedLayout>& all) {
  std::vector<BandwidthCase> cases;
  for (const double factor : {0.5, 2.0}) {
    BandwidthCase one{factor, bench_.of(best, factor).seconds, best, 0, true};
    double least = 0;
    for (const ComputedLayout& other : all) {
      const double seconds = bench_.of(other.ranked.layout, factor).seconds;
      const double per_sample = seconds / static_cast<double>(other.ranked.global_batch);
      if (least > 0 && per_sample >= least) continue;
      least = per_sample;
      one.best = other.ranked.layout;
      one.best_seconds = seconds;
    }
    one.same = layout_value_text(one.best) == layout_value_text(best);
    cases.push_back(std::move(one));
  }
  return cases;
}

// Plain layouts count once for each way in which their gradients travel.
void PointSearch::count_fusions() {
  const auto more = static_cast<std::int64_t>(fusions_of(scenario_).size()) - 1;
  ranking_.candidates += ranking_.plain_legal * more;
  ranking_.legal += ranking_.plain_legal * more;
  ranking_.fitting += static_cast<std::int64_t>(ranking_.plain.size()) * more;
}

void PointSearch::add_fusions(std::vector<ComputedLayout>& all) const {
  for (const RankedLayout& ranked : ranking_.plain) {
    Scenario plain = with_layout(scenario_, ranked.layout);
    plain.all_reduce.open = scenario_.all_reduce.open;
    for (const FusionTrial& trial : try_fusions(plain)) {
      if (trial.memory > most_memory_) continue;
      all.push_back({ranked, trial.how, {trial.seconds, trial.memory, trial.parts}});
    }
  }
}

void PointSearch::expect_legal() const {
  if (ranking_.legal > 0) return;
  throw Error::input("no layout of " + grouped(workers_) + " devices is legal",
                     "of " + grouped(ranking_.candidates) +
                         " combinations none divides heads, layers, batch and devices",
                     "change training.batch or the number of devices, or fix less")
      .at(scenario_.file, "/training/parallelism");
}

Error PointSearch::nothing_fits() const {
  const RankedLayout& least = *ranking_.leanest;
  return Error::input(
             "none of " + grouped(ranking_.legal) + " legal layouts of " + grouped(workers_) +
                 " devices fits in " + to_text(Bytes(most_memory_)),
             "the nearest takes " + to_text(Bytes(least.memory)) + ": " + to_text(least.layout),
             "use more devices or devices with more memory, or give --max-memory")
      .at(scenario_.file, "/training/parallelism");
}

Scenario scenario_of(const Scenario& scenario, const ComputedLayout& one) {
  const Scenario chosen = with_layout(scenario, one.ranked.layout);
  return one.fusion ? with_fusion(chosen, *one.fusion) : chosen;
}

}  // namespace rehearse
