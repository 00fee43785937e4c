#include "predict/job_identity.h"

#include "base/error.h"
#include "base/quantity_text.h"

namespace rehearse {

std::string job_identity(const Scenario& s) {
  const OptimizerOptions& rule = s.optimizer.rule;
  return "model " + s.model->name() + " of " + std::to_string(s.model->parameter_count()) +
         " parameters, " + std::to_string(s.samples) + " " + to_text(s.source.format) +
         " samples, optimizer " + rule.name + " momentum " + significant(rule.momentum, 6) +
         " lr " + significant(s.optimizer.rate.lr, 6) + ", seed " + std::to_string(s.seed);
}

void expect_same_job(const Checkpoint& checkpoint, const Scenario& scenario, int workers) {
  if (checkpoint.workers != workers) {
    throw Error::input("the checkpoint was written by " + std::to_string(checkpoint.workers) +
                           " ranks, this run has " + std::to_string(workers),
                       "", "resume with --ranks " + std::to_string(checkpoint.workers));
  }
  const std::string job = job_identity(scenario);
  if (checkpoint.identity == job) return;
  throw Error::input("the checkpoint is of another job",
                     "it is of " + checkpoint.identity + "; this is " + job,
                     "resume with the scenario that wrote it");
}

}  // namespace rehearse
