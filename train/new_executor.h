// The executor of a rank.
#pragma once

#include <memory>

#include "kernels/executor.h"
#include "scenarios/scenario.h"
#include "train/train.h"

namespace rehearse {

// With the first parameters, unless the run goes on from a checkpoint, which has others. Call it
// before there is an optimizer: the parameters in plain order take memory that slots take later.
std::unique_ptr<Executor> new_executor(const Scenario& scenario, int workers,
                                       const TrainOptions& options);

}  // namespace rehearse
