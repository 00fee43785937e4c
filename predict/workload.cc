#include "predict/workload.h"

#include <algorithm>

#include "kernels/job_keys.h"

namespace rehearse {

CostModel calibrated_cost(const Scenario& scenario, std::int64_t workers) {
  const int devices = scenario.node.devices;
  const double others =
      devices == 1 ? 0 : (ranks_per_node(scenario, workers) - 1.0) / (devices - 1);
  CostModel raw(scenario.device, 1, others);
  if (!scenario.calibration) return raw;
  const DeviceCalibration& record = *scenario.calibration;
  const Duration step(static_cast<double>(record.batch) / record.samples_per_s);
  return CostModel(scenario.device,
                   calibration_factor(raw, *scenario.model, record.batch, scenario.precision, step,
                                      update_traffic(scenario)),
                   others);
}

Bytes update_traffic(const Scenario& scenario) {
  const double passes = 3 + 2 * scenario.optimizer.slots;
  return Bytes(4 * passes * static_cast<double>(scenario.model->parameter_count()));
}

TaskCosts task_costs(const Scenario& scenario, const CostModel& cost, std::int64_t worker_batch) {
  TaskCosts costs;
  const Duration launch = scenario.device.launch_overhead;
  const auto kernels = [&](Duration a, Duration b) {
    return launch * ((a > Duration(0) ? 1 : 0) + (b > Duration(0) ? 1 : 0));
  };
  for (const LayerTimes& t : layer_times(cost, *scenario.model, worker_batch, scenario.precision)) {
    costs.forward.push_back({t.forward, kernels(t.forward, Duration(0))});
    costs.backward.push_back(
        {t.backward_data + t.backward_weights, kernels(t.backward_data, t.backward_weights)});
  }
  costs.update = {cost.stream_time(update_traffic(scenario)), launch};
  if (scenario.device.measured) {
    const std::string update = update_key(scenario.optimizer.rule.name, scenario.optimizer.slots,
                                          scenario.model->parameter_count());
    if (const auto time = cost.measured(update, 1)) costs.update.device = *time;
    const std::string input =
        input_key(scenario.model->input_shape(), to_text(scenario.source.format));
    if (const auto time = cost.measured(input, worker_batch)) costs.input.device = *time;
    costs.shares_core = scenario.device.measured->shares_core;
    costs.readers = scenario.source.readers;
  }
  return costs;
}

AllReduce algorithm_for(const Scenario& scenario, std::int64_t workers, double bytes) {
  if (scenario.all_reduce.algorithm != AllReduce::automatic) return scenario.all_reduce.algorithm;
  const auto ranks = static_cast<int>(workers);
  // Devices behind a host link are accelerators.
  if (scenario.device.host_link_bandwidth < scenario.device.memory_bandwidth) {
    const Bandwidth wire = std::min(scenario.network.injection.bandwidth,
                                    scenario.fabric.message(Bytes(bytes))
                                        .bandwidth.value_or(scenario.network.injection.bandwidth));
    return choose_like_nccl(ranks, ranks_per_node(scenario, workers), bytes, wire.value());
  }
  return choose_like_open_mpi(ranks, bytes);
}

int ranks_per_node(const Scenario& scenario, std::int64_t workers) {
  return static_cast<int>(std::min<std::int64_t>(scenario.node.devices, workers));
}

SyncSgd training_program(const Scenario& scenario, std::int64_t workers, std::int64_t steps) {
  std::vector<TrainingLayer> layers;
  const auto& all = scenario.model->layers();
  for (std::size_t i = 1; i < all.size(); ++i) {  // layer 0 is the input
    TrainingLayer layer{i, {}};
    for (const ParameterTensor& p : all[i].parameters) layer.parameters.push_back(p.elements);
    layers.push_back(std::move(layer));
  }
  SyncSgd::Options options;
  options.steps = steps;
  ReducerOptions& reducer = options.reducer;
  const AllReduceOptions& chosen = scenario.all_reduce;
  const bool horovod = chosen.batching == AllReduceOptions::Batching::horovod;
  reducer.batching =
      horovod ? ReducerOptions::Batching::horovod : ReducerOptions::Batching::buckets;
  (horovod ? reducer.threshold : reducer.bucket) = chosen.fusion;
  reducer.first_bucket = std::min(reducer.first_bucket, reducer.bucket);
  reducer.cycle = chosen.cycle;
  reducer.overlap = chosen.overlap;
  // Gradients travel in the stored format; fp8 is a format of matrix inputs only.
  reducer.bytes_per_element =
      scenario.precision == Precision::fp32 || scenario.precision == Precision::tf32 ? 4 : 2;
  reducer.ranks_per_node = ranks_per_node(scenario, workers);
  reducer.algorithm = [&scenario, workers](double bytes) {
    return algorithm_for(scenario, workers, bytes);
  };
  return {std::move(layers), std::move(options)};
}

}  // namespace rehearse
