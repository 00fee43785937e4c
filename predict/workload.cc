#include "predict/workload.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/devices/job_keys.h"
#include "predict/input_supply.h"

namespace rehearse {
namespace {

// One device's, with its shards in place of the split layers.
std::vector<LayerTimes> device_layer_times(const Scenario& scenario, const CostModel& cost,
                                           std::int64_t batch, const ModelSplit& split) {
  auto times = layer_times(cost, *scenario.model, batch, scenario.precision);
  for (const SplitLayer& layer : split.layers) {
    const Shard shard = shard_of(*scenario.model, layer.layer, split.parts);
    const auto time = [&](Direction direction) {
      return cost.time(shard.model, shard.layer, direction, split.parts * batch,
                       scenario.precision);
    };
    times[layer.layer] = {time(Direction::forward), time(Direction::backward_data),
                          time(Direction::backward_weights)};
  }
  return times;
}

// How a batch of a real job is summed: the library knows what is native.
CollectiveCall real_call(const Scenario& scenario, const Averaging& among, double bytes) {
  const Algorithm wish = scenario.all_reduce.algorithm;
  return {
      .algorithm = wish == Algorithm::automatic ? choose_like_open_mpi(among.ranks, bytes) : wish,
      .ranks_per_node = among.ranks_per_node};
}

// `group`: one of those whose ranks average, where there is a chooser.
ReducerOptions reducer_options(const Scenario& scenario, const Averaging& among,
                               CollectiveChooser* chooser, std::shared_ptr<const Group> group) {
  ReducerOptions reducer;
  const AllReduceOptions& chosen = scenario.all_reduce;
  const bool horovod = chosen.batching == AllReduceOptions::Batching::horovod;
  reducer.batching =
      horovod ? ReducerOptions::Batching::horovod : ReducerOptions::Batching::buckets;
  (horovod ? reducer.threshold : reducer.bucket) = chosen.fusion;
  reducer.first_bucket = std::min(reducer.first_bucket, reducer.bucket);
  reducer.cycle = chosen.cycle;
  reducer.in_flight = chosen.in_flight;
  reducer.overlap = chosen.overlap;
  reducer.bytes_per_element = scenario.gradient_bytes;
  const int element = reducer.bytes_per_element;
  reducer.call = [&scenario, among, chooser, group = std::move(group), element](double bytes) {
    if (chooser == nullptr || among.ranks == 1) return real_call(scenario, among, bytes);
    return chooser
        ->choose(*group, Operation::all_reduce, scenario.all_reduce.algorithm, {},
                 among.ranks_per_node, std::llround(bytes / element), element)
        .call;
  };
  return reducer;
}

TrainingLayer training_layer(const Model& model, std::size_t index, const ModelSplit& split,
                             std::int64_t batch) {
  TrainingLayer layer{index, {}};
  for (const ParameterTensor& p : model.layers()[index].parameters) {
    layer.parameters.push_back(split.share(index, p.elements));
  }
  const SplitLayer* of_group = split.find(index);
  if (of_group == nullptr) return layer;
  layer.split = true;
  layer.gathered = split.parts * batch * of_group->inputs;
  layer.scatters = of_group->scatters;
  if (of_group->leaves) layer.exchanged = batch * model.layers()[index].output.elements();
  return layer;
}

}  // namespace

CostModel calibrated_cost(const Scenario& scenario, std::int64_t workers) {
  const int devices = scenario.node.devices;
  const double others =
      devices == 1 ? 0 : (all_workers(scenario, workers).ranks_per_node - 1.0) / (devices - 1);
  CostModel raw(scenario.device, 1, others);
  if (!scenario.calibration) return raw;
  const DeviceCalibration& record = *scenario.calibration;
  const Duration step(static_cast<double>(record.batch) / record.samples_per_s);
  return CostModel(scenario.device,
                   calibration_factor(raw, *scenario.model, record.batch, scenario.precision, step,
                                      update_traffic(scenario, scenario.model->parameter_count())),
                   others);
}

Bytes update_traffic(const Scenario& scenario, std::int64_t parameters) {
  const double passes = 3 + 2 * scenario.optimizer.slots;
  return Bytes(4 * passes * static_cast<double>(parameters));
}

TaskCosts task_costs(const Scenario& scenario, const CostModel& cost, std::int64_t workers) {
  TaskCosts costs;
  const std::int64_t worker_batch = scenario.worker_batch(workers);
  const ModelSplit split = scenario.split_at(workers);
  const std::int64_t parameters = parameters_per_device(*scenario.model, split);
  const Duration launch = scenario.device.launch_overhead;
  const auto kernels = [&](Duration a, Duration b) {
    return launch * ((a > Duration(0) ? 1 : 0) + (b > Duration(0) ? 1 : 0));
  };
  for (const LayerTimes& t : device_layer_times(scenario, cost, worker_batch, split)) {
    costs.forward.push_back({t.forward, kernels(t.forward, Duration(0))});
    costs.backward.push_back(
        {t.backward_data + t.backward_weights, kernels(t.backward_data, t.backward_weights)});
  }
  costs.update = {cost.stream_time(update_traffic(scenario, parameters)), launch};
  if (scenario.device.measured) {
    const std::string update =
        update_key(scenario.optimizer.rule.name, scenario.optimizer.slots, parameters);
    if (const auto time = cost.measured(update, 1)) costs.update.device = *time;
    const std::string input =
        input_key(scenario.model->input_shape(), to_text(scenario.source.format));
    if (const auto time = cost.measured(input, worker_batch)) costs.input.device = *time;
    costs.shares_core = scenario.device.measured->shares_core;
    costs.wake_up = scenario.device.measured->wake_up;
    costs.readers = scenario.source.readers;
  } else if (const Duration supply = batch_supply_time(scenario, workers); supply > Duration(0)) {
    costs.input.device = supply;
    costs.readers = 1;
  }
  return costs;
}

Averaging all_workers(const Scenario& scenario, std::int64_t workers) {
  return {static_cast<int>(workers),
          static_cast<int>(std::min<std::int64_t>(scenario.node.devices, workers))};
}

Averaging same_shard(const Scenario& scenario, std::int64_t workers) {
  const int parts = scenario.parallelism.tensor;
  const Averaging all = all_workers(scenario, workers);
  return {all.ranks / parts, std::max(1, all.ranks_per_node / parts)};
}

std::shared_ptr<const SplitGroups> split_groups(const Scenario& scenario, std::int64_t workers) {
  const ModelSplit split = scenario.split_at(workers);
  if (split.layers.empty()) return nullptr;
  return std::make_shared<SplitGroups>(static_cast<int>(workers), split.parts);
}

CollectiveChooser chooser_of(const Scenario& scenario, CollectivePatterns& patterns,
                             bool back_to_back) {
  CollectiveChooser::Options options;
  options.back_to_back = back_to_back;
  // Horovod performs the stages one after the other, and so do real runs.
  options.pipelined = scenario.framework != Framework::horovod && !scenario.device.measured;
  options.free_share = 1 - scenario.background.share;
  options.switches_add = scenario.fidelity != Fidelity::message;
  options.fixed_rules = scenario.device.measured != nullptr;
  return {patterns, options};
}

SyncSgd training_program(const Scenario& scenario, std::int64_t workers, std::int64_t steps,
                         std::shared_ptr<const SplitGroups> groups, CollectiveChooser* chooser) {
  const ModelSplit split = scenario.split_at(workers);
  std::vector<TrainingLayer> layers;
  for (std::size_t i = 1; i < scenario.model->layers().size(); ++i) {  // layer 0 is the input
    layers.push_back(training_layer(*scenario.model, i, split, scenario.worker_batch(workers)));
  }
  SyncSgd::Options options;
  options.steps = steps;
  options.reducer = reducer_options(scenario, all_workers(scenario, workers), chooser,
                                    chooser == nullptr ? nullptr : chooser->world());
  if (groups != nullptr) {
    options.groups = groups;
    options.shard_reducer = reducer_options(scenario, same_shard(scenario, workers), chooser,
                                            groups->same_shard().front());
    options.bytes_per_exchanged_element =
        static_cast<int>(element_size(scenario.precision).value());
  }
  return {std::move(layers), std::move(options)};
}

}  // namespace rehearse
