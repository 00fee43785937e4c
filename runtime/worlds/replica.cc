#include "runtime/worlds/replica.h"

#include <utility>

#include "base/contract.h"
#include "runtime/optimizers/task_factors.h"

namespace rehearse {
void Replica::perform(const Task& task) {
  Executor& net = *parts_.executor;
  switch (task.pass) {
    case Pass::input: {
      const Batch& batch = parts_.input->next();
      loss_noted_ = false;
      if (parts_.loss_scale != nullptr) {
        loss_scale_ = parts_.loss_scale->value();
        net.set_loss_scale(loss_scale_);
      }
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
      if (!std::exchange(loss_noted_, true)) losses_.push_back(net.loss());
      net.backward(task.layer);
      return;
    case Pass::backward_input:
    case Pass::backward_weights:
      EXPECTS(!"a backward pass in two parts");
      return;
    case Pass::update:
      break;
  }
  const Tensor gradients = task.gradients.elements > 0 ? task.gradients : net.gradients();
  UpdateFactors factors = task_factors(task, *parts_.rate, step_, parts_.velocity_holds_rate);
  factors.scale /= loss_scale_;
  parts_.optimizer->update(net.parameters(), gradients, factors, task.range.begin, task.range.end);
}

Tensor Replica::parameters() { return parts_.executor->parameters(); }
Tensor Replica::gradients() { return parts_.executor->gradients(); }

}  // namespace rehearse
