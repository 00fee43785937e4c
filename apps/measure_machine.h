// Calibrates this machine: kernels and noise in this process, collectives as ranks under mpirun.
#pragma once

#include <string>
#include <vector>

#include "base/units.h"
#include "scenarios/scenario.h"

namespace rehearse {

struct MeasureMachine {
  bool kernels = true;
  bool collectives = true;  // left out where there is one device or no MPI
  bool noise = true;
  int devices = 1;
  std::vector<Scenario> scenarios;  // whose layers are measured
  Duration budget{60};              // of everything together
  bool only_missing = false;        // layers that the profile has already are not measured again
  bool say = true;                  // on stderr: what is measured, and that the machine was busy
};

// Writes the profile, or completes it: parts of an earlier file that are not measured now are kept.
// It is written by rename, once all of kernels and noise is measured and once for the collectives:
// who is killed before leaves it as it was. The budget counts from the call; what exceeds it is the
// end of the operation under way. Children and ranks end with this process.
// Under a launcher, which is how the collectives run, all ranks call and rank 0 writes; the rest is
// refused there (Error::environment).
void measure_machine(const MeasureMachine& what, const std::string& profile);

}  // namespace rehearse
