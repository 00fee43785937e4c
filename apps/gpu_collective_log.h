// Times the collectives of the GPUs of this machine, or of the ranks of a launcher, over NCCL.
#pragma once

#include <string>

#include "base/units.h"

namespace rehearse {

struct GpuCollectiveLog {
  std::string output;  // the log to write, in the form of nccl-tests
  Duration budget{60};
  bool quiet = false;
};

// Without a launcher it starts a rank for each GPU of this machine. Under one all ranks call, and
// rank 0 writes. Returns the exit status. Throws Error::environment where there are no two GPUs.
int log_gpu_collectives(const GpuCollectiveLog& what);

}  // namespace rehearse
