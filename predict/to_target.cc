#include "predict/to_target.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "base/error.h"
#include "base/numbers.h"
#include "base/quantity_text.h"

namespace rehearse {
namespace {

// Samples whose gradients are applied while every worker takes a step.
std::int64_t counted_samples(const JobPoint& job) {
  return job.scenario().strategy.kind == StrategyKind::sync_backup_ps ? update_samples(job)
                                                                      : job.global_batch();
}

Provenance provenance_of_target(const ConvergenceOptions& convergence) {
  return {"samples_to_target",
          "until " + to_text(convergence.target) + ": " +
              grouped(convergence.samples_at_small_batch) + " samples (1 + B / " +
              grouped(convergence.critical_batch) + ") (1 + " +
              exact(convergence.staleness_penalty) + " x mean staleness), B samples per update; " +
              (convergence.source.empty() ? "given in the scenario" : convergence.source),
          convergence.source.empty() ? Provenance::Kind::assumed : Provenance::Kind::derived};
}

}  // namespace

std::int64_t update_samples(const JobPoint& job) {
  const StrategyOptions& strategy = job.scenario().strategy;
  switch (strategy.kind) {
    case StrategyKind::async_ps:
      return job.worker_batch();
    case StrategyKind::downpour:
    case StrategyKind::easgd:
    case StrategyKind::gem:
      return job.worker_batch() * strategy.processes;
    case StrategyKind::hybrid:
      return std::max<std::int64_t>(1, job.global_batch() / strategy.groups);
    case StrategyKind::sync_backup_ps:
      return job.worker_batch() *
             std::max<std::int64_t>(1, job.workers() - strategy.backup_workers);
    case StrategyKind::sync:
    case StrategyKind::lagged:
    case StrategyKind::local_sgd:
      return job.global_batch();
  }
  contract_failed("expects", "a known strategy", __FILE__, __LINE__);
}

double staleness_by_strategy(const StrategyOptions& strategy) {
  return strategy.kind == StrategyKind::lagged ? static_cast<double>(strategy.lag) : 0;
}

double samples_to_target(const ConvergenceOptions& convergence, std::int64_t update_samples,
                         double mean_staleness) {
  return convergence.samples_at_small_batch *
         (1 + static_cast<double>(update_samples) / convergence.critical_batch) *
         (1 + convergence.staleness_penalty * mean_staleness);
}

ToTarget to_target(const JobPoint& job, const PredictedPoint& point) {
  const Scenario& scenario = job.scenario();
  const double staleness =
      point.staleness ? point.staleness->mean : staleness_by_strategy(scenario.strategy);
  ToTarget target;
  target.samples = samples_to_target(scenario.convergence.value(), update_samples(job), staleness);
  target.steps = std::ceil(target.samples / static_cast<double>(counted_samples(job)));
  target.time = time_of_steps(point, target.steps);
  target.node_hours = target.time.p50 * static_cast<double>(point.nodes) / 3600;
  return target;
}

std::optional<std::size_t> best_scale(const std::vector<PredictedPoint>& points) {
  const bool any_fits = std::ranges::any_of(points, [](const auto& p) { return p.fits; });
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i].to_target || (any_fits && !points[i].fits)) continue;
    const double shorter = best ? (1 - kTimeNoise) * points[*best].to_target->time.p50 : INFINITY;
    if (points[i].to_target->time.p50 < shorter) best = i;
  }
  return best;
}

void add_targets(const Scenario& scenario, Prediction& prediction) {
  if (!scenario.convergence || !scenario.convergence->known()) return;
  for (PredictedPoint& point : prediction.points) {
    point.to_target = to_target(JobPoint(scenario, point.workers), point);
  }
  prediction.target = to_text(scenario.convergence->target);
  prediction.provenance.push_back(provenance_of_target(*scenario.convergence));
  const std::optional<std::size_t> best = best_scale(prediction.points);
  std::vector<std::size_t> past;
  for (std::size_t i = best.value_or(prediction.points.size()) + 1; i < prediction.points.size();
       ++i) {
    past.push_back(i);
  }
  if (past.empty()) return;
  const PredictedPoint& p = prediction.points[*best];
  prediction.warnings.push_back({"past_best_scale",
                                 "more than " + grouped(p.workers) +
                                     (p.workers == 1 ? " worker" : " workers") +
                                     " no longer shorten the time to " + prediction.target + ", " +
                                     to_text(Duration(p.to_target->time.p50)),
                                 past});
}

}  // namespace rehearse
