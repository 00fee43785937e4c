// Trains for real with a strategy whose ranks go on independently of one another: no barrier and no
// collective joins all ranks while they train. Over MPI a worker whose process ends is missed by
// nobody but its group; over NCCL it ends the run.
//
// The run is divided by its checkpoints and evaluations: there all ranks report to the keeper, the
// first server or master, which writes and evaluates, and tells them whether they go on. The state
// of a checkpoint is that of servers and masters; workers of a resumed run begin with its weights,
// and with optimizers of their own at rest, as NNLO's do.
#pragma once

#include <optional>

#include "runtime/checkpoint/checkpoint.h"
#include "train/train.h"

namespace rehearse {

// The rank that keeps the record of such a run.
int keeper_of(const Scenario& scenario, int ranks);

// Called by all ranks with the same arguments; `start` is told on rank 0. The record is complete on
// the keeper and empty elsewhere. Throws as train().
RunRecord train_independently(const Scenario& scenario, MpiSession& session,
                              const TrainOptions& options, const std::optional<Checkpoint>& start);

}  // namespace rehearse
