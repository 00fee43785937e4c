// The training program of a job: the only place that knows which class stands for which
// training.strategy.
#pragma once

#include <cstdint>
#include <memory>

#include "predict/job_point.h"
#include "runtime/optimizers/learning_rate.h"
#include "runtime/strategies/strategy.h"
#include "sim/collectives/collective_chooser.h"

namespace rehearse {

// How a simulated job finds the algorithms of its collectives. Borrows the patterns, which know the
// groups of the job. `back_to_back`: CollectiveChooser::Options.
CollectiveChooser chooser_of(const Scenario& scenario, CollectivePatterns& patterns,
                             bool back_to_back = false);

// The optimizer of a rank. Of downpour a worker takes plain steps, whose sum the master turns into
// one of the scenario's optimizer.
OptimizerOptions optimizer_rule(const Scenario& scenario, Role role);

// The rates of a job. What lr_scaling counts is the workers whose gradients make an update: of
// hybrid those of a group, but with momentum correction all, because less momentum then takes the
// place of a lower rate; where no momentum is left to take (corrected_momentum), the rate falls, so
// that a sample moves the weights as far as in one group.
LearningRate learning_rate(const JobPoint& job);

// Whether a program runs from its first step to its last, or some of its steps stand for all of
// them (predict/simulated_steps.h).
enum class RunExtent { whole, sample };

// Borrows the scenario of the job, not the job. `chooser`: of a simulated world, which outlives the
// strategy; null in a real one, where the library chooses what is native, and auto is what Open MPI
// would.
std::unique_ptr<Strategy> make_strategy(const JobPoint& job, std::int64_t steps,
                                        CollectiveChooser* chooser,
                                        RunExtent extent = RunExtent::whole);

}  // namespace rehearse
