// Trains a model for some steps on one rank, and laid out over several in the memory world or
// another.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "kernels/models/model.h"
#include "kernels/optimizer.h"
#include "runtime/parallel/rank_program.h"
#include "runtime/strategies/layout_sgd.h"
#include "runtime/strategies/step_record.h"
#include "runtime/worlds/memory_world.h"

namespace rehearse::test {

struct LayoutJob {
  const Model* model = nullptr;
  Layout layout{};
  std::int64_t steps = 20;
  OptimizerOptions rule{};
  double lr = 0.1;
  std::uint64_t seed = 5;
  ProgramOptions program{};
  double loss_scale = 0;  // the first; 0: losses are not scaled
  // The world in which ranks run, and how they do collectives (LayoutSgd::Options).
  std::function<void(int ranks, const MemoryWorldOptions&, const std::function<void(World&)>&)>
      run_ranks = run_in_memory;
  decltype(LayoutSgd::Options::call) call{};

  [[nodiscard]] std::int64_t global_batch() const {
    return layout.microbatch * layout.microbatches * layout.data;
  }
};

struct LayoutRun {
  std::vector<double> losses;     // global means, by step
  std::vector<float> gradients;   // of the mean loss in step 1, plain order of the model
  std::vector<float> parameters;  // after the last step, likewise
  std::vector<std::vector<StepRecord>> records;  // by rank and step
  std::vector<double> loss_scales;               // by rank, after the last step
};

// One executor that has the whole global batch.
LayoutRun train_alone(const LayoutJob& job);
// Gradients are empty under zero, where no rank has all.
LayoutRun train_laid_out(const LayoutJob& job);

}  // namespace rehearse::test
