#include "predict/search.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/contract.h"
#include "base/error.h"
#include "base/numbers.h"
#include "base/quantity_text.h"
#include "predict/job_costs.h"
#include "predict/layout_bench.h"
#include "predict/predict.h"
#include "predict/software_factors.h"
#include "scenarios/layout_words.h"

namespace rehearse {
namespace {

constexpr std::size_t kComputed = 60;   // layouts that LayoutJob computes
constexpr std::size_t kOfDegrees = 12;  // of them, of the same degrees
constexpr int kListed = 3;              // of the same degrees in the answer, while there are others
constexpr std::size_t kFront = 50;

struct Computed {
  RankedLayout ranked;                   // seconds in closed form
  std::optional<GradientFusion> fusion;  // where it is looked for
  LayoutBench::Result result;

  [[nodiscard]] double per_sample() const {
    return result.seconds / static_cast<double>(ranked.global_batch);
  }
};

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

// One point of the sweep.
class PointSearch {
 public:
  PointSearch(const Scenario& scenario, const BuiltNetwork& built, std::int64_t workers,
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

  // The best layouts by LayoutJob. Throws Error::input where there is none.
  std::vector<Computed> compute() {
    const SearchSpace space(scenario_, workers_);
    LayoutFormula formula(scenario_, cost_, units_, prices_);
    ranking_ = rank_layouts(space, formula, scenario_,
                            {options_.objective, most_memory_, kComputed, kOfDegrees});
    expect_legal();
    const bool fuses = !scenario_.all_reduce.open.empty();
    if (fuses) count_fusions();
    if (ranking_.best.empty()) throw nothing_fits();
    std::vector<Computed> all;
    for (const RankedLayout& ranked : ranking_.best) {
      if (fuses && ranked.layout.is_plain()) continue;
      const LayoutBench::Result result = bench_.of(ranked.layout);
      if (result.memory <= most_memory_) all.push_back({ranked, std::nullopt, result});
    }
    if (fuses) add_fusions(all);
    if (all.empty()) throw nothing_fits();
    std::ranges::stable_sort(all, {}, [&](const Computed& c) {
      return options_.objective == SearchObjective::memory
                 ? std::pair(c.result.memory, c.per_sample())
                 : std::pair(c.per_sample(), c.result.memory);
    });
    return all;
  }

  // The first of them, few of the same degrees.
  [[nodiscard]] std::vector<Computed> listed(const std::vector<Computed>& all) const {
    std::map<std::tuple<int, int, int, int>, int> seen;
    std::vector<Computed> first, rest;
    for (const Computed& one : all) {
      const Layout& layout = one.ranked.layout;
      const int so_far = seen[{layout.tensor, layout.pipeline, layout.context, layout.expert}]++;
      (so_far < kListed ? first : rest).push_back(one);
    }
    first.insert(first.end(), rest.begin(), rest.end());
    first.resize(std::min(first.size(), static_cast<std::size_t>(options_.top)));
    return first;
  }

  [[nodiscard]] std::vector<BandwidthCase> sensitivity(const Layout& best,
                                                       const std::vector<Computed>& all) {
    std::vector<BandwidthCase> cases;
    for (const double factor : {0.5, 2.0}) {
      BandwidthCase one{factor, bench_.of(best, factor).seconds, best, 0, true};
      double least = 0;
      for (const Computed& other : all) {
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

  [[nodiscard]] LayoutTraffic traffic(const Layout& best) {
    return traffic_of(scenario_, cost_, units_, best, bench_.network(best).experts_in_node());
  }

  [[nodiscard]] const LayoutRanking& ranking() const { return ranking_; }
  [[nodiscard]] double most_memory() const { return most_memory_; }

 private:
  // Plain layouts count once for each way in which their gradients travel.
  void count_fusions() {
    const auto more = static_cast<std::int64_t>(fusions_of(scenario_).size()) - 1;
    ranking_.candidates += ranking_.plain_legal * more;
    ranking_.legal += ranking_.plain_legal * more;
    ranking_.fitting += static_cast<std::int64_t>(ranking_.plain.size()) * more;
  }

  void add_fusions(std::vector<Computed>& all) const {
    for (const RankedLayout& ranked : ranking_.plain) {
      Scenario plain = with_layout(scenario_, ranked.layout);
      plain.all_reduce.open = scenario_.all_reduce.open;
      for (const FusionTrial& trial : try_fusions(plain)) {
        if (trial.memory > most_memory_) continue;
        all.push_back({ranked, trial.how, {trial.seconds, trial.memory, trial.parts}});
      }
    }
  }

  static std::string layout_value_text(const Layout& layout) {
    return to_text(layout) + " " + std::to_string(layout.virtual_stages) + " " +
           std::to_string(layout.shard_group) + " " + std::to_string(layout.offload_optimizer) +
           " " + std::to_string(layout.expert_tensor);
  }

  void expect_legal() const {
    if (ranking_.legal > 0) return;
    throw Error::input("no layout of " + grouped(workers_) + " devices is legal",
                       "of " + grouped(ranking_.candidates) +
                           " combinations none divides heads, layers, batch and devices",
                       "change training.batch or the number of devices, or fix less")
        .at(scenario_.file, "/training/parallelism");
  }

  [[nodiscard]] Error nothing_fits() const {
    const RankedLayout& least = *ranking_.leanest;
    return Error::input(
               "none of " + grouped(ranking_.legal) + " legal layouts of " + grouped(workers_) +
                   " devices fits in " + to_text(Bytes(most_memory_)),
               "the nearest takes " + to_text(Bytes(least.memory)) + ": " + to_text(least.layout),
               "use more devices or devices with more memory, or give --max-memory")
        .at(scenario_.file, "/training/parallelism");
  }

  const Scenario& scenario_;
  const SearchOptions& options_;
  std::int64_t workers_;
  CostModel cost_;
  LayoutUnits units_;
  ExchangePrices prices_;
  LayoutBench bench_;
  double most_memory_ = 0;
  LayoutRanking ranking_;
};

Scenario scenario_of(const Scenario& scenario, const Computed& one) {
  const Scenario chosen = with_layout(scenario, one.ranked.layout);
  return one.fusion ? with_fusion(chosen, *one.fusion) : chosen;
}

}  // namespace

double per_sample(const FoundLayout& found) {
  return found.point.step_time.p50 / static_cast<double>(found.point.global_batch);
}

// Without noise: the runs in the middle of two predictions need not be slow for the same reason.
LayoutLoss loss_of(const FoundLayout& found, const FoundLayout& best) {
  const double scale =
      static_cast<double>(best.point.global_batch) / static_cast<double>(found.point.global_batch);
  LayoutLoss loss;
  double most = -1e300;
  for (const StepPhase phase : kStepPhases) {
    const double more = found.middle[phase].value() * scale - best.middle[phase].value();
    if (more <= most) continue;
    most = more;
    loss.phase = phase;
    loss.seconds = more;
  }
  const std::string name(heading(loss.phase));
  if (loss.seconds <= 0) {
    loss.text = "loses no time: it takes " + to_text(found.point.memory.total()) +
                " of memory, the best " + to_text(best.point.memory.total());
    return loss;
  }
  loss.text = name + " takes " + to_text(found.middle[loss.phase] * scale) + ", " +
              to_text(Duration(loss.seconds)) + " more than under the best layout";
  return loss;
}

namespace {

void add_best(const Scenario& scenario, const std::vector<Computed>& listed,
              const SearchOptions& options, const std::function<void()>& done, WorkersSearch& found,
              SearchResult& result) {
  Prediction first;
  for (const Computed& one : listed) {
    Prediction prediction =
        predict(scenario_of(scenario, one), {.jobs = options.jobs, .progress = {}});
    found.best.push_back({one.ranked.layout, one.fusion, prediction.points.front(),
                          one.ranked.seconds, one.result.parts, std::nullopt});
    if (found.best.size() == 1) first = std::move(prediction);
    if (done) done();
  }
  std::ranges::stable_sort(found.best, {}, [&](const FoundLayout& f) {
    return options.objective == SearchObjective::memory
               ? std::pair(f.point.memory.total().value(), per_sample(f))
               : std::pair(per_sample(f), f.point.memory.total().value());
  });
  for (std::size_t i = 1; i < found.best.size(); ++i) {
    found.best[i].loses = loss_of(found.best[i], found.best.front());
  }
  result.version = first.version;
  result.fidelity = first.fidelity;
  result.provenance = std::move(first.provenance);
  std::set<std::string> said;
  for (const Warning& known : result.warnings) said.insert(known.code + known.what);
  for (const Warning& warning : first.warnings) {
    if (said.insert(warning.code + warning.what).second) {
      result.warnings.push_back({warning.code, warning.what, {}});
    }
  }
}

}  // namespace

void add_search_notes(const Scenario& scenario, SearchResult& result) {
  result.provenance.push_back(
      {"candidates, legal, fitting, pareto",
       "the closed form of pipelines, of costs and prices of exchanges that layouts share",
       Provenance::Kind::derived});
  result.provenance.push_back({"best",
                               "the best of the closed form, computed by the longest path through "
                               "their pipelines, then predicted",
                               Provenance::Kind::derived});
  if (!scenario.all_reduce.open.empty()) {
    result.provenance.push_back(
        {"allreduce",
         "the ways of Horovod's tuner, of plain layouts, without noise by analytic fidelity",
         Provenance::Kind::derived});
  }
  if (scenario.scaling == Scaling::strong) return;
  result.warnings.push_back(
      {"different_batches",
       "the batch is given per replica, so that layouts differ in their global batch: they are "
       "compared by their time for a sample; training.batch.global holds it",
       {}});
}

WorkersSearch search_point(const Scenario& scenario, const BuiltNetwork& built,
                           std::int64_t workers, const SearchOptions& options,
                           const std::function<void()>& done, SearchResult& result) {
  PointSearch point(scenario, built, workers, options);
  const std::vector<Computed> computed = point.compute();
  const LayoutRanking& ranking = point.ranking();
  WorkersSearch found;
  found.workers = workers;
  found.nodes = (workers + scenario.node.devices - 1) / scenario.node.devices;
  found.candidates = ranking.candidates;
  found.legal = ranking.legal;
  found.fitting = ranking.fitting;
  found.most_memory = point.most_memory();
  found.pareto = thinned(ranking.pareto, kFront);
  add_best(scenario, point.listed(computed), options, done, found, result);
  const Layout& best = found.best.front().layout;
  found.sensitivity = point.sensitivity(best, computed);
  found.traffic = point.traffic(best);
  return found;
}

const WorkersSearch& told_point(const SearchResult& result) {
  return result.across.empty() ? result.by_workers.back()
                               : result.by_workers[result.across.front().point];
}

SearchResult search(const Scenario& scenario, const SearchOptions& options) {
  EXPECTS(scenario.model != nullptr && !scenario.workers.empty() && options.top >= 1);
  const BuiltNetwork built(scenario);
  SearchResult result;
  result.scenario = scenario.name;
  result.seed = scenario.seed;
  result.objective = options.objective;
  const std::size_t all = scenario.workers.size() * static_cast<std::size_t>(options.top);
  std::size_t done = 0;
  for (const std::int64_t workers : scenario.workers) {
    const auto told = [&] {
      if (options.progress) options.progress(++done, all);
    };
    result.by_workers.push_back(search_point(scenario, built, workers, options, told, result));
  }
  add_search_notes(scenario, result);
  return result;
}

Scenario best_layout(const Scenario& scenario, std::int64_t workers, const SearchOptions& options) {
  const BuiltNetwork built(scenario);
  const Computed best = PointSearch(scenario, built, workers, options).compute().front();
  return scenario_of(scenario, best);
}

}  // namespace rehearse
