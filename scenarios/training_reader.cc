#include "scenarios/training_reader.h"

#include "base/error.h"
#include "runtime/world.h"
#include "scenarios/known_keys.h"
#include "scenarios/optimizer_reader.h"

namespace rehearse {
namespace {

constexpr const char* kOnlySync = "only synchronous data parallelism works";
constexpr const char* kOnlySplitLayers = "only data parallelism and split dense layers work";

AllReduceOptions read_all_reduce(ObjectReader reader, std::vector<std::string>& remarks) {
  expect_known(reader,
               {"algorithm", "batching", "fusion", "cycle", "in_flight", "overlap", "compression"});
  constexpr Bytes kLargestFusion(1e12);
  constexpr Duration kLongestCycle(3600);
  AllReduceOptions options;
  if (const auto algorithm = reader.optional_choice("algorithm", algorithm_names())) {
    options.algorithm = static_cast<Algorithm>(*algorithm);
  }
  if (const auto batching = reader.optional_choice("batching", {"horovod", "buckets"})) {
    options.batching = static_cast<AllReduceOptions::Batching>(*batching);
  }
  const bool buckets = options.batching == AllReduceOptions::Batching::buckets;
  if (buckets) options.fusion = Bytes(25.0 * 1024 * 1024);  // PyTorch's bucket_cap_mb
  options.fusion = reader.optional_bytes("fusion").value_or(options.fusion);
  if (options.fusion > kLargestFusion) {
    throw reader.error_at("fusion", "more than 1 TB cannot travel together", "", "use less");
  }
  const auto cycle = reader.optional_duration("cycle");
  if (cycle && buckets) {
    remarks.push_back(
        "training.allreduce.cycle is not used: a bucket leaves as soon as it is full");
  }
  if (cycle && *cycle > kLongestCycle) {
    throw reader.error_at("cycle", "a cycle of more than an hour is a slip of the pen", "",
                          "write for example \"5 ms\"");
  }
  options.cycle = cycle.value_or(options.cycle);
  options.in_flight =
      static_cast<int>(reader.optional_integer("in_flight", 1, Group::kMostLanes).value_or(1));
  if (options.in_flight > 1 && !buckets) {
    remarks.push_back(
        "training.allreduce.in_flight is not used: Horovod's thread performs one batch after the "
        "other");
    options.in_flight = 1;
  }
  options.overlap = reader.optional_boolean("overlap").value_or(true);
  reader.refuse_unless("compression", R"("none")", "gradients travel as they are");
  return options;
}

// Every dense layer can be split, if all are to be; at least one there is.
void expect_dense_layers(const ObjectReader& reader, const Model& model,
                         const ParallelismOptions& options) {
  bool any = false;
  for (const Layer& layer : model.layers()) {
    if (layer.kind != LayerKind::dense) continue;
    any = true;
    if (options.split == SplitRule::automatic || layer.output.channels % options.tensor == 0) {
      continue;
    }
    throw reader.error_at("tensor",
                          "the " + std::to_string(layer.output.channels) + " features of '" +
                              layer.name + "' do not divide by " + std::to_string(options.tensor),
                          "split \"all\" takes every dense layer",
                          "use a divisor, or split \"auto\"");
  }
  if (any) return;
  throw reader.error_at("tensor", "the model has no dense layer to split",
                        "all other layers stay on every device", "use 1");
}

// Keys other than tensor and split are accepted at the values that stand for "not used", so that a
// complete file can be written today.
ParallelismOptions read_parallelism(ObjectReader reader, Scenario& scenario) {
  expect_known(reader, {"data", "tensor", "split", "pipeline", "sequence", "zero", "schedule",
                        "microbatch", "virtual_stages", "recompute"});
  reader.refuse_unless("data", R"("auto")", "every worker has samples of its own");
  for (const char* key : {"pipeline", "microbatch", "virtual_stages"}) {
    reader.refuse_unless(key, "1", kOnlySplitLayers);
  }
  reader.refuse_unless("sequence", "false", kOnlySplitLayers);
  reader.refuse_unless("zero", "0", kOnlySplitLayers);
  reader.refuse_unless("schedule", R"("1f1b")", kOnlySplitLayers);
  reader.refuse_unless("recompute", R"("none")", kOnlySplitLayers);
  ParallelismOptions options;
  options.tensor = static_cast<int>(reader.optional_integer("tensor", 1, kMostWorkers).value_or(1));
  if (const auto rule = reader.optional_choice("split", {"auto", "all"})) {
    options.split = static_cast<SplitRule>(*rule);
    if (options.tensor == 1) {
      scenario.remarks.push_back("training.parallelism.split is not used: tensor is 1");
    }
  }
  if (options.tensor > 1) expect_dense_layers(reader, *scenario.model, options);
  return options;
}

RunLength read_length(ObjectReader& training) {
  constexpr std::int64_t kMostSteps = 1'000'000'000'000;
  RunLength length;
  length.steps = training.optional_integer("steps", 1, kMostSteps);
  length.epochs = training.optional_number("epochs", 0, 1e9);
  if (length.epochs && !(*length.epochs > 0)) {
    throw training.error_at("epochs", "a run of no epochs trains nothing", "", "give more");
  }
  if (length.steps && length.epochs) {
    throw training.error_at("epochs", "both 'steps' and 'epochs' are given", "", "give one");
  }
  length.checkpoint_every =
      training.optional_integer("checkpoint_every", 0, kMostSteps).value_or(0);
  return length;
}

}  // namespace

void read_training(ObjectReader& training, Scenario& scenario) {
  refuse_all(training, {"servers", "lag", "easgd", "gem"}, kOnlySync);
  expect_known(training, {"strategy", "batch", "optimizer", "allreduce", "parallelism",
                          "backup_workers", "masters", "sync_every", "groups", "local_steps",
                          "steps", "epochs", "checkpoint_every"});
  if (training.has("strategy")) {
    working_choice(training, "strategy", {"sync"},
                   {"async_ps", "sync_backup_ps", "downpour", "easgd", "gem", "hybrid", "lagged",
                    "local_sgd"});
  }
  training.refuse_unless("backup_workers", "0", kOnlySync);
  for (const char* key : {"masters", "sync_every", "groups", "local_steps"}) {
    training.refuse_unless(key, "1", kOnlySync);
  }
  if (const auto reader = training.optional_object("optimizer")) {
    scenario.optimizer = read_optimizer(*reader, scenario.remarks);
  }
  scenario.length = read_length(training);
  if (const auto reader = training.optional_object("allreduce")) {
    scenario.all_reduce = read_all_reduce(*reader, scenario.remarks);
  }
  if (const auto reader = training.optional_object("parallelism")) {
    scenario.parallelism = read_parallelism(*reader, scenario);
  }
}

}  // namespace rehearse
