// Which stack stands for a network of which none is named: the one found on the most similar
// adapters and devices.
//
//   StackWanted wanted{NicFamily::ib_hdr, Bandwidth(25e9), true, DeviceArchitecture::ampere};
//   if (const auto match = best_stack(profiles.stacks(), wanted)) use(match->stack);
//
// GPUs take stacks of NCCL or RCCL, CPUs those of an MPI library. A stack that tells no adapter is
// of one machine alone and is never taken.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernels/devices/device_profile.h"
#include "topologies/stacks/nic_family.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {

struct StackWanted {
  std::optional<NicFamily> nic;
  Bandwidth rate;  // of one adapter
  bool accelerator = false;
  std::optional<DeviceArchitecture> architecture;
};

struct StackMatch {
  StackProfile stack;  // its rates between nodes scaled where its adapters have another line rate
  double relative_error = 0;  // that its being foreign adds to its bandwidths and latencies
  std::string why;            // a clause: "found on the same kind of adapter (ib-hdr)"
};

// The adapters' family decides, then whether messages pass the kernel's TCP, then the nearest line
// rate, then the generation of the device, then InfiniBand, then the smallest relative error, then
// the name. Stacks of PCIe nodes are taken only where they are named, Cray MPICH and MLSL only on
// adapters of their family. None of `stacks` need fit: nothing then.
std::optional<StackMatch> best_stack(const std::vector<StackProfile>& stacks,
                                     const StackWanted& wanted);

// What stands for a network for which there is no stack at all: `ideal`, with streams of the line
// rate so that the spread has something to bear on.
StackMatch no_stack(StackProfile ideal, const StackWanted& wanted);

}  // namespace rehearse
