// The object faults of a scenario: how often a job fails, and what a failure costs.
#pragma once

#include <optional>

#include "base/units.h"

namespace rehearse {

// Failures come at random (exponential). Each rate is one over a mean time between failures; those
// that are not given never happen, and at least one is given.
struct FaultOptions {
  std::optional<Duration> worker_mtbf;  // of one worker; at most one of the two is given
  std::optional<Duration> node_mtbf;    // of one node with all that is in it
  std::optional<Duration> job_mtbf;     // of the software of the job as a whole
  Duration restart;                     // from the failure to the first step from the checkpoint
  Duration queue;                       // for new nodes, before each restart
  // Time of training between two checkpoints; nothing: the optimum of Daly
  // (predict/failure_model.h).
  std::optional<Duration> checkpoint_interval;
  double rate_spread = 0;    // of all rates: standard deviation of their ln; 0 where they are given
  Duration checkpoint_cost;  // for which a checkpoint holds up training
};

}  // namespace rehearse
