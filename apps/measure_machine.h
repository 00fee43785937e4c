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
  std::string earlier;              // a profile file whose other parts are kept; may not exist
};

// The text of the profile.
std::string measure_machine(const MeasureMachine& what);

}  // namespace rehearse
