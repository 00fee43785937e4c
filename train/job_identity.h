// Whether a checkpoint belongs to a job.
#pragma once

#include <string>

#include "runtime/checkpoint/checkpoint.h"
#include "scenarios/scenario.h"

namespace rehearse {

// What must agree between the run that wrote a checkpoint and the one that goes on from it: the
// model with a checksum of its layers (kinds, shapes and attributes in their order), data, global
// batch, optimizer, seed. How long the run lasts, and what layers are called, may differ.
std::string job_identity(const Scenario& scenario, int workers);

// Throws Error::input that says what differs. A checkpoint of a version that did not sum up the
// layers is accepted for what it says: a model of the same name and number of parameters.
void expect_same_job(const Checkpoint& checkpoint, const Scenario& scenario, int workers);

}  // namespace rehearse
