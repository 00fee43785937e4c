// How many of its channels NCCL uses (src/enqueue.cc).
#include <algorithm>

#include "runtime/collectives/nccl_tuning.h"

namespace rehearse {

double NcclModel::channel_share(Algorithm algorithm, Protocol protocol, double bytes) const {
  if (algorithm != Algorithm::ring && algorithm != Algorithm::tree) return 1;
  const int all = 2 * machine_.channels;
  const bool per_rank =
      algorithm == Algorithm::ring && machine_.generation == NcclGeneration::v2_18;
  double least = 64.0 * 512;  // bytes of a channel
  if (protocol == Protocol::ll128) least = 8.0 * 640;
  if (protocol == Protocol::ll) least = 8.0 * 512 * (per_rank ? machine_.ranks : 1);
  return std::clamp(bytes / (least * all), 1.0 / all, 1.0);
}

}  // namespace rehearse
