// Synchronous SGD: every worker computes gradients of its share of the batch, gradients are
// averaged while the backward pass runs, every worker applies the same update.
//
// Layers may be split over groups of consecutive workers while the others stay data-parallel
// (Krizhevsky, "One weird trick for parallelizing convolutional neural networks",
// arXiv:1404.5997): each of the k workers of a group holds 1/k of the outputs of a split layer and
// computes them for the samples of the whole group. The inputs are gathered before the forward pass
// of the layer, their gradients reduced and scattered after the backward pass; where the outputs
// leave the split part of the network, an all-to-all turns shards of features into shares of
// samples, and their gradients back. The passes wait for each of these. Gradients of a shard are
// averaged among the workers that hold the same one, all others among all workers.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/parallel/split_groups.h"
#include "runtime/strategies/gradient_reducer.h"
#include "runtime/strategies/strategy.h"
#include "runtime/strategies/training_layer.h"

namespace rehearse {

class SyncSgd : public Strategy {
 public:
  struct Options {
    std::int64_t steps = 1;
    int workers = 1;
    ReducerOptions reducer;
    // Where layers are split; null: none is.
    std::shared_ptr<const SplitGroups> groups = nullptr;
    ReducerOptions shard_reducer{};                  // of the gradients of split layers
    ElementType activations = ElementType::float32;  // and their gradients, where they travel
  };

  // REQUIRES: layers are split only where there are groups.
  SyncSgd(std::vector<TrainingLayer> layers, Options options);

  [[nodiscard]] std::string_view name() const override { return "sync"; }
  [[nodiscard]] Roles roles() const override { return Roles(options_.workers); }
  [[nodiscard]] int background_tasks(int rank) const override;
  [[nodiscard]] bool one_stands_for_all() const override { return true; }
  [[nodiscard]] Measure measure() const override { return Measure::step; }
  [[nodiscard]] std::int64_t parameter_elements() const override;
  [[nodiscard]] std::optional<PlannedReductions> reductions() const override;

  // Of split layers the tensors lie behind the others; a worker's own part of gathered inputs is
  // that of its rank in the group.
  void run(World& world, const ModelTensors& model, const StepObserver& observe) const override;

 private:
  class Reducers;
  class Step;

  // The sizes of the gradients in the order in which they become ready: last layer first. Of layers
  // that are not split, or of those that are.
  [[nodiscard]] std::vector<std::int64_t> gradient_elements(bool of_shards) const;

  std::vector<TrainingLayer> layers_;
  Options options_;
};

}  // namespace rehearse
