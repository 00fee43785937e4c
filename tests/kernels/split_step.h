// A step of a model whose layers ranks share: each rank is a thread with an executor of its part,
// and they exchange numbers through memory of the process.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "kernels/backend.h"
#include "kernels/models/model_part.h"

namespace rehearse::test {

// Ranks that share samples are neighbours, then come those of the next replica. The ranks of
// `expert_tensor` are neighbours as well, those of `expert` lie that many apart.
struct SplitStep {
  PartShape shape{};  // of all ranks: their places are added
  int replicas = 1;
  ExecutorOptions options{};  // batch: of a replica
  // How numbers of a device come to the host and back in an exchange; empty: by the backend, which
  // waits for the device.
  std::function<void(const Tensor& from, const Tensor& to)> copy{};
};

struct StepResult {
  double loss = 0;               // mean over all samples
  std::vector<float> gradients;  // of it, in plain order of the whole model
};

// From initial_parameters(model, 1), on random_batch(model, options.batch replicas, 2).
StepResult step_of_ranks(const Backend& backend, const Model& model, const SplitStep& step);
// The same on one rank, with all samples.
StepResult step_of_one(const Backend& backend, const Model& model, const ExecutorOptions& options);

double relative_difference(const std::vector<float>& a, const std::vector<float>& b);

// Transformers small enough for threads: learnt positions, biases and a vocabulary that neither 2
// nor 4 divides; a mixture of experts with rotary positions.
Model small_gpt(bool tied);
Model small_experts();

}  // namespace rehearse::test
