// Whether a checkpoint belongs to a job.
#pragma once

#include <string>

#include "runtime/checkpoint/checkpoint.h"
#include "scenarios/scenario.h"

namespace rehearse {

// What must agree between the run that wrote a checkpoint and the one that goes on from it: model,
// data, global batch, optimizer, seed. How long the run lasts may differ.
std::string job_identity(const Scenario& scenario, int workers);

// Throws Error::input that says what differs.
void expect_same_job(const Checkpoint& checkpoint, const Scenario& scenario, int workers);

}  // namespace rehearse
