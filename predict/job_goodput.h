// The share of a job's time that counts, where its scenario says how things fail.
#pragma once

#include <optional>
#include <vector>

#include "base/provenance.h"
#include "predict/faulty_run.h"
#include "predict/job_point.h"
#include "predict/prediction.h"

namespace rehearse {

struct JobGoodput {
  double share = 1;         // of time that counts
  double worker_share = 1;  // of a worker's time, where the others go on without it
  FailureModel failures;    // those that send the whole job back to its checkpoint
  double interval = 0;      // s, between two checkpoints
  double worker_down = 0;   // FaultyRun::worker_down
  double optimum = 0;       // s, Daly's interval
  double best_share = 1;    // with that
};

// Under sync, hybrid, lagged and local_sgd every failure sends the job back. Under async_ps,
// sync_backup_ps, downpour, easgd and gem a worker that fails loses its own time until it is back,
// restart and queue; a server or master sends the job back, and so does a failure of the job
// itself. Servers and masters fail as workers do (worker_mtbf), or as the nodes that they stand on
// (node_mtbf): of dedicated ones one each.
// REQUIRES: the scenario has faults.
JobGoodput job_goodput(const JobPoint& job);

// Throws Error::input where a job, at any point of the sweep, loses nearly all of its time.
void expect_progress(const Scenario& scenario);

// Goodput of the points and its interval, which their epochs then count, with its provenance and a
// warning `checkpoint_interval` where the one that was chosen costs more than 5 % of the time.
// Nothing where the scenario has no faults.
void add_goodput(const Scenario& scenario, Prediction& prediction);

}  // namespace rehearse
