// The rank that puts together what the ranks of an independent run report: the record, evaluations
// and checkpoints (train/independent_run.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/backend.h"
#include "kernels/executor.h"
#include "predict/job_point.h"
#include "runtime/checkpoint/checkpoint.h"
#include "runtime/data/dataset.h"
#include "runtime/optimizers/learning_rate.h"
#include "train/rank_report.h"
#include "train/run_record.h"
#include "train/stopping.h"

namespace rehearse {

// Where a run is interrupted for evaluations and checkpoints, in steps of a worker.
class RunParts {
 public:
  RunParts(const Scenario& scenario, std::int64_t steps, bool keeps_checkpoints);

  [[nodiscard]] bool evaluates_at(std::int64_t step) const;
  [[nodiscard]] bool saves_at(std::int64_t step) const;
  // The end of the part that begins after `done` steps.
  [[nodiscard]] std::int64_t end_after(std::int64_t done) const;

 private:
  std::int64_t steps_;
  std::int64_t save_every_;
  std::int64_t evaluate_every_ = 0;
};

// Borrowed; the network is used for evaluations and keeps its parameters.
struct KeptRun {
  const Scenario* scenario = nullptr;
  int ranks = 1;
  std::string checkpoints;           // folder; empty: none are written
  int threads = 1;                   // per rank
  const Backend* backend = nullptr;  // of the network
  const RunParts* parts = nullptr;
  const Dataset* test = nullptr;  // null: there is none
  Executor* net = nullptr;
  int slots = 0;  // of the optimizer of servers and masters
  const LearningRate* rate = nullptr;
};

class RunKeeper {
 public:
  explicit RunKeeper(const KeptRun& run);

  // Of a training that was interrupted after `first` steps.
  void resume(std::int64_t first, double seconds, const std::vector<double>& losses,
              const std::vector<double>& evaluations);

  // By rank; nothing of one that has ended. Returns whether the run goes on after `done` steps of
  // the training. Throws RankGone where parameters are lost, Error::environment where no worker is
  // left.
  using Reports = std::vector<std::optional<RankReport>>;
  bool take(std::int64_t done, const Reports& reports);

  RunRecord record();

 private:
  void put_together(const Reports& reports);
  void evaluate();
  void save();

  const KeptRun run_;
  const int workers_;
  const Roles roles_;
  const JobPoint job_;
  std::optional<CheckpointStore> store_;
  std::int64_t first_ = 0;  // steps of the training before this run
  std::int64_t done_ = 0;
  double seconds_before_ = 0, seconds_ = 0;
  std::vector<double> losses_;
  Stopping stopping_;
  std::optional<EndedBy> ended_;
  std::vector<RunEvaluation> evaluations_;
  std::optional<Evaluation> test_set_;
  std::vector<float> weights_, slots_, statistics_;  // of all, at the last meeting
  std::int64_t all_updates_ = 0;
  std::optional<std::int64_t> saved_;
  Reports reports_;  // the newest of each rank
};

}  // namespace rehearse
