// Trials of the algorithms among which "auto" chooses: each is simulated alone on the network of
// the job, since formulas are off by up to a half where flows share links in turns, or routes
// depend on the load.
#pragma once

#include <cstdint>
#include <vector>

#include "predict/sample_point.h"
#include "sim/collectives/collective_chooser.h"

namespace rehearse {

struct TrialQuestion {
  const Scenario* scenario = nullptr;
  const BuiltNetwork* built = nullptr;
  std::vector<EndpointId> devices;  // of the ranks, all of which take part
  Operation operation = Operation::all_reduce;
  int ranks_per_node = 1;
  int element = 4;                     // bytes
  std::vector<std::int64_t> elements;  // of the sizes to try
};

// Lets the chooser know of trials under flow fidelity, simulated in a process of its own; does
// nothing for other fidelities, whose formulas are what is simulated or are near it, for a measured
// machine, and for more than 2,048 ranks, whose trials would take longer than the prediction.
// REQUIRES: SimGrid has not started in this process; the chooser's group of all ranks has the
// devices.
void try_collectives(const TrialQuestion& question, CollectiveChooser& chooser);

}  // namespace rehearse
