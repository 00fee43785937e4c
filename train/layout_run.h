// Real training of a job in which ranks have parts of the model: stages of a pipeline, shares of
// layers, of experts or of the states of the optimizer (runtime/parallel/layout.h).
#pragma once

#include <string>

#include "runtime/worlds/stall_watch.h"
#include "train/train.h"

namespace rehearse {

// Throws Error::input, at its key, for what of a layout cannot be trained.
void expect_trainable_parts(const Scenario& scenario, int ranks);

// As train(), for a scenario that is laid out on so many ranks (scenarios/laid_out.h).
RunRecord train_laid_out(const Scenario& scenario, MpiSession& session, const TrainOptions& options,
                         StallWatch& watch);

// Where a rank keeps its checkpoints, in the folder of a run's checkpoints: itself where every rank
// has the same.
std::string checkpoints_of(const Scenario& scenario, int ranks, int rank,
                           const std::string& folder);

}  // namespace rehearse
