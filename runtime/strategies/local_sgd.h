// Local SGD: every worker applies its own gradients at once, and every H steps the weights of all
// workers are averaged by one all-reduce; after the last step as well, so that all end alike. Slots
// of the optimizer stay with their worker (Stich, "Local SGD converges fast and communicates
// little", arXiv:1805.09767, algorithm 1). With H = 1 and plain SGD it is synchronous SGD up to
// rounding.
//
// Packed (ReducerOptions::codec) travels what the weights have changed by since they were last
// averaged: their own size says nothing about what may be left out.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/strategies/sync_sgd.h"

namespace rehearse {

class LocalSgd : public Strategy {
 public:
  struct Options {
    std::int64_t steps = 1;
    int workers = 1;
    // Of the weights: type, codec, call and gather count, for all of them travel at once.
    ReducerOptions reducer{};
    std::int64_t local_steps = 1;  // between two averages
    bool ends = true;              // whether these are the last steps of the run
  };

  // REQUIRES: no layer is split; local_steps >= 1.
  LocalSgd(std::vector<TrainingLayer> layers, Options options);

  [[nodiscard]] std::string_view name() const override { return "local_sgd"; }
  [[nodiscard]] Roles roles() const override { return Roles(options_.workers); }
  [[nodiscard]] int background_tasks(int) const override { return 0; }
  [[nodiscard]] bool one_stands_for_all() const override { return true; }
  [[nodiscard]] Measure measure() const override { return Measure::step; }
  [[nodiscard]] std::int64_t parameter_elements() const override;
  [[nodiscard]] std::optional<PlannedReductions> reductions() const override;

  void run(World& world, const ModelTensors& model, const StepObserver& observe) const override;

 private:
  class Averager;

  [[nodiscard]] bool averages_after(std::int64_t step) const {
    return (step + 1) % options_.local_steps == 0 || (options_.ends && step + 1 == options_.steps);
  }

  std::vector<TrainingLayer> layers_;
  Options options_;
};

}  // namespace rehearse
