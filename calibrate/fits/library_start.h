// Levels of a stack for a machine of which no stack is known: the rates of its links, or of logs,
// and the latencies that NCCL counts with or that MPI libraries have on host memory.
#pragma once

#include <string>

#include "scenarios/scenario.h"

namespace rehearse {

struct LibraryHints {
  std::string library, version;  // "nccl", "2.18"; empty: NCCL
  std::string device;            // "NVIDIA A100-SXM4-40GB", in which its architecture is looked for
  double device_rate = 0;        // bytes/s that a device of one node was seen to send; 0: unknown
  double nic_rate = 0;           // that a NIC was seen to send; 0: unknown
};

// A stack of the machine's adapters whose provenance says `assumed`. Rates that were not seen are
// those of the machine's links.
StackProfile starting_stack(const Scenario& machine, const LibraryHints& hints);

}  // namespace rehearse
