#include "predict/job_point.h"

#include <algorithm>

#include "base/contract.h"
#include "scenarios/laid_out.h"

namespace rehearse {

JobPoint::JobPoint(const Scenario& scenario, std::int64_t workers)
    : scenario_(scenario),
      workers_(workers),
      worker_batch_(scenario.worker_batch(workers)),
      global_batch_(scenario.global_batch_at(workers)),
      layout_(scenario.layout_at(workers)),
      laid_out_(rehearse::is_laid_out(scenario, workers)),
      split_(scenario.split_at(workers)) {
  EXPECTS(workers >= 1);
  if (split_.layers.empty()) return;
  groups_ = std::make_shared<SplitGroups>(static_cast<int>(workers), split_.parts);
}

std::int64_t JobPoint::worker_nodes() const {
  const std::int64_t devices = scenario_.node.devices;
  return (workers_ + scenario_.server_devices() + devices - 1) / devices;
}

Averaging JobPoint::all_workers() const {
  return {static_cast<int>(workers_),
          static_cast<int>(std::min<std::int64_t>(scenario_.node.devices, workers_))};
}

Averaging JobPoint::same_shard() const {
  const int parts = scenario_.parallelism.dense;
  const Averaging all = all_workers();
  return {all.ranks / parts, std::max(1, all.ranks_per_node / parts)};
}

}  // namespace rehearse
