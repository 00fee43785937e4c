#include "runtime/strategies/lagged_sgd.h"

#include <optional>
#include <utility>

#include "base/contract.h"
#include "runtime/strategies/step_account.h"
#include "runtime/strategies/tensor_arithmetic.h"
#include "runtime/strategies/worker_passes.h"

namespace rehearse {

class LaggedSgd::Worker {
 public:
  Worker(World& world, const LaggedSgd& program, const ModelTensors& model);

  StepRecord step(std::int64_t number);
  // Waits for what is under way, and applies nothing of it.
  void close();

 private:
  [[nodiscard]] const Tensor& place(std::int64_t step) const {
    return places_[static_cast<std::size_t>(step) % places_.size()];
  }
  void finish(StepRecord& record);
  void apply(std::int64_t step);

  World& world_;
  const LaggedSgd& program_;
  const ModelTensors& model_;
  std::vector<Tensor> places_;  // of gradients that travel, by step
  std::optional<GradientReducer> reducer_;
  std::int64_t launched_ = 0, finished_ = 0, applied_ = 0;  // steps
};

LaggedSgd::LaggedSgd(std::vector<TrainingLayer> layers, const Options& options)
    : layers_(std::move(layers)),
      options_(options),
      synchronous_(
          layers_,
          {.steps = options.steps, .workers = options.workers, .reducer = options.reducer}) {
  EXPECTS(options.lag >= 0 && options.sync_first >= 0 && options.sync_last >= 0);
}

void LaggedSgd::run(World& world, const ModelTensors& model, const StepObserver& observe) const {
  if (options_.lag == 0) return synchronous_.run(world, model, observe);
  EXPECTS(world.transport().size() == options_.workers);
  Worker worker(world, *this, model);
  for (std::int64_t i = 0; i < options_.steps; ++i) {
    observe(i, worker.step(i));
    if (model.ended && model.ended()) break;
  }
  worker.close();
}

LaggedSgd::Worker::Worker(World& world, const LaggedSgd& program, const ModelTensors& model)
    : world_(world), program_(program), model_(model) {
  const std::int64_t elements = program.parameter_elements();
  for (std::int64_t i = 0; i <= program.options_.lag; ++i) {
    places_.push_back(model.make_tensor(elements));
  }
  const auto group = world.transport().world();
  if (group->size() == 1 || elements == 0) return;
  world.transport().execute(*group, *make_broadcast(group->size(), elements), model.parameters);
  ReducerOptions options = program.options_.reducer;
  options.steps_in_flight = static_cast<int>(program.options_.lag) + 1;
  reducer_.emplace(world, group, gradient_sizes(program.layers_), model.gradients,
                   model.arithmetic(), std::move(options));
}

StepRecord LaggedSgd::Worker::step(std::int64_t number) {
  const bool lagged = program_.is_lagged(number);
  const Bytes sent_before = world_.transport().sent();
  if (reducer_) reducer_->use(lagged ? place(number) : model_.gradients);
  StepRecord record = take_passes(
      world_, program_.layers_, number,
      [&](const TrainingLayer& layer, ParameterRange range, Event complete) {
        if (lagged) {
          const Tensor made = model_.gradients.part(range.begin, range.size());
          const Tensor travels = place(number).part(range.begin, range.size());
          complete = world_.device().compute(copied(model_.arithmetic(), made, travels));
        }
        if (!reducer_) return complete;
        for (std::size_t i = 0; i < layer.parameters.size(); ++i) reducer_->ready(complete);
        return complete;
      });
  if (reducer_) reducer_->release();
  ++launched_;
  const bool drains = lagged && !program_.is_lagged(number + 1) &&
                      (number + 1 < program_.options_.steps || program_.options_.ends);
  record.settled = !lagged || drains;
  const std::int64_t under_way = record.settled ? 0 : program_.options_.lag;
  while (launched_ - finished_ > under_way) finish(record);
  const Duration reduced = world_.clock().now();
  account_reductions(record, reduced);
  while (applied_ < finished_) apply(applied_);
  record.end = world_.clock().now();
  record.sent = world_.transport().sent() - sent_before;
  record.parts[StepPhase::optimizer] = record.end - reduced;
  return record;
}

void LaggedSgd::Worker::finish(StepRecord& record) {
  if (reducer_) {
    const std::vector<StepSpan> spans = reducer_->finish();
    record.spans.insert(record.spans.end(), spans.begin(), spans.end());
  }
  ++finished_;
}

void LaggedSgd::Worker::apply(std::int64_t step) {
  Device& device = world_.device();
  if (program_.is_lagged(step))
    device.compute(copied(model_.arithmetic(), place(step), model_.gradients));
  const ParameterRange all{0, program_.parameter_elements()};
  device.wait(device.launch(update_of(all, 1.0 / program_.options_.workers)));
  ++applied_;
}

void LaggedSgd::Worker::close() {
  StepRecord unused;
  while (finished_ < launched_) finish(unused);
  if (reducer_) reducer_->close();
}

}  // namespace rehearse
