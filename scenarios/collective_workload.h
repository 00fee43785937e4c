// A collective as a step of a scenario that holds collectives instead of a model.
#pragma once

#include <cstdint>

#include "base/units.h"
#include "runtime/collectives/algorithm.h"

namespace rehearse {

struct CollectiveWorkload {
  Operation operation = Operation::all_reduce;
  Bytes bytes;  // as nccl-tests count them
  std::int64_t times = 1;
  // Ranks that do it together, every stride-th of group * stride consecutive ones; all groups at
  // the same time. 0: all ranks.
  std::int64_t group = 0;
  std::int64_t stride = 1;
  Algorithm algorithm = Algorithm::automatic;
};

}  // namespace rehearse
