#include "train/run_keeper.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "predict/to_target.h"
#include "predict/training_strategy.h"
#include "runtime/data/input_pipeline.h"
#include "runtime/world/transport.h"
#include "runtime/worlds/mpi/mpi_world.h"
#include "train/evaluation_numbers.h"
#include "train/evaluator.h"
#include "train/host_values.h"
#include "train/job_identity.h"
#include "train/plain_order.h"
#include "train/record_origin.h"

namespace rehearse {

RunParts::RunParts(const Scenario& scenario, std::int64_t steps, bool keeps_checkpoints)
    : steps_(steps), save_every_(keeps_checkpoints ? scenario.length.checkpoint_every : 0) {
  if (!scenario.stopping.evaluates()) return;
  evaluate_every_ = scenario.stopping.evaluate_every;
  if (evaluate_every_ > 0) return;
  evaluate_every_ = InputPipeline::steps_per_epoch(
      scenario.samples, scenario.global_batch_at(scenario.workers.back()));
}

bool RunParts::evaluates_at(std::int64_t step) const {
  return evaluate_every_ > 0 && (step % evaluate_every_ == 0 || step == steps_);
}

bool RunParts::saves_at(std::int64_t step) const {
  return save_every_ > 0 && (step % save_every_ == 0 || step == steps_);
}

std::int64_t RunParts::end_after(std::int64_t done) const {
  for (std::int64_t step = done + 1; step < steps_; ++step) {
    if (evaluates_at(step) || saves_at(step)) return step;
  }
  return steps_;
}

RunKeeper::RunKeeper(const KeptRun& run)
    : run_(run),
      workers_(static_cast<int>(run.scenario->workers_among(run.ranks))),
      roles_(run.scenario->roles_at(workers_)),
      job_(*run.scenario, workers_),
      stopping_(run.scenario->stopping) {
  if (!run.checkpoints.empty()) store_.emplace(run.checkpoints);
}

void RunKeeper::resume(std::int64_t first, double seconds, const std::vector<double>& losses,
                       const std::vector<double>& evaluations) {
  first_ = first;
  seconds_before_ = seconds;
  losses_ = losses;
  for (const RunEvaluation& evaluation : evaluations_of(evaluations)) {
    if (!run_.parts->evaluates_at(evaluation.step) || evaluation.step > first) continue;
    evaluations_.push_back(evaluation);
    const Verdict verdict = stopping_.judge(evaluation);
    if (verdict.end) ended_ = verdict.end;
  }
}

bool RunKeeper::take(std::int64_t done, const Reports& reports) {
  done_ = done;
  double seconds = 0;
  for (const auto& report : reports) seconds = std::max(seconds, report ? report->seconds : 0);
  seconds_ = seconds_before_ + seconds;
  put_together(reports);
  if (ended_ == EndedBy::divergence) return false;
  if (run_.parts->evaluates_at(done_)) evaluate();
  if (store_ && run_.parts->saves_at(done_)) save();
  return !ended_;
}

// Puts together what the ranks have.
void RunKeeper::put_together(const Reports& reports) {
  const auto elements = static_cast<std::size_t>(run_.net->parameters().elements);
  weights_.assign(elements, 0);
  slots_.assign(elements * static_cast<std::size_t>(run_.slots), 0);
  statistics_.assign(static_cast<std::size_t>(run_.net->statistics().elements), 0);
  std::vector<double> sums(statistics_.size());
  std::vector<std::pair<double, int>> losses;  // sum and number, by step
  int reporting = 0;
  const auto strategy = make_strategy(job_, 1, nullptr);
  for (int rank = 0; rank < run_.ranks; ++rank) {
    const auto& report = reports[static_cast<std::size_t>(rank)];
    if (!report) {
      if (!strategy->keeps(rank).empty()) throw RankGone(rank);
      continue;
    }
    reports_.resize(reports.size());
    reports_[static_cast<std::size_t>(rank)] = report;
    auto parameter = report->parameters.begin();
    for (const ParameterRange& range : strategy->keeps(rank)) {
      std::copy(parameter, parameter + range.size(), weights_.begin() + range.begin);
      parameter += range.size();
    }
    auto slot = report->slots.begin();
    for (std::size_t array = 0; array < slots_.size(); array += elements) {
      for (const ParameterRange& range : strategy->keeps(rank)) {
        std::copy(slot, slot + range.size(),
                  slots_.begin() + static_cast<std::ptrdiff_t>(array) + range.begin);
        slot += range.size();
      }
    }
    all_updates_ = std::max(all_updates_, report->updates);
    if (roles_.of(rank) != Role::worker) continue;
    ++reporting;
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += report->statistics[i];
    if (losses.size() < report->losses.size()) losses.resize(report->losses.size());
    for (std::size_t i = 0; i < report->losses.size(); ++i) {
      losses[i].first += report->losses[i];
      ++losses[i].second;
    }
    if (report->diverged > 0 && run_.scenario->guards.stop_on_divergence)
      ended_ = EndedBy::divergence;
  }
  if (reporting == 0) {
    throw Error::environment("no worker is left", "all have ended before the run",
                             "checkpoints are intact: go on with --resume");
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    statistics_[i] = static_cast<float>(sums[i] / reporting);
  }
  for (const auto& [sum, number] : losses) losses_.push_back(sum / number);
}

void RunKeeper::evaluate() {
  RunEvaluation& e = evaluations_.emplace_back();
  const std::int64_t before =
      evaluations_.size() > 1 ? evaluations_[evaluations_.size() - 2].step : 0;
  e.step = done_;
  e.seconds = seconds_;
  e.samples = done_ * run_.scenario->global_batch_at(workers_);
  const auto end = std::min<std::size_t>(losses_.size(), static_cast<std::size_t>(done_));
  const auto begin = std::min<std::size_t>(end, static_cast<std::size_t>(before));
  e.loss = std::accumulate(losses_.begin() + static_cast<std::ptrdiff_t>(begin),
                           losses_.begin() + static_cast<std::ptrdiff_t>(end), 0.0) /
           static_cast<double>(std::max<std::size_t>(1, end - begin));
  e.learning_rate = run_.rate->at(done_ - 1);
  if (run_.test) {
    const std::vector<float> own = host_values(*run_.backend, run_.net->parameters());
    set_values(*run_.backend, run_.net->parameters(), weights_);
    set_values(*run_.backend, run_.net->statistics(), statistics_);
    const EvaluationCount count = evaluate_samples(*run_.net, *run_.test, 0, run_.test->size());
    set_values(*run_.backend, run_.net->parameters(), own);
    test_set_ = Evaluation{count.samples, count.accuracy(), count.mean_loss()};
    e.test_loss = test_set_->loss;
    e.test_accuracy = test_set_->accuracy;
  }
  const Verdict verdict = stopping_.judge(e);
  if (verdict.end) ended_ = verdict.end;
}

void RunKeeper::save() {
  if (!all_finite(weights_)) return;
  const Backend& backend = *run_.backend;
  const std::vector<float> own = host_values(backend, run_.net->parameters());
  set_values(backend, run_.net->parameters(), weights_);
  Checkpoint checkpoint;
  checkpoint.step = done_;
  checkpoint.workers = workers_;
  checkpoint.identity = job_identity(*run_.scenario, workers_);
  checkpoint.parameters.resize(weights_.size());
  run_.net->export_parameters(checkpoint.parameters);
  checkpoint.optimizer_state = in_plain_order(*run_.net, slots_, backend);
  checkpoint.statistics = statistics_;
  checkpoint.optimizer_steps = all_updates_;
  checkpoint.losses = losses_;
  checkpoint.seconds = seconds_;
  checkpoint.evaluations = evaluation_numbers(evaluations_);
  store_->write(checkpoint);
  saved_ = done_;
  set_values(backend, run_.net->parameters(), own);
}

RunRecord RunKeeper::record() {
  RunRecord record;
  if (run_.test && ended_ != EndedBy::divergence && !run_.parts->evaluates_at(done_)) {
    evaluate();
    evaluations_.pop_back();
  }
  record.evaluation = test_set_;
  record.evaluations = evaluations_;
  if (ended_) record.ended_by = *ended_;
  for (int rank = 0; rank < run_.ranks; ++rank) {
    if (static_cast<std::size_t>(rank) >= reports_.size()) break;
    const auto& report = reports_[static_cast<std::size_t>(rank)];
    if (!report) {
      record.lost_ranks.push_back(rank);
      continue;
    }
    if (roles_.of(rank) == Role::worker) {
      record.ranks.push_back(recorded_rank_from_text(report->record));
      if (report->diverged > 0 && !record.divergence) {
        record.divergence = Divergence{.step = report->diverged,
                                       .rank = rank,
                                       .loss = NAN,
                                       .rate = run_.rate->at(report->diverged - 1),
                                       .stopped = run_.scenario->guards.stop_on_divergence,
                                       .checkpoint = saved_};
      }
      continue;
    }
    record.servers.push_back(
        {rank, report->busy / std::max(1e-9, report->seconds), report->dropped});
    for (const auto& [staleness, count] : report->staleness) record.staleness[staleness] += count;
  }
  describe_origin(*run_.scenario, *run_.backend, run_.threads, record);
  record.first_step = first_;
  record.global_batch = run_.scenario->global_batch_at(workers_);
  record.update_samples = update_samples(job_);
  record.losses = losses_;
  for (std::int64_t step = first_; step < done_; ++step)
    record.rates.push_back(run_.rate->at(step));
  return record;
}

}  // namespace rehearse
