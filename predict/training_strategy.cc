#include "predict/training_strategy.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "kernels/models/ops/layer_op.h"
#include "predict/simulated_steps.h"
#include "predict/to_target.h"
#include "runtime/data/input_pipeline.h"
#include "runtime/strategies/hybrid_sgd.h"
#include "runtime/strategies/lagged_sgd.h"
#include "runtime/strategies/local_sgd.h"
#include "runtime/strategies/master_sgd.h"
#include "runtime/strategies/parameter_server.h"
#include "runtime/strategies/priority_sgd.h"
#include "runtime/strategies/sync_sgd.h"

namespace rehearse {
namespace {

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
  reducer.codec = make_codec(chosen.compression, chosen.ratio);
  reducer.batching =
      horovod ? ReducerOptions::Batching::horovod : ReducerOptions::Batching::buckets;
  (horovod ? reducer.threshold : reducer.bucket) = chosen.fusion;
  reducer.first_bucket = std::min(reducer.first_bucket, reducer.bucket);
  reducer.cycle = chosen.cycle;
  reducer.in_flight = chosen.in_flight;
  reducer.overlap = chosen.overlap;
  const int element = scenario.wire_bytes();
  reducer.type =
      reducer.codec && reducer.codec->adds_up() ? reducer.codec->type() : float_of(element);
  reducer.gather = [&scenario, among, chooser, group](double bytes) {
    const Algorithm wish = scenario.all_reduce.algorithm;
    CollectiveCall call{.operation = Operation::all_gather};
    if (chooser == nullptr || among.ranks == 1) return call;
    const bool decides = wish == Algorithm::native || wish == Algorithm::automatic;
    const bool can = can_do(wish, Operation::all_gather);
    return chooser
        ->choose(*group, Operation::all_gather, decides || can ? wish : Algorithm::ring, {},
                 among.ranks_per_node, std::llround(bytes * scenario.emulation.wire_scale), 1)
        .call;
  };
  reducer.call = [&scenario, among, chooser, group = std::move(group), element](double bytes) {
    if (chooser == nullptr || among.ranks == 1) return real_call(scenario, among, bytes);
    return chooser
        ->choose(*group, Operation::all_reduce, scenario.all_reduce.algorithm, {},
                 among.ranks_per_node,
                 std::llround(bytes * scenario.emulation.wire_scale / element), element)
        .call;
  };
  return reducer;
}

TrainingLayer training_layer(const JobPoint& job, std::size_t index) {
  const Model& model = job.model();
  const ModelSplit& split = job.split();
  TrainingLayer layer{index, {}};
  for (const ParameterTensor& p : model.layers()[index].parameters) {
    layer.parameters.push_back(split.share(index, p.elements));
  }
  layer.summed = op_of(model.layers()[index].kind).summed_elements(model.layers()[index]);
  const SplitLayer* of_group = split.find(index);
  if (of_group == nullptr) return layer;
  layer.split = true;
  layer.gathered = split.parts * job.worker_batch() * of_group->inputs;
  layer.scatters = of_group->scatters;
  if (of_group->leaves)
    layer.exchanged = job.worker_batch() * model.layers()[index].output.elements();
  return layer;
}

// Of what workers send to servers and masters.
std::shared_ptr<const Codec> codec_of(const JobPoint& job) {
  const AllReduceOptions& chosen = job.scenario().all_reduce;
  return make_codec(chosen.compression, chosen.ratio);
}

std::unique_ptr<Strategy> make_served(const JobPoint& job, std::vector<TrainingLayer> layers,
                                      std::int64_t steps) {
  const StrategyOptions& chosen = job.scenario().strategy;
  const Roles roles = job.roles();
  const bool balanced = chosen.servers.sharding == ServerOptions::Sharding::balanced;
  if (chosen.kind == StrategyKind::hybrid) {
    return std::make_unique<HybridSgd>(std::move(layers),
                                       HybridSgd::Options{.steps = steps,
                                                          .workers = roles.workers(),
                                                          .groups = chosen.groups,
                                                          .servers = roles.servers(),
                                                          .balanced = balanced,
                                                          .codec = codec_of(job)});
  }
  const ParameterServerSgd::Options options{.steps = steps,
                                            .workers = roles.workers(),
                                            .servers = roles.servers(),
                                            .balanced = balanced,
                                            .codec = codec_of(job)};
  if (chosen.kind == StrategyKind::async_ps) {
    return std::make_unique<AsyncPs>(std::move(layers), options);
  }
  return std::make_unique<SyncBackupPs>(std::move(layers), options,
                                        roles.workers() - chosen.backup_workers);
}

std::unique_ptr<Strategy> make_mastered(const JobPoint& job, std::vector<TrainingLayer> layers,
                                        std::int64_t steps) {
  const StrategyOptions& chosen = job.scenario().strategy;
  MasterSgd::Options options{.steps = steps,
                             .workers = job.roles().workers(),
                             .processes = chosen.processes,
                             .sub_masters = chosen.masters > 1 ? chosen.masters : 0,
                             .sync_every = chosen.sync_every,
                             .codec = codec_of(job)};
  if (chosen.kind == StrategyKind::easgd) {
    return std::make_unique<Easgd>(std::move(layers), std::move(options), chosen.easgd_force);
  }
  if (chosen.kind == StrategyKind::gem) {
    const GemFactors factors{chosen.gem_kappa, chosen.gem_momentum, chosen.gem_lr};
    return std::make_unique<Gem>(std::move(layers), std::move(options), factors);
  }
  return std::make_unique<Downpour>(std::move(layers), std::move(options), chosen.gated);
}

}  // namespace

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

OptimizerOptions optimizer_rule(const Scenario& scenario, Role role) {
  OptimizerOptions rule = scenario.optimizer.rule;
  const StrategyOptions& strategy = scenario.strategy;
  if (strategy.kind == StrategyKind::downpour && role == Role::worker) {
    rule = {.name = "sgd", .weight_decay = rule.weight_decay};
  }
  if (strategy.kind == StrategyKind::hybrid && strategy.momentum_correction) {
    rule.momentum = corrected_momentum(rule.momentum, strategy.groups);
    if (rule.momentum == 0 && rule.name == "nesterov") rule.name = "sgd";
  }
  return rule;
}

LearningRate learning_rate(const JobPoint& job) {
  const Scenario& scenario = job.scenario();
  const StrategyOptions& strategy = scenario.strategy;
  LearningRateOptions options = scenario.optimizer.rate;
  std::int64_t workers = update_samples(job) / job.worker_batch();
  if (strategy.kind == StrategyKind::hybrid && strategy.momentum_correction) {
    workers = job.workers();
    options.lr /= std::max(1.0, strategy.groups * (1 - scenario.optimizer.rule.momentum));
  }
  return {options, std::max<std::int64_t>(1, workers),
          InputPipeline::steps_per_epoch(scenario.samples, job.global_batch())};
}

namespace {

// Other programs let no worker wait for all others in the middle of a pass.
void expect_sums(const Scenario& scenario, const std::vector<TrainingLayer>& layers) {
  const bool sync = scenario.strategy.kind == StrategyKind::sync &&
                    scenario.all_reduce.batching != AllReduceOptions::Batching::priority;
  for (const TrainingLayer& layer : layers) {
    if (sync || layer.summed == 0) continue;
    throw Error::input(
        "'" + scenario.model->layers()[layer.layer].name + "' normalises over all workers",
        "only strategy 'sync' without batching by priority has them wait for each "
        "other within a pass",
        "leave 'sync' of the layer out")
        .at(scenario.file, "/training");
  }
}

}  // namespace

std::unique_ptr<Strategy> make_strategy(const JobPoint& job, std::int64_t steps,
                                        CollectiveChooser* chooser, RunExtent extent) {
  const Scenario& scenario = job.scenario();
  std::vector<TrainingLayer> layers;
  for (std::size_t i = 1; i < job.model().layers().size(); ++i) {  // layer 0 is the input
    layers.push_back(training_layer(job, i));
  }
  expect_sums(scenario, layers);
  if (has_servers(scenario.strategy.kind)) return make_served(job, std::move(layers), steps);
  if (has_masters(scenario.strategy.kind)) return make_mastered(job, std::move(layers), steps);
  ReducerOptions reducer = reducer_options(scenario, job.all_workers(), chooser,
                                           chooser == nullptr ? nullptr : chooser->world());
  const auto workers = static_cast<int>(job.workers());
  const StrategyOptions& strategy = scenario.strategy;
  const bool ends = extent == RunExtent::whole;  // else some steps stand for all of the run
  if (strategy.kind == StrategyKind::lagged) {
    return std::make_unique<LaggedSgd>(
        std::move(layers), LaggedSgd::Options{.steps = steps,
                                              .workers = workers,
                                              .reducer = std::move(reducer),
                                              .lag = ends ? strategy.lag : simulated_steps(job).lag,
                                              .sync_first = ends ? strategy.sync_first : 0,
                                              .sync_last = ends ? strategy.sync_last : 0,
                                              .ends = ends});
  }
  if (strategy.kind == StrategyKind::local_sgd) {
    return std::make_unique<LocalSgd>(
        std::move(layers), LocalSgd::Options{.steps = steps,
                                             .workers = workers,
                                             .reducer = std::move(reducer),
                                             .local_steps = ends ? strategy.local_steps
                                                                 : simulated_steps(job).local_steps,
                                             .ends = ends});
  }
  if (scenario.all_reduce.batching == AllReduceOptions::Batching::priority) {
    return std::make_unique<PrioritySgd>(
        std::move(layers),
        PrioritySgd::Options{
            .steps = steps, .workers = workers, .reducer = std::move(reducer), .ends = ends});
  }
  SyncSgd::Options options;
  options.steps = steps;
  options.workers = workers;
  options.reducer = std::move(reducer);
  if (job.groups() != nullptr) {
    options.groups = job.groups();
    options.shard_reducer =
        reducer_options(scenario, job.same_shard(), chooser, job.groups()->same_shard().front());
    options.activations =
        float_of(std::max(1, static_cast<int>(element_size(scenario.precision).value())));
  }
  return std::make_unique<SyncSgd>(std::move(layers), std::move(options));
}

}  // namespace rehearse
