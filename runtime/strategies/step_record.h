// What a training program reports: one record per step and rank, with the phase names of a
// prediction.
#pragma once

#include <vector>

#include "base/units.h"
#include "runtime/strategies/gradient_reducer.h"

namespace rehearse {

// One exchange of activations or of their gradients for a split layer, on this rank's clock. The
// passes wait for it.
struct Exchange {
  enum class Kind : std::uint8_t { all_gather, reduce_scatter, all_to_all };

  Kind kind;
  std::size_t layer;
  std::int64_t elements;  // of the schedule
  Duration arrived;       // this rank entered
  Duration started;       // the last rank had entered
  Duration ended;
};

// The parts add up to end - begin.
struct StepRecord {
  Duration begin, end;
  Duration input_wait;             // for the batch, before the forward pass
  Duration compute;                // device busy with forward and backward passes
  Duration exposed_communication;  // waiting for data on the wire: exchanges, late reductions
  Duration straggler_wait;         // waiting for slower ranks before them
  Duration optimizer;
  Duration other;                 // device idle inside the passes, waiting for the host
  Duration hidden_communication;  // under the backward pass; not a part of the step
  Duration backward_end;
  std::vector<Reduction> reductions;
  std::vector<Exchange> exchanges;
};

struct RunSummary {
  std::vector<StepRecord> steps;
};

}  // namespace rehearse
