// Trains a scenario for real: every rank of a session calls train() with the same arguments.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernels/backend.h"
#include "runtime/data/dataset.h"
#include "runtime/worlds/host_memory.h"
#include "runtime/worlds/mpi/mpi_world.h"
#include "scenarios/scenario.h"
#include "train/run_record.h"

namespace rehearse {

// The scenario of a run beside its checkpoints, for 'convert'.
inline constexpr const char* kJobFile = "job.json";

struct TrainOptions {
  std::string checkpoints;                  // folder; empty: none are written
  bool resume = false;                      // go on from the newest intact checkpoint there
  int threads = 1;                          // that a rank computes with
  const Backend* backend = &cpu_backend();  // that it computes on; borrowed
  bool trace = false;                       // the last step
  std::string job;                          // the scenario as JSON, kept beside the checkpoints
  // On rank 0 after every step: steps done, all steps, loss of this rank's batch.
  std::function<void(std::int64_t done, std::int64_t all, double loss)> progress;
  std::function<void(const std::string&)> note;  // on rank 0: one line worth saying
  // A line about a rank that does not answer (runtime/worlds/stall_watch.h); from another thread,
  // on whichever rank is awake. Set on all ranks or none.
  std::function<void(const std::string&)> stall;
};

// The record, complete on keeper() and empty elsewhere. Throws Error::input where the scenario
// cannot be trained here (a precision that the backend does not compute in, a data set of another
// shape, a checkpoint of another job or another number of workers) and Error::environment. A loss
// that is not finite is no exception: where the scenario says so it ends the run, and the record
// tells.
RunRecord train(const Scenario& scenario, MpiSession& session, const TrainOptions& options);

// The rank that gets the record: 0, or of strategies whose ranks go on independently the first
// server or master.
int keeper(const Scenario& scenario, int ranks);

// What train() refuses of the scenario itself for so many workers, and of it on a backend. Both
// throw Error::input.
void expect_trainable(const Scenario& scenario, int workers);
void expect_computed(const Scenario& scenario, const Backend& backend);

// Throws Error::environment where `ranks_here` of the workers, on one host, need more memory than
// is left.
void expect_fits(const Scenario& scenario, int workers, int ranks_here, const MemoryLeft& left);

// What the command line says of a run that a loss ended: a failed check.
Error divergence_error(const Divergence& divergence);

// Steps that the scenario's run takes with `workers` of them: its steps, or its epochs, or 50.
std::int64_t steps_of_run(const Scenario& scenario, std::int64_t workers);

// The data set that the scenario's run reads; null test set if it has none.
struct DataSets {
  std::shared_ptr<const Dataset> train, test;
};
DataSets open_data(const Scenario& scenario);

}  // namespace rehearse
