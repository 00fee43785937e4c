// What a real run refuses before it begins.
#include <algorithm>

#include "base/error.h"
#include "base/quantity_text.h"
#include "kernels/models/training_memory.h"
#include "predict/job_memory.h"
#include "predict/layout_known.h"
#include "predict/pointless.h"
#include "runtime/worlds/host_memory.h"
#include "scenarios/laid_out.h"
#include "train/layout_run.h"
#include "train/train.h"

namespace rehearse {
namespace {

constexpr std::int64_t kDefaultSteps = 50;

void expect_trainable_layout(const Scenario& scenario, std::int64_t workers) {
  expect_layout_known(scenario);
  if (scenario.parallelism.dense > 1) {
    throw Error::input("training with split layers does not work yet",
                       "every rank holds the whole model", "use --set training.parallelism.dense=1")
        .at(scenario.file, "/training/parallelism/dense");
  }
  if (is_laid_out(scenario, workers)) {
    expect_trainable_parts(scenario, static_cast<int>(workers));
  }
  if (scenario.parallelism.recompute.mode != Recompute::Mode::none) {
    throw Error::input("training with recomputation does not work",
                       "the kernels keep what they need",
                       "use --set training.parallelism.recompute=none")
        .at(scenario.file, "/training/parallelism/recompute");
  }
}

// All ranks of fp16 leave the same steps out.
void expect_common_loss_scale(const Scenario& scenario) {
  if (scenario.precision != Precision::fp16) return;
  const auto refuse = [&](const std::string& what, const std::string& key) {
    throw Error::input("training in fp16 does not work with " + what,
                       "its loss scale needs gradients that all ranks have summed",
                       "use bf16, which needs no loss scale, or strategy 'sync'")
        .at(scenario.file, key);
  };
  using enum Compression;
  const Compression compression = scenario.all_reduce.compression;
  if (scenario.strategy.kind != StrategyKind::sync) {
    refuse("strategy '" + std::string(kStrategyNames.text(scenario.strategy.kind)) + "'",
           "/training/strategy");
  }
  if (scenario.all_reduce.batching == AllReduceOptions::Batching::priority) {
    refuse("batching 'priority'", "/training/allreduce/batching");
  }
  if (compression == topk || compression == onebit) {
    refuse("compression '" + std::string(kCompressionNames.text(compression)) + "'",
           "/training/allreduce/compression");
  }
}

// Checkpoints are of one state that all ranks have in common.
void expect_one_state(const Scenario& scenario) {
  if (scenario.length.checkpoint_every == 0) return;
  std::string what;
  if (scenario.strategy.kind == StrategyKind::lagged && scenario.strategy.lag > 0) {
    what = "gradients are under way between two steps of strategy 'lagged'";
  } else if (scenario.strategy.kind == StrategyKind::local_sgd) {
    what = "every rank has slots, and between averages weights, of its own under 'local_sgd'";
  } else if (scenario.all_reduce.batching == AllReduceOptions::Batching::priority) {
    what = "gradients are under way between two steps of batching 'priority'";
  } else if (scenario.all_reduce.compression == Compression::topk ||
             scenario.all_reduce.compression == Compression::onebit) {
    what = "every rank keeps what its compressed gradients have left out";
  }
  if (what.empty()) return;
  throw Error::input("this run cannot be kept in checkpoints", what,
                     "use --set training.checkpoint_every=0")
      .at(scenario.file, "/training/checkpoint_every");
}

void expect_something_to_learn(const Scenario& scenario, std::int64_t batch) {
  const std::string layer = one_value_per_channel(*scenario.model, batch);
  if (layer.empty()) return;
  throw Error::input("batch normalisation " + layer + " sees one value per channel in a batch of " +
                         std::to_string(batch) + " per rank",
                     "its output does not depend on its input: nothing can be learned",
                     "use a batch of at least 2 per rank, or leave the layer out")
      .at(scenario.file, "/training/batch");
}

// What ends a run early, or lowers its rate, needs something to look at and time to do so.
void expect_evaluations(const Scenario& scenario) {
  const StoppingOptions& stopping = scenario.stopping;
  const bool test_set = !scenario.source.test.empty() || scenario.source.test_samples > 0;
  if (stopping.needs_test_set() && !test_set) {
    throw Error::input(
        "the run is judged by a test set and has none",
        "training.early_stopping, stop_at or optimizer.plateau looks at it",
        "give data.test (data.test_samples of synthetic data), or the metric \"loss\"")
        .at(scenario.file, "/training");
  }
  const bool ends = stopping.early_stopping || stopping.stop_at;
  if (ends && !scenario.length.steps && !scenario.length.epochs) {
    throw Error::input("nothing says how long the run may go on",
                       "by default it ends after " + std::to_string(kDefaultSteps) + " steps",
                       "give training.epochs or training.steps")
        .at(scenario.file, "/training");
  }
}

}  // namespace

void expect_computed(const Scenario& scenario, const Backend& backend) {
  if (backend.computes_in(scenario.precision)) return;
  std::string known;
  for (const Precision precision : kPrecisionNames.values()) {
    if (!backend.computes_in(precision)) continue;
    known += (known.empty() ? "" : ", ") + std::string(to_text(precision));
  }
  const std::string where = backend.space() == MemorySpace::device ? "GPUs" : "CPU cores";
  throw Error::input(
      "training in " + std::string(to_text(scenario.precision)) + " does not work on " + where,
      "their kernels compute in " + known, "use --set precision=fp32")
      .at(scenario.file, "/precision");
}

void expect_trainable(const Scenario& scenario, int workers) {
  expect_trainable_layout(scenario, workers);
  expect_common_loss_scale(scenario);
  expect_one_state(scenario);
  const std::int64_t batch = scenario.global_batch_at(workers);
  const std::int64_t replicas = scenario.replicas_at(workers);
  if (batch % replicas != 0) {
    throw Error::input("a global batch of " + std::to_string(batch) +
                           " cannot be dealt evenly to " + std::to_string(replicas) + " ranks",
                       "", "use a multiple")
        .at(scenario.file, "/training/batch");
  }
  expect_something_to_learn(scenario, batch / replicas);
  expect_evaluations(scenario);
}

// On this executor the estimate is right to a sixth: 0.9 (small networks) to 1.15 times (Inception
// v3) what it takes for those of the zoo.
void expect_fits(const Scenario& scenario, int workers, int ranks_here, const MemoryLeft& left) {
  DeviceMemory memory = training_memory(*scenario.model, scenario.worker_batch(workers),
                                        scenario.precision, scenario.optimizer.slots);
  const bool keeps_more = scenario.strategy.kind != StrategyKind::sync ||
                          scenario.all_reduce.compression != Compression::none;
  if (keeps_more) add_strategy_memory(JobPoint(scenario, workers), memory);
  // Ranks of a replica share one copy of the model.
  const double replicas = static_cast<double>(scenario.replicas_at(workers));
  const Bytes one = memory.total() * (replicas / workers);
  const Bytes needed = static_cast<double>(ranks_here) * one;
  if (needed <= left.bytes) return;
  throw Error::environment("training needs " + to_text(needed) + " of memory, " + left.of +
                               " has " + to_text(std::max(Bytes(0), left.bytes)) + " left",
                           std::to_string(ranks_here) + (ranks_here == 1 ? " rank" : " ranks") +
                               " here, each with " + to_text(one) +
                               " of weights, gradients, optimizer and activations",
                           "use a smaller model, a smaller batch or fewer ranks");
}

std::int64_t steps_of_run(const Scenario& scenario, std::int64_t workers) {
  return scenario.known_steps(workers).value_or(kDefaultSteps);
}

}  // namespace rehearse
