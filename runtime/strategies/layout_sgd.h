// Synchronous SGD of a job that is laid out over its ranks (runtime/parallel/layout.h): tensor,
// sequence, expert, pipeline and data parallelism, and sharded states of the optimizer. Every rank
// runs its list of operations (runtime/parallel/rank_program.h), step by step.
//
//   LayoutSgd::Options options{.steps = 20, .layout = layout};
//   options.program = [&](int rank) { return programs[rank]; };
//   LayoutSgd(options).run(world, model, observe);
//
// In worlds that compute, the device runs the layers of a chunk one after the other, and these
// exchange numbers with other ranks through the strategy (ModelTensors::exchange_through). In
// worlds that do not, the strategy makes the exchanges of a layer before or after its task
// (Exchange in kernels/models/layer.h). With `folded` it makes none: a pass over a chunk is one
// task, whose Task::layer is the chunk and whose cost, exchanges included, the device knows; where
// the program divides a pass (RankOp::share), there are several such tasks.
//
// Gradients are those of the mean loss of a microbatch; they are summed over microbatches and
// replicas, and the update multiplies by 1 / (microbatches x data).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "runtime/parallel/rank_program.h"
#include "runtime/strategies/strategy.h"

namespace rehearse {

class LayoutSgd : public Strategy {
 public:
  struct Options {
    std::int64_t steps = 1;
    Layout layout{};
    // Of a rank; ranks that do alike may share one.
    std::function<std::shared_ptr<const RankProgram>(int rank)> program{};
    bool folded = false;
    // What travels, where there are no numbers: these are float32.
    ElementType activations = ElementType::float32;
    ElementType gradients = ElementType::float32;
    ElementType weights = ElementType::float32;
    // Whether each rank shall have all of its parameters after a step, for evaluations and
    // checkpoints; after the last it has. What this takes is not in the record.
    std::function<bool(std::int64_t step)> completes{};
    // How a collective over an axis is done; empty: rings.
    std::function<CollectiveCall(GridAxis axis, Operation operation, double bytes)> call{};
  };

  // Throws Error::input as ProcessGrid.
  explicit LayoutSgd(Options options);

  [[nodiscard]] std::string_view name() const override { return "sync"; }
  [[nodiscard]] Roles roles() const override { return Roles(grid_->ranks()); }
  [[nodiscard]] int background_tasks(int rank) const override;
  [[nodiscard]] bool one_stands_for_all() const override { return options_.layout.pipeline == 1; }
  [[nodiscard]] Measure measure() const override { return Measure::step; }
  [[nodiscard]] std::int64_t parameter_elements() const override;
  [[nodiscard]] std::optional<PlannedReductions> reductions() const override { return {}; }

  // A rank's parameters and gradients lie as its program says; all ranks must begin with their
  // parts of the same model.
  void run(World& world, const ModelTensors& model, const StepObserver& observe) const override;

  [[nodiscard]] const ProcessGrid& grid() const { return *grid_; }
  [[nodiscard]] const Options& options() const { return options_; }

 private:
  Options options_;
  std::shared_ptr<const ProcessGrid> grid_;
};

}  // namespace rehearse
