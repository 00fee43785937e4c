#include "kernels/cuda/tensor_sum.h"

#include <algorithm>

namespace rehearse::cuda {

std::vector<std::vector<Tensor>> sum_steps(const std::vector<Tensor>& parts, const Tensor& to) {
  constexpr std::size_t kMost = 4;  // add() takes so many
  std::vector<Tensor> order = parts;
  // What is written into is read by the first step.
  std::stable_partition(order.begin(), order.end(),
                        [&](const Tensor& part) { return part.data == to.data; });
  std::vector<std::vector<Tensor>> steps;
  for (auto next = order.begin(); next != order.end();) {
    std::vector<Tensor> step;
    if (!steps.empty()) step.push_back(to);
    while (step.size() < kMost && next != order.end()) step.push_back(*next++);
    steps.push_back(std::move(step));
  }
  return steps;
}

void add_all(const std::vector<Tensor>& from, const Tensor& to, bool relu, StreamHandle stream) {
  if (from.size() < 2) return;
  const auto steps = sum_steps(from, to);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    add(steps[i], to, relu && i + 1 == steps.size(), stream);
  }
}

}  // namespace rehearse::cuda
