#include "predict/input_supply.h"

#include <algorithm>

namespace rehearse {

Duration batch_supply_time(const Scenario& scenario, std::int64_t workers) {
  const InputSupply& supply = scenario.supply;
  const auto batch = static_cast<double>(scenario.worker_batch(workers));
  const auto on_node = static_cast<double>(std::min<std::int64_t>(scenario.node.devices, workers));
  const Bytes bytes = batch * scenario.bytes_per_sample;
  Duration time;
  if (supply.storage) time = static_cast<double>(workers) * bytes / *supply.storage;
  if (supply.node_storage) time = std::max(time, on_node * bytes / *supply.node_storage);
  if (supply.cores > 0) {
    const int preparing = supply.cores - scenario.helpers;
    time = std::max(time, on_node * batch / preparing * supply.preparation);
  }
  return time;
}

}  // namespace rehearse
