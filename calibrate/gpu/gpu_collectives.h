// Times the collectives of a world whose ranks have a GPU each, as training calls them, and writes
// them down as nccl-tests do, so that calibrate --import reads them.
#pragma once

#include <string>
#include <vector>

#include "calibrate/machine/collectives.h"
#include "kernels/backend.h"
#include "runtime/world/world.h"

namespace rehearse {

struct GpuCollective {
  Operation operation = Operation::all_reduce;
  std::vector<RepeatedTime> times;  // ascending sizes; of the slowest rank
};

// All-reduce, all-gather, reduce-scatter, broadcast and all-to-all over all ranks, from 1 KiB to
// `options.largest`, four times as large each, on float32 in the memory of the backend. Sizes are
// those of nccl-tests: of the whole buffer of a rank. A time counts from a call that all ranks
// make together, its part of the host included. Called by all ranks; all get the same.
std::vector<GpuCollective> measure_gpu_collectives(World& world, const Backend& backend,
                                                   const CollectiveOptions& options);

// `hosts`: of each rank. `device` and `library` in words: "NVIDIA H200", "2.28".
struct NcclLog {
  std::vector<std::string> hosts;
  std::string device, version;
  std::vector<GpuCollective> collectives;
};

// A table for each collective, with the times in the columns of out-of-place.
std::string nccl_log(const NcclLog& log);

}  // namespace rehearse
