#include "runtime/worlds/replica.h"

#include <utility>

namespace rehearse {
void Replica::perform(const Task& task) {
  Executor& net = *parts_.executor;
  switch (task.pass) {
    case Pass::input: {
      const Batch& batch = parts_.input->next();
      net.load(batch.images, batch.labels);
      counted_ = false;
      const auto workers = static_cast<std::uint64_t>(parts_.workers);
      net.set_dropout_stream(static_cast<std::uint64_t>(step_) * workers +
                             static_cast<std::uint64_t>(parts_.rank));
      return;
    }
    case Pass::forward:
      net.forward(task.layer);
      return;
    case Pass::backward:
      if (!std::exchange(counted_, true)) losses_.push_back(net.loss());
      net.backward(task.layer);
      return;
    case Pass::update:
      break;
  }
  UpdateFactors factors{.scale = task.scale, .lr = parts_.rate->at(step_), .number = task.number};
  if (parts_.velocity_holds_rate) {
    factors.momentum_correction = parts_.rate->momentum_correction(step_);
  }
  parts_.optimizer->update(net.parameters(), net.gradients(), factors, task.range.begin,
                           task.range.end);
}

Tensor Replica::parameters() { return parts_.executor->parameters(); }
Tensor Replica::gradients() { return parts_.executor->gradients(); }

}  // namespace rehearse
