#include "train/run_progress.h"

#include <cmath>
#include <numeric>

#include "base/quantity_text.h"
#include "runtime/data/input_pipeline.h"
#include "train/evaluate.h"
#include "train/evaluation_numbers.h"
#include "train/floats_text.h"

namespace rehearse {
namespace {

// Verdicts as they travel.
std::string to_text(const std::vector<Verdict>& verdicts) {
  std::vector<double> numbers;
  for (const Verdict& verdict : verdicts) {
    numbers.push_back(verdict.end ? static_cast<double>(*verdict.end) : -1);
    numbers.push_back(verdict.lower_rate ? 1 : 0);
  }
  return to_bytes(std::span<const double>(numbers));
}

std::vector<Verdict> verdicts_of(const std::string& text) {
  const auto numbers = numbers_of<double>(text);
  std::vector<Verdict> verdicts(numbers.size() / 2);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const double end = numbers[2 * i];
    if (end >= 0) verdicts[i].end = static_cast<EndedBy>(std::llround(end));
    verdicts[i].lower_rate = numbers[2 * i + 1] != 0;
  }
  return verdicts;
}

}  // namespace

RunProgress::RunProgress(const Scenario& scenario, MpiSession& session, LearningRate& rate,
                         const Backend& backend)
    : scenario_(scenario),
      session_(session),
      rate_(rate),
      backend_(backend),
      stopping_(scenario.stopping) {
  if (!scenario.stopping.evaluates()) return;
  every_ = scenario.stopping.evaluate_every;
  if (every_ > 0) return;
  every_ =
      InputPipeline::steps_per_epoch(scenario.samples, scenario.global_batch_at(session.size()));
}

bool RunProgress::due(std::int64_t done, std::int64_t all) const {
  return every_ > 0 && (done % every_ == 0 || done == all);
}

void RunProgress::resume(const std::vector<double>& numbers, std::int64_t all) {
  std::vector<double> steps;
  std::vector<Verdict> verdicts;
  for (const RunEvaluation& evaluation : evaluations_of(numbers)) {
    const bool test_set = evaluation.test_accuracy.has_value();
    if (!due(evaluation.step, all) || (scenario_.stopping.needs_test_set() && !test_set)) continue;
    evaluations_.push_back(evaluation);
    steps.push_back(static_cast<double>(evaluation.step));
    verdicts.push_back(stopping_.judge(evaluation));
  }
  steps = numbers_of<double>(session_.broadcast(to_bytes(std::span<const double>(steps))));
  verdicts = verdicts_of(session_.broadcast(to_text(verdicts)));
  for (std::size_t i = 0; i < verdicts.size(); ++i) follow(verdicts[i], std::llround(steps[i]));
}

std::string RunProgress::evaluate(std::int64_t done, Executor& net, const Dataset* test,
                                  const std::vector<double>& losses, double seconds) {
  if (test != nullptr) test_set_ = rehearse::evaluate(net, *test, session_, backend_);
  evaluated_ = done;
  const double rate = rate_.at(done - 1);
  std::vector<Verdict> verdict;
  if (session_.rank() == 0) {
    RunEvaluation& e = evaluations_.emplace_back();
    const std::int64_t before =
        evaluations_.size() > 1 ? evaluations_[evaluations_.size() - 2].step : 0;
    e.step = done;
    e.seconds = seconds;
    e.samples = done * scenario_.global_batch_at(session_.size());
    e.loss = std::accumulate(losses.begin() + before, losses.begin() + done, 0.0) /
             static_cast<double>(done - before);
    e.learning_rate = rate;
    if (test != nullptr) {
      e.test_loss = test_set_->loss;
      e.test_accuracy = test_set_->accuracy;
    }
    verdict.push_back(stopping_.judge(e));
  }
  verdict = verdicts_of(session_.broadcast(to_text(verdict)));
  follow(verdict.front(), done);
  const std::string after = " after step " + std::to_string(done);
  if (ended_ == EndedBy::stop_at) {
    return "the run ends" + after + ": it has reached " +
           rehearse::to_text(*scenario_.stopping.stop_at);
  }
  if (ended_) {
    return "the run ends" + after + ": " +
           std::string(kMetricNames.text(scenario_.stopping.early_stopping->metric)) +
           " has not become better for " +
           std::to_string(scenario_.stopping.early_stopping->patience) + " evaluations";
  }
  const double next = rate_.at(done);
  if (!verdict.front().lower_rate || next >= rate) return "";
  return "the learning rate is " + significant(next) + after + ", it was " + significant(rate);
}

void RunProgress::follow(const Verdict& verdict, std::int64_t done) {
  if (verdict.end) ended_ = verdict.end;
  if (!verdict.lower_rate) return;
  const PlateauOptions& plateau = *scenario_.stopping.plateau;
  rate_.lower_from(done, plateau.factor, plateau.min_lr);
}

std::vector<double> RunProgress::numbers() const { return evaluation_numbers(evaluations_); }

}  // namespace rehearse
