#include "predict/strategy_memory.h"

#include <algorithm>
#include <cmath>

namespace rehearse {

void add_strategy_memory(const JobPoint& job, DeviceMemory& memory) {
  const Scenario& s = job.scenario();
  const auto parameters = static_cast<double>(parameters_per_device(job.model(), job.split()));
  if (s.strategy.kind == StrategyKind::lagged && s.strategy.lag > 0) {
    Bytes& gradients = memory[MemoryPart::gradients];
    gradients += gradients * static_cast<double>(s.strategy.lag + 1);
  }
  if (job.workers() == 1) return;
  const AllReduceOptions& all_reduce = s.all_reduce;
  const bool weights = s.strategy.kind == StrategyKind::local_sgd;  // travel, from where they are
  const bool averages_shards = job.groups() != nullptr && job.workers() > job.split().parts;
  Bytes& buffers = memory[MemoryPart::buffers];
  if (!weights) buffers = all_reduce.fusion * all_reduce.in_flight * (averages_shards ? 2 : 1);
  const auto codec = make_codec(all_reduce.compression, all_reduce.ratio);
  if (codec == nullptr) return;
  const double copies = (codec->keeps_residual() ? 1 : 0) + (weights ? 2 : 0);
  buffers += Bytes(4 * copies * parameters);
  const double together =
      weights ? parameters : std::min(parameters, all_reduce.fusion.value() / s.wire_bytes());
  const double messages = codec->adds_up() ? 1 : static_cast<double>(job.workers());
  buffers += codec->message_bytes(std::llround(together)) * (messages * all_reduce.in_flight);
}

}  // namespace rehearse
