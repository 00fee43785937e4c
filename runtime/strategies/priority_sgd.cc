#include "runtime/strategies/priority_sgd.h"

#include <algorithm>
#include <optional>
#include <ranges>
#include <utility>

#include "base/contract.h"
#include "runtime/strategies/priority_reducer.h"
#include "runtime/strategies/worker_passes.h"

namespace rehearse {
namespace {

struct Interval {
  Duration begin, end;
};

// How much of an interval lies in any of some that are disjoint.
Duration inside(const Interval& part, const std::vector<Interval>& intervals) {
  Duration sum;
  for (const Interval& i : intervals) {
    sum += std::max(Duration(0), std::min(part.end, i.end) - std::max(part.begin, i.begin));
  }
  return sum;
}

}  // namespace

class PrioritySgd::Worker {
 public:
  Worker(World& world, const PrioritySgd& program, const ModelTensors& model);

  StepRecord step(std::int64_t number);
  void close();

 private:
  // Where the gradients of a layer are.
  struct Gradients {
    ParameterRange elements;
    FusedBatch numbers{};
  };

  void forward(std::int64_t number, std::size_t layer);
  void backward(std::size_t layer);
  // Waits for the gradients of step `number`, and applies them.
  void update(std::int64_t number, std::size_t layer);
  void update_all(std::int64_t number);
  void account(StepRecord& record, Duration loaded, Duration busy);

  World& world_;
  const PrioritySgd& program_;
  std::vector<Gradients> gradients_;  // by layer
  std::optional<PriorityReducer> reducer_;
  bool pending_ = false;  // gradients were launched that are not all applied
  Event last_{};
  // Of the step under way: when the host waited for gradients, and what updates took.
  std::vector<Interval> waits_;
  Duration updating_;
};

PrioritySgd::PrioritySgd(std::vector<TrainingLayer> layers, Options options)
    : layers_(std::move(layers)), options_(std::move(options)) {
  EXPECTS(std::ranges::none_of(layers_, [](const auto& layer) { return layer.split; }));
}

std::int64_t PrioritySgd::parameter_elements() const { return parameter_count(layers_); }

std::optional<PlannedReductions> PrioritySgd::reductions() const {
  if (options_.workers == 1) return {};
  const ReducerOptions& reducer = options_.reducer;
  PlannedReductions planned;
  planned.type = gathers(reducer) ? reducer.codec->type() : reducer.type;
  planned.call = gathers(reducer) ? reducer.gather : reducer.call;
  const std::vector<std::int64_t> sizes = gradient_sizes(layers_);
  for (const PriorityUnit& unit : priority_units(sizes, unit_elements(reducer))) {
    const std::int64_t whole = unit.size();  // of one tensor, as a unit of several is nearly
    planned.batches.push_back(travelling_elements(reducer, {&whole, 1}, options_.workers));
    planned.largest = std::max(planned.largest, planned.batches.back());
  }
  return planned;
}

void PrioritySgd::run(World& world, const ModelTensors& model, const StepObserver& observe) const {
  EXPECTS(world.transport().size() == options_.workers);
  Worker worker(world, *this, model);
  for (std::int64_t i = 0; i < options_.steps; ++i) {
    observe(i, worker.step(i));
    if (model.ended && model.ended()) break;
  }
  worker.close();
}

PrioritySgd::Worker::Worker(World& world, const PrioritySgd& program, const ModelTensors& model)
    : world_(world), program_(program), gradients_(program.layers_.size()) {
  std::int64_t elements = 0;
  std::int64_t number = 0;
  for (std::size_t i = gradients_.size(); i-- > 0;) {
    const TrainingLayer& layer = program.layers_[i];
    const auto tensors = static_cast<std::int64_t>(layer.parameters.size());
    gradients_[i] = {{elements, elements + parameter_count(layer)}, {number, number + tensors}};
    elements = gradients_[i].elements.end;
    number += tensors;
  }
  const auto group = world.transport().world();
  if (group->size() == 1 || elements == 0) return;
  world.transport().execute(*group, *make_broadcast(group->size(), elements), model.parameters);
  reducer_.emplace(world, group, gradient_sizes(program.layers_), model.gradients,
                   model.arithmetic(), program.options_.reducer);
}

StepRecord PrioritySgd::Worker::step(std::int64_t number) {
  Device& device = world_.device();
  const Bytes sent_before = world_.transport().sent();
  StepRecord record;
  waits_.clear();
  updating_ = Duration(0);
  device.begin_step(number);
  record.begin = world_.clock().now();
  device.wait(device.launch({Pass::input, 0}));
  const Duration loaded = world_.clock().now();
  const Duration busy_before = device.busy();
  for (std::size_t i = 0; i < gradients_.size(); ++i) forward(number, i);
  pending_ = true;
  for (std::size_t i = gradients_.size(); i-- > 0;) backward(i);
  if (reducer_) reducer_->release();
  device.wait(last_);
  record.backward_end = world_.clock().now();
  const bool ends = number + 1 == program_.options_.steps && program_.options_.ends;
  if (ends) update_all(number);
  record.settled = ends || !reducer_;
  record.end = world_.clock().now();
  record.sent = world_.transport().sent() - sent_before;
  if (reducer_) record.spans = reducer_->take_spans();
  record.parts[StepPhase::input_wait] = loaded - record.begin;
  account(record, loaded, device.busy() - busy_before);
  return record;
}

// The time after the input is that of the device, or the device was idle: because of gradients as
// long as the host waited for them, but for what the device had to do meanwhile.
void PrioritySgd::Worker::account(StepRecord& record, Duration loaded, Duration busy) {
  Breakdown& parts = record.parts;
  parts[StepPhase::optimizer] = updating_;
  parts[StepPhase::compute] = busy - updating_;
  const Duration idle = record.end - loaded - busy;
  Duration waited;
  for (const Interval& i : waits_) waited += i.end - i.begin;
  const Duration for_gradients = std::min(waited, std::max(Duration(0), idle));
  Duration for_others;
  Duration under_way;
  for (const StepSpan& span : record.spans) {
    for_others += inside({span.arrived, span.started}, waits_);
    under_way += span.ended - span.started - inside({span.started, span.ended}, waits_);
  }
  if (waited > Duration(0)) {
    parts[StepPhase::straggler_wait] = for_others * (for_gradients / waited);
  }
  parts[StepPhase::exposed_communication] = for_gradients - parts[StepPhase::straggler_wait];
  parts[StepPhase::other] = idle - for_gradients;
  record.hidden_communication = under_way;
}

void PrioritySgd::Worker::forward(std::int64_t number, std::size_t layer) {
  if (pending_) update(number - 1, layer);
  last_ = world_.device().launch({Pass::forward, program_.layers_[layer].layer});
}

void PrioritySgd::Worker::backward(std::size_t layer) {
  last_ = world_.device().launch({Pass::backward, program_.layers_[layer].layer});
  if (!reducer_) return;
  for (std::size_t i = 0; i < program_.layers_[layer].parameters.size(); ++i) {
    reducer_->ready(last_);
  }
}

void PrioritySgd::Worker::update(std::int64_t number, std::size_t layer) {
  const Gradients& own = gradients_[layer];
  if (own.elements.size() == 0) return;
  Device& device = world_.device();
  if (reducer_) {
    const Duration begin = world_.clock().now();
    reducer_->wait(own.numbers);
    const Duration end = world_.clock().now();
    if (end > begin) waits_.push_back({begin, end});
  }
  const Duration busy_before = device.busy();
  device.begin_step(number);  // the rate of the gradients' own step
  Task task = update_of(own.elements, 1.0 / program_.options_.workers);
  task.number = number + 1;  // the last parameters are updated first: the optimizer cannot count
  last_ = device.launch(task);
  device.begin_step(number + 1);
  updating_ += device.busy() - busy_before;
}

void PrioritySgd::Worker::update_all(std::int64_t number) {
  for (std::size_t i = 0; i < gradients_.size(); ++i) update(number, i);
  world_.device().begin_step(number);
  world_.device().wait(last_);
  pending_ = false;
}

// What is under way is summed, and applied to nothing.
void PrioritySgd::Worker::close() {
  if (!reducer_) return;
  if (pending_) reducer_->wait({0, gradients_.front().numbers.end});
  reducer_->close();
}

}  // namespace rehearse
