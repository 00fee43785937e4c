// Which steps of a run are simulated: enough of each run to show what is the same in all of them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/provenance.h"
#include "predict/job_point.h"

namespace rehearse {

struct SimulatedSteps {
  // Ranks leave the broadcast of the initial parameters at different times; one step aligns them.
  // Under 'lagged' those steps come before that apply nothing yet.
  int warm_up = 1;
  // Whole periods of 'local_sgd'; 2 where very many flows pass between workers and servers.
  int per_run = 6;
  // Of 'lagged': the steps at the ends without lag are left out, unless there are no others. More
  // than 64 steps of lag are simulated as 64, and so are more local steps: by then either the
  // network or the devices set the pace, and an average is a small part of what it is shared by.
  std::int64_t lag = 0;
  std::int64_t local_steps = 1;
};

SimulatedSteps simulated_steps(const JobPoint& job);

// What of the scenario's run the predicted step does not show.
std::vector<Provenance> provenance_of_steps(const Scenario& scenario);

}  // namespace rehearse
