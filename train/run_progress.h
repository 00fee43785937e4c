// Evaluates a run while it goes on, and lets all of its ranks draw the same conclusions.
//
//   RunProgress progress(scenario, session, rate);
//   progress.resume(numbers_of_a_checkpoint, all);
//   if (progress.due(done, all)) progress.evaluate(…);   // between two steps, on all ranks
//   if (progress.ended()) …
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/backend.h"
#include "runtime/data/dataset.h"
#include "runtime/optimizers/learning_rate.h"
#include "runtime/worlds/mpi/mpi_world.h"
#include "scenarios/scenario.h"
#include "train/run_record.h"
#include "train/stopping.h"

namespace rehearse {

class RunProgress {
 public:
  // Borrows all. The rate is lowered where the scenario's plateau says so. `backend`: of the
  // executors that are evaluated.
  RunProgress(const Scenario& scenario, MpiSession& session, LearningRate& rate,
              const Backend& backend = cpu_backend());

  // All ranks: takes up the evaluations of an interrupted run, which rank 0 gives, and what follows
  // from them. `numbers` as of numbers(). One at the end of a run that was shorter than this one,
  // of `all` steps, is none of this one's.
  void resume(const std::vector<double>& numbers, std::int64_t all);

  // Whether a run of `all` steps is evaluated after `done` of them.
  [[nodiscard]] bool due(std::int64_t done, std::int64_t all) const;

  // All ranks. On rank 0 `losses` are those of all steps so far, and `seconds` is what they took;
  // it returns a line worth saying there, or nothing. `test` may be null.
  std::string evaluate(std::int64_t done, Executor& net, const Dataset* test,
                       const std::vector<double>& losses, double seconds);

  // Known on all ranks: why the run ends now, if it does; whether evaluate() was last called after
  // so many steps.
  [[nodiscard]] std::optional<EndedBy> ended() const { return ended_; }
  [[nodiscard]] bool evaluated(std::int64_t done) const { return evaluated_ == done; }

  // On rank 0: all evaluations; of the last one the whole test set; all as numbers, for a
  // checkpoint.
  [[nodiscard]] const std::vector<RunEvaluation>& evaluations() const { return evaluations_; }
  [[nodiscard]] const std::optional<Evaluation>& test_set() const { return test_set_; }
  [[nodiscard]] std::vector<double> numbers() const;

 private:
  void follow(const Verdict& verdict, std::int64_t done);

  const Scenario& scenario_;
  MpiSession& session_;
  LearningRate& rate_;
  const Backend& backend_;
  std::int64_t every_ = 0;
  Stopping stopping_;
  std::vector<RunEvaluation> evaluations_;
  std::optional<Evaluation> test_set_;
  std::optional<EndedBy> ended_;
  std::int64_t evaluated_ = -1;
};

}  // namespace rehearse
