#include "train/job_identity.h"

#include "base/error.h"
#include "base/quantity_text.h"

namespace rehearse {

namespace {

std::string text_of(const LearningRateOptions& rate) {
  constexpr const char* kScalings[] = {"none", "linear", "sqrt"};
  std::string text = "lr " + significant(rate.lr, 6) + " scaling " +
                     kScalings[static_cast<std::size_t>(rate.scaling)] + " warmup " +
                     significant(rate.warmup_epochs, 6);
  for (const double epoch : rate.decay_epochs) text += " decay at " + significant(epoch, 6);
  return rate.decay_epochs.empty() ? text : text + " by " + significant(rate.decay, 6);
}

std::string text_of(const OptimizerOptions& rule) {
  return rule.name + " momentum " + significant(rule.momentum, 6) + " weight decay " +
         significant(rule.weight_decay, 6) + " trust " + significant(rule.trust, 6);
}

}  // namespace

std::string job_identity(const Scenario& s, int workers) {
  return "model " + s.model->name() + " of " + std::to_string(s.model->parameter_count()) +
         " parameters, " + std::to_string(s.samples) + " " + to_text(s.source.format) +
         " samples in batches of " + std::to_string(s.global_batch_at(workers)) + ", optimizer " +
         text_of(s.optimizer.rule) + ", " + text_of(s.optimizer.rate) + ", seed " +
         std::to_string(s.seed);
}

void expect_same_job(const Checkpoint& checkpoint, const Scenario& scenario, int workers) {
  if (checkpoint.workers != workers) {
    throw Error::input("the checkpoint was written by " + std::to_string(checkpoint.workers) +
                           " ranks, this run has " + std::to_string(workers),
                       "", "resume with --ranks " + std::to_string(checkpoint.workers));
  }
  const std::string job = job_identity(scenario, workers);
  if (checkpoint.identity == job) return;
  throw Error::input("the checkpoint is of another job",
                     "it is of " + checkpoint.identity + "; this is " + job,
                     "resume with the scenario that wrote it");
}

}  // namespace rehearse
