#include "runtime/strategies/local_sgd.h"

#include <memory>
#include <utility>

#include "base/contract.h"
#include "runtime/compression/coded_sum.h"
#include "runtime/strategies/tensor_arithmetic.h"
#include "runtime/strategies/worker_passes.h"

namespace rehearse {

// Averages the weights of all workers.
class LocalSgd::Averager {
 public:
  // Broadcasts them as well, so that all copies begin alike.
  Averager(World& world, const LocalSgd& program, const ModelTensors& model);

  std::vector<StepSpan> average();

 private:
  std::vector<StepSpan> average_as_they_are();
  std::vector<StepSpan> average_changes();
  void compute(const Arithmetic& arithmetic) {
    world_.device().wait(world_.device().compute(arithmetic));
  }

  World& world_;
  const LocalSgd& program_;
  const Tensor weights_;
  const Backend& backend_;
  std::shared_ptr<const Group> all_;
  std::unique_ptr<CodedSum> coded_;  // null: weights travel as they are
  Tensor before_, change_;           // where they do not
};

LocalSgd::LocalSgd(std::vector<TrainingLayer> layers, Options options)
    : layers_(std::move(layers)), options_(std::move(options)) {
  EXPECTS(options_.local_steps >= 1);
}

std::int64_t LocalSgd::parameter_elements() const { return parameter_count(layers_); }

std::optional<PlannedReductions> LocalSgd::reductions() const {
  if (options_.workers == 1) return {};
  const ReducerOptions& reducer = options_.reducer;
  const std::int64_t all = travelling_elements(reducer, gradient_sizes(layers_), options_.workers);
  if (gathers(reducer)) return PlannedReductions{{all}, all, reducer.codec->type(), reducer.gather};
  return PlannedReductions{{all}, all, reducer.type, reducer.call};
}

void LocalSgd::run(World& world, const ModelTensors& model, const StepObserver& observe) const {
  EXPECTS(world.transport().size() == options_.workers);
  Averager averager(world, *this, model);
  const ParameterRange all{0, parameter_elements()};
  for (std::int64_t i = 0; i < options_.steps; ++i) {
    const Bytes sent_before = world.transport().sent();
    StepRecord record =
        take_passes(world, layers_, i,
                    [](const TrainingLayer&, ParameterRange, Event complete) { return complete; });
    world.device().wait(world.device().launch(update_of(all, 1)));
    record.settled = averages_after(i);
    if (record.settled) record.spans = averager.average();
    record.end = world.clock().now();
    Breakdown& parts = record.parts;
    parts[StepPhase::optimizer] = record.end - record.backward_end;
    for (const StepSpan& span : record.spans) {
      parts[StepPhase::exposed_communication] += span.ended - span.started;
      parts[StepPhase::straggler_wait] += span.started - span.arrived;
      parts[StepPhase::optimizer] -= span.ended - span.arrived;
    }
    record.sent = world.transport().sent() - sent_before;
    observe(i, record);
    if (model.ended && model.ended()) break;
  }
}

LocalSgd::Averager::Averager(World& world, const LocalSgd& program, const ModelTensors& model)
    : world_(world),
      program_(program),
      weights_(model.parameters),
      backend_(model.arithmetic()),
      all_(world.transport().world()) {
  if (all_->size() == 1 || weights_.elements == 0) return;
  world.transport().execute(*all_, *make_broadcast(all_->size(), weights_.elements), weights_);
  if (program.options_.reducer.codec == nullptr) return;
  coded_ = std::make_unique<CodedSum>(program.options_.reducer.codec,
                                      gradient_sizes(program.layers_), backend_);
  before_ = model.make_tensor(weights_.elements);
  change_ = model.make_tensor(weights_.elements);
  compute(copied(backend_, weights_, before_));
}

std::vector<StepSpan> LocalSgd::Averager::average() {
  if (all_->size() == 1 || weights_.elements == 0) return {};
  return coded_ ? average_changes() : average_as_they_are();
}

std::vector<StepSpan> LocalSgd::Averager::average_as_they_are() {
  const ReducerOptions& options = program_.options_.reducer;
  EXPECTS(weights_.data == nullptr || options.type == weights_.type);
  Tensor weights = weights_;
  weights.type = options.type;
  const CollectiveCall call = options.call(weights.bytes().value());
  const Duration arrived = world_.clock().now();
  const Duration waited = world_.transport().collective(*all_, call, weights);
  const Duration ended = world_.clock().now();
  compute(scaled(backend_, weights_, 1.0 / all_->size()));
  return {{.what = StepSpan::What::weights,
           .group = *all_,
           .call = call,
           .elements = weights.elements,
           .type = weights.type,
           .arrived = arrived,
           .started = arrived + waited,
           .ended = ended}};
}

std::vector<StepSpan> LocalSgd::Averager::average_changes() {
  const ReducerOptions& options = program_.options_.reducer;
  const auto tensors = static_cast<std::int64_t>(gradient_sizes(program_.layers_).size());
  const bool real = weights_.data != nullptr;
  compute({"difference", 3 * weights_.bytes(), [&] {
             if (real) backend_.subtract(weights_, before_, change_);
           }});
  std::vector<StepSpan> spans =
      coded_->sum(world_, *all_, {options.call, options.gather}, {0, tensors}, change_, 0);
  for (StepSpan& span : spans) {
    if (span.what == StepSpan::What::gradients) span.what = StepSpan::What::weights;
  }
  compute({"average", 4 * weights_.bytes(), [&] {
             if (!real) return;
             backend_.scale(1.0 / all_->size(), change_);
             backend_.add(change_, before_);
             backend_.copy(before_, weights_);
           }});
  return spans;
}

}  // namespace rehearse
