#include "predict/job_goodput.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/numbers.h"
#include "base/quantity_text.h"

namespace rehearse {
namespace {

constexpr double kLeastShare = 1e-6;  // a day of training in 2,700 years
constexpr double kDear = 0.05;        // of the time, that a chosen interval costs

// Whether the others go on without a worker.
bool survives_workers(StrategyKind kind) {
  return kind == StrategyKind::async_ps || kind == StrategyKind::sync_backup_ps ||
         has_masters(kind);
}

// Ranks without which nothing goes on.
double servers_of(const StrategyOptions& strategy) {
  if (has_masters(strategy.kind)) return strategy.masters == 1 ? 1 : 1.0 + strategy.masters;
  return strategy.servers.count;
}

// Nodes on which one of them stands.
double server_nodes(const JobPoint& job) {
  const StrategyOptions& strategy = job.scenario().strategy;
  const double servers = servers_of(strategy);
  if (has_masters(strategy.kind) || !strategy.servers.colocated) return servers;
  return std::min(servers, static_cast<double>(job.nodes()));
}

double rate_of(const std::optional<Duration>& mtbf) { return mtbf ? 1 / mtbf->value() : 0; }

// "12.3 min at 1 worker, 4.1 min at 512 workers"
std::string at_the_ends(const Scenario& scenario, double JobGoodput::*what) {
  const auto text = [&](std::int64_t workers) {
    const double value = job_goodput(JobPoint(scenario, workers)).*what;
    const std::string time = std::isinf(value) ? "none" : to_text(Duration(value));
    return time + " at " + grouped(workers) + (workers == 1 ? " worker" : " workers");
  };
  const std::int64_t first = scenario.workers.front();
  const std::int64_t last = scenario.workers.back();
  return first == last ? text(first) : text(first) + ", " + text(last);
}

Provenance provenance_of_goodput(const Scenario& scenario) {
  const FaultOptions& faults = *scenario.faults;
  std::string source = "exact form for exponential failures; ";
  const bool daly = faults.checkpoint_cost > Duration(0);
  if (faults.checkpoint_interval) {
    source += "a checkpoint every " + to_text(*faults.checkpoint_interval);
    if (daly) source += ", Daly's optimum is " + at_the_ends(scenario, &JobGoodput::optimum);
  } else {
    source += "faults.checkpoint_interval is not given: Daly's optimum, " +
              at_the_ends(scenario, &JobGoodput::optimum);
  }
  return {"goodput", std::move(source), Provenance::Kind::derived};
}

Provenance provenance_of_interval(const Scenario& scenario) {
  std::string source = "failures of one run by Poisson's law";
  const auto steps = scenario.known_steps(scenario.workers.front());
  source += steps ? ", of the run's length" : ", of an epoch";
  const double spread = scenario.faults->rate_spread;
  source += spread > 0 ? "; their rate as uncertain as published clusters differ, " +
                             exact(spread) + " of ln"
                       : "; their rate as the scenario gives it";
  return {"goodput_interval", std::move(source), Provenance::Kind::derived};
}

// Of training, without failures: of the whole run, where the scenario says how long it is, else of
// an epoch.
double seconds_of_run(const Scenario& scenario, const PredictedPoint& point) {
  const auto steps = scenario.known_steps(point.workers);
  return steps ? static_cast<double>(*steps) * point.step_time.p50 : point.epoch_time;
}

}  // namespace

JobGoodput job_goodput(const JobPoint& job) {
  const Scenario& scenario = job.scenario();
  const FaultOptions& faults = scenario.faults.value();
  const bool survives = survives_workers(scenario.strategy.kind);
  const double worker_rate = rate_of(faults.worker_mtbf);
  const double node_rate = rate_of(faults.node_mtbf);
  JobGoodput result;
  FailureModel& model = result.failures;
  model.restart = faults.restart.value();
  model.queue = faults.queue.value();
  model.cost = faults.checkpoint_cost.value();
  model.rate = rate_of(faults.job_mtbf);
  if (survives) {
    model.rate += servers_of(scenario.strategy) * worker_rate + server_nodes(job) * node_rate;
    result.worker_down = (worker_rate + node_rate) * (model.restart + model.queue);
    result.worker_share = 1 / (1 + result.worker_down);
  } else {
    model.rate += static_cast<double>(job.workers()) * worker_rate +
                  static_cast<double>(job.nodes()) * node_rate;
  }
  result.optimum = daly_interval(model);
  result.interval = faults.checkpoint_interval.value_or(Duration(result.optimum)).value();
  result.share = result.worker_share * goodput(model, result.interval);
  result.best_share =
      result.optimum > 0 ? result.worker_share * goodput(model, result.optimum) : result.share;
  return result;
}

void expect_progress(const Scenario& scenario) {
  if (!scenario.faults) return;
  for (const std::int64_t workers : scenario.workers) {
    const JobGoodput job = job_goodput(JobPoint(scenario, workers));
    if (job.share >= kLeastShare) continue;
    throw Error::input("a job of " + std::to_string(workers) + " workers gets nowhere",
                       "it fails every " + to_text(Duration(1 / job.failures.rate)) +
                           ", with checkpoints every " + to_text(Duration(job.interval)),
                       "write checkpoints more often, or leave the point out of the sweep")
        .at(scenario.file, "/faults");
  }
}

void add_goodput(const Scenario& scenario, Prediction& prediction) {
  if (!scenario.faults) return;
  std::vector<std::size_t> dear;
  JobGoodput worst;
  for (std::size_t i = 0; i < prediction.points.size(); ++i) {
    PredictedPoint& p = prediction.points[i];
    const JobGoodput job = job_goodput(JobPoint(scenario, p.workers));
    p.goodput = job.share;
    p.faults = FaultyRun{job.failures, job.interval, job.worker_down, scenario.faults->rate_spread};
    p.goodput_interval = goodput_of(*p.faults, seconds_of_run(scenario, p));
    p.epoch_time /= job.share;
    p.node_hours_per_epoch /= job.share;
    p.energy_per_epoch /= job.share;
    if (job.share >= (1 - kDear) * job.best_share) continue;
    dear.push_back(i);
    worst = job;
  }
  prediction.provenance.push_back(provenance_of_goodput(scenario));
  prediction.provenance.push_back(provenance_of_interval(scenario));
  if (dear.empty()) return;
  const std::string workers = grouped(prediction.points[dear.back()].workers);
  prediction.warnings.push_back(
      {"checkpoint_interval",
       "checkpoints every " + to_text(Duration(worst.interval)) + " leave " + percent(worst.share) +
           " of the time at " + workers + " workers; every " + to_text(Duration(worst.optimum)) +
           ", Daly's optimum, would leave " + percent(worst.best_share),
       dear});
}

}  // namespace rehearse
