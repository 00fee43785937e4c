// The smallest strategy that is not the same on all ranks: workers push gradients to one server,
// which adds each to the parameters and hands these back.
#pragma once

#include "runtime/strategies/strategy.h"

namespace rehearse {

class ToyServer : public Strategy {
 public:
  ToyServer(int workers, std::int64_t steps, std::int64_t elements)
      : roles_(workers, 1), steps_(steps), elements_(elements) {}

  [[nodiscard]] std::string_view name() const override { return "toy server"; }
  [[nodiscard]] Roles roles() const override { return roles_; }
  [[nodiscard]] int background_tasks(int) const override { return 0; }
  [[nodiscard]] bool one_stands_for_all() const override { return false; }
  [[nodiscard]] Measure measure() const override { return Measure::throughput; }
  [[nodiscard]] std::int64_t parameter_elements() const override { return elements_; }
  [[nodiscard]] std::optional<PlannedReductions> reductions() const override { return {}; }

  void run(World& world, const ModelTensors& model, const StepObserver& observe) const override {
    const bool works = roles_.of(world.transport().rank()) == Role::worker;
    for (std::int64_t step = 0; step < steps_; ++step) {
      world.device().begin_step(step);
      if (works) {
        observe(step, work(world, model));
      } else {
        for (int turn = 0; turn < roles_.workers(); ++turn) serve(world, model);
      }
    }
  }

 private:
  static constexpr int kPush = 0;  // ports
  static constexpr int kPull = 1;

  [[nodiscard]] StepRecord work(World& world, const ModelTensors& model) const {
    Transport& transport = world.transport();
    const Group& group = *transport.world();
    StepRecord record;
    record.begin = world.clock().now();
    world.device().launch({Pass::forward, 0});
    world.device().wait(world.device().launch({Pass::backward, 0}));
    record.backward_end = world.clock().now();
    transport.send(group, roles_.first_server(), kPush, model.gradients);
    transport.receive(group, roles_.first_server(), kPull, model.parameters);
    record.end = world.clock().now();
    return record;
  }

  void serve(World& world, const ModelTensors& model) const {
    Transport& transport = world.transport();
    const Group& group = *transport.world();
    const int who = transport.receive(group, kAnyRank, kPush, model.gradients);
    world.device().wait(world.device().launch(update_of({0, elements_}, 1)));
    transport.send(group, who, kPull, model.parameters);
  }

  Roles roles_;
  std::int64_t steps_;
  std::int64_t elements_;
};

}  // namespace rehearse
