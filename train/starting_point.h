// Where a real run begins: anew, or at a checkpoint.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "runtime/checkpoint/checkpoint.h"
#include "scenarios/scenario.h"

namespace rehearse {

// The checkpoint that the run goes on from; nothing where it begins anew. `folder`: of checkpoints,
// which need not exist; empty: the run keeps none. `steps`: at which it ends. `note` may be empty;
// hears one line for each damaged file that was passed over. Throws Error::input where --resume
// finds no intact checkpoint, one of another job or number of workers, or nothing left to do, and
// where a run that begins anew would write among the checkpoints of an earlier one.
std::optional<Checkpoint> starting_point(const Scenario& scenario, int workers, std::int64_t steps,
                                         const std::string& folder, bool resume,
                                         const std::function<void(const std::string&)>& note);

// Writes the scenario of a run, as JSON, beside its checkpoints (kJobFile); nothing where either is
// empty. Makes the folder. Throws Error::environment.
void keep_job(const std::string& folder, const std::string& job);

}  // namespace rehearse
