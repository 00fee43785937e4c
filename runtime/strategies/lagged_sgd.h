// Synchronous SGD with a lag: a step applies the average of the gradients of k steps before, so
// that an all-reduce may take as long as the passes of k more steps. Kurth et al., "Exascale Deep
// Learning for Climate Analytics" (SC18), lag 1; the pipelined mode of the Cray PE Machine Learning
// plugin.
//
// Steps without lag come first and last (sync_first, sync_last); those between are the lagged
// phase. Its first k steps apply nothing. Its last step waits for all that is under way and applies
// it, in order, so that no gradient is lost. Without lag, everything is as in SyncSgd, to the last
// bit.
//
// The backward pass writes every step's gradients to the same place. What travels meanwhile lies in
// memory of its own, one copy of all gradients per step under way: k + 1. A gradient is copied
// there when it is ready, and its average back before it is applied.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/strategies/sync_sgd.h"

namespace rehearse {

class LaggedSgd : public Strategy {
 public:
  struct Options {
    std::int64_t steps = 1;
    int workers = 1;
    ReducerOptions reducer{};
    std::int64_t lag = 1;
    std::int64_t sync_first = 0, sync_last = 0;
    // Whether these are the last steps of the run; else nothing is settled after the last one, as
    // in the middle of a longer run.
    bool ends = true;
  };

  // REQUIRES: no layer is split; lag, sync_first, sync_last >= 0.
  LaggedSgd(std::vector<TrainingLayer> layers, const Options& options);

  [[nodiscard]] std::string_view name() const override { return "lagged"; }
  [[nodiscard]] Roles roles() const override { return Roles(options_.workers); }
  [[nodiscard]] int background_tasks(int rank) const override {
    return synchronous_.background_tasks(rank);
  }
  [[nodiscard]] bool one_stands_for_all() const override { return true; }
  [[nodiscard]] Measure measure() const override { return Measure::step; }
  [[nodiscard]] std::int64_t parameter_elements() const override {
    return synchronous_.parameter_elements();
  }
  [[nodiscard]] std::optional<PlannedReductions> reductions() const override {
    return synchronous_.reductions();
  }

  void run(World& world, const ModelTensors& model, const StepObserver& observe) const override;

 private:
  class Worker;

  // Whether a step applies what is older than its own gradients.
  [[nodiscard]] bool is_lagged(std::int64_t step) const {
    return options_.lag > 0 && step >= options_.sync_first &&
           step < options_.steps - options_.sync_last;
  }

  std::vector<TrainingLayer> layers_;
  Options options_;
  SyncSgd synchronous_;  // the same without lag
};

}  // namespace rehearse
