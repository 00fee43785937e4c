// What a training program reports: one record per step and rank, with the phase names of a
// prediction.
#pragma once

#include <vector>

#include "base/units.h"
#include "runtime/gradient_reducer.h"

namespace rehearse {

// The parts add up to end - begin.
struct StepRecord {
  Duration begin, end;
  Duration input_wait;             // for the batch, before the forward pass
  Duration compute;                // device busy with forward and backward passes
  Duration exposed_communication;  // after the backward pass, waiting for data on the wire
  Duration straggler_wait;         // after the backward pass, waiting for slower ranks
  Duration optimizer;
  Duration other;                 // device idle inside the passes, waiting for the host
  Duration hidden_communication;  // under the backward pass; not a part of the step
  Duration backward_end;
  std::vector<Reduction> reductions;
};

struct RunSummary {
  std::vector<StepRecord> steps;
};

}  // namespace rehearse
