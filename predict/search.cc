#include "predict/search.h"

#include <algorithm>
#include <set>

#include "base/contract.h"
#include "base/quantity_text.h"
#include "predict/point_search.h"
#include "predict/predict.h"

namespace rehearse {
namespace {

constexpr std::size_t kFront = 50;

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

void add_best(const Scenario& scenario, const std::vector<ComputedLayout>& listed,
              const SearchOptions& options, const std::function<void()>& done, WorkersSearch& found,
              SearchResult& result) {
  Prediction first;
  for (const ComputedLayout& one : listed) {
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
  const std::vector<ComputedLayout> computed = point.compute();
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
  const ComputedLayout best = PointSearch(scenario, built, workers, options).compute().front();
  return scenario_of(scenario, best);
}

}  // namespace rehearse
