#include "runtime/worlds/replica.h"

#include <ranges>

#include "base/contract.h"

namespace rehearse {
void Replica::perform(const Task& task) {
  Executor& net = *parts_.executor;
  switch (task.pass) {
    case Pass::input: {
      const Batch& batch = parts_.input->next();
      net.load(batch.images, batch.labels);
      const auto workers = static_cast<std::uint64_t>(parts_.workers);
      net.set_dropout_stream(static_cast<std::uint64_t>(step_) * workers +
                             static_cast<std::uint64_t>(parts_.rank));
      return;
    }
    case Pass::forward:
      net.forward(task.layer);
      return;
    case Pass::backward:
      net.backward(task.layer);
      return;
    case Pass::update:
      break;
  }
  losses_.push_back(net.loss());
  EXPECTS(task.range.begin == 0 && task.range.end == net.parameters().elements);
  parts_.optimizer->step(net.parameters().values(), net.gradients().values(), task.scale,
                         parts_.rate->at(step_),
                         parts_.velocity_holds_rate ? parts_.rate->momentum_correction(step_) : 1);
}

Tensor Replica::parameters() { return parts_.executor->parameters(); }
Tensor Replica::gradients() { return parts_.executor->gradients(); }

std::vector<OptimizerTensor> optimizer_tensors(const Model& model) {
  std::vector<OptimizerTensor> tensors;
  for (const Layer& layer : std::views::reverse(model.layers())) {
    for (std::size_t i = 0; i < layer.parameters.size(); ++i) {
      const bool weight = i == 0 && layer.kind != LayerKind::batch_norm;
      tensors.push_back({layer.parameters[i].elements, !weight});
    }
  }
  return tensors;
}

}  // namespace rehearse
