// Synchronous SGD whose next forward pass begins before all gradients are summed: a layer waits for
// its own, is updated, and computes (ByteScheduler: Peng et al., SOSP 2019; MLSL with
// FW_OVERLAP_OPT of Intel Caffe). Gradients travel in the order in which layers will need them
// (runtime/strategies/priority_reducer.h).
//
// A step lasts from its input to the end of its backward pass. What of the gradients of the step
// before is not summed by then is waited for in its forward pass, and the updates of the step
// before are part of it. The last step ends when all of its gradients are applied.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/strategies/sync_sgd.h"

namespace rehearse {

class PrioritySgd : public Strategy {
 public:
  struct Options {
    std::int64_t steps = 1;
    int workers = 1;
    ReducerOptions reducer{};  // as PriorityReducer takes them
    bool ends = true;          // whether these are the last steps of the run
  };

  // REQUIRES: no layer is split.
  PrioritySgd(std::vector<TrainingLayer> layers, Options options);

  [[nodiscard]] std::string_view name() const override { return "sync"; }
  [[nodiscard]] Roles roles() const override { return Roles(options_.workers); }
  [[nodiscard]] int background_tasks(int) const override { return 1; }
  [[nodiscard]] bool one_stands_for_all() const override { return true; }
  [[nodiscard]] Measure measure() const override { return Measure::step; }
  [[nodiscard]] std::int64_t parameter_elements() const override;
  [[nodiscard]] std::optional<PlannedReductions> reductions() const override;

  void run(World& world, const ModelTensors& model, const StepObserver& observe) const override;

 private:
  class Worker;

  std::vector<TrainingLayer> layers_;
  Options options_;
};

}  // namespace rehearse
