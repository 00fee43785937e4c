#include "runtime/strategies/layout_rank.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "base/contract.h"
#include "runtime/strategies/step_account.h"
#include "runtime/strategies/tensor_arithmetic.h"

namespace rehearse {
namespace {

using Kind = RankOp::Kind;

Pass pass_of(PipelinePass pass) {
  switch (pass) {
    case PipelinePass::forward:
      return Pass::forward;
    case PipelinePass::backward:
      return Pass::backward;
    case PipelinePass::backward_input:
      return Pass::backward_input;
    case PipelinePass::backward_weights:
      break;
  }
  return Pass::backward_weights;
}

bool is_forward(const RankOp& op) { return op.pass == PipelinePass::forward; }

std::int64_t elements_of(const RankOp& op) {
  std::int64_t sum = 0;
  for (const ParameterRange& range : op.ranges) sum += range.size();
  return sum;
}

// Of messages into one part of the model.
int port_of(const RankOp& op, int part) {
  constexpr int kDirections = 2;
  EXPECTS(part * kDirections + 1 < kMostPorts);
  return part * kDirections + (is_forward(op) ? 0 : 1);
}

// The part of [begin, end) that lies in [from, until).
Duration common(Duration begin, Duration end, Duration from, Duration until) {
  return std::max(Duration(0), std::min(end, until) - std::max(begin, from));
}

}  // namespace

LayoutRank::LayoutRank(World& world, const LayoutSgd& strategy, const ModelTensors& model)
    : world_(world),
      strategy_(strategy),
      options_(strategy.options()),
      model_(model),
      program_(options_.program(world.transport().rank())),
      stages_(strategy.grid().group_of(world.transport().rank(), GridAxis::pipeline)),
      collectives_(world, strategy) {
  if (model.exchange_through) model.exchange_through(&collectives_);
  const std::vector<RankOp>& ops = program_->ops;
  if (std::ranges::any_of(ops, &RankOp::beside)) {
    beside_ = std::make_unique<LayoutBeside>(world, strategy, program_);
  }
  if (program_->keeps) kept_ = model.make_tensor(program_->parameter_elements());
  std::set<std::int64_t> kept;
  std::int64_t most = 0;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (ops[i].kind == Kind::compute) last_pass_ = i;
    if (ops[i].kind == Kind::collect && ops[i].ranges.size() > 1) {
      most = std::max(most, elements_of(ops[i]));
    }
    const bool keeps = ops[i].kind == Kind::keep;
    keeps_first_.push_back(keeps && kept.insert(ops[i].ranges.front().begin).second);
  }
  together_ = model.make_tensor(most);
}

LayoutRank::~LayoutRank() {
  if (model_.exchange_through) model_.exchange_through(nullptr);
}

void LayoutRank::close() {
  if (beside_) beside_->close();
}

StepRecord LayoutRank::step(std::int64_t number) {
  Device& device = world_.device();
  record_ = {};
  collectives_.account_to(record_);
  aside_ = Duration(0);
  device.begin_step(number);
  record_.begin = world_.clock().now();
  const Bytes sent_before = world_.transport().sent();
  const Duration busy_before = device.busy(), exchanged_before = collectives_.exchanged();
  for (std::size_t i = 0; i < program_->ops.size(); ++i) {
    perform(program_->ops[i], i);
    if (i == last_pass_) record_.backward_end = drained();
  }
  finish_all_sends();
  const Duration end = drained();
  if (beside_) account_beside(beside_->finish_step());
  record_.parts[StepPhase::compute] =
      device.busy() - busy_before - aside_ - (collectives_.exchanged() - exchanged_before);
  record_.sent = world_.transport().sent() - sent_before;
  close_step(record_, end);
  return std::move(record_);
}

void LayoutRank::complete_parameters() {
  if (program_->ends_whole) return;
  for (const GradientBucket& bucket : program_->buckets) {
    const GridAxis axis = owner_axis(bucket);
    if (strategy_.grid().size(axis) == 1) continue;
    Tensor part = model_.parameters.part(bucket.range.begin, bucket.range.size());
    if (part.data == nullptr) part.type = options_.weights;
    take_part(world_, strategy_, 0, axis, Operation::all_gather, part);
  }
}

// What the passes waited for is exposed, or the wait for others; all else is hidden.
void LayoutRank::account_beside(const std::vector<StepSpan>& spans) {
  for (const Wait& wait : waits_) {
    Duration straggling;
    for (const StepSpan& span : spans) {
      straggling += common(span.arrived, span.started, wait.begin, wait.end);
      record_.hidden_communication -= common(span.started, span.ended, wait.begin, wait.end);
    }
    record_.parts[StepPhase::straggler_wait] += straggling;
    record_.parts[StepPhase::exposed_communication] += wait.end - wait.begin - straggling;
  }
  waits_.clear();
  for (const StepSpan& span : spans) record_.hidden_communication += span.ended - span.started;
  record_.spans.insert(record_.spans.end(), spans.begin(), spans.end());
}

Duration LayoutRank::drained() {
  world_.device().wait(last_);
  return world_.clock().now();
}

void LayoutRank::perform(const RankOp& op, std::size_t index) {
  switch (op.kind) {
    case Kind::input:
      return read_batch();
    case Kind::compute:
      return compute(op);
    case Kind::listen:
      return listen(op);
    case Kind::receive:
      return receive(op);
    case Kind::send:
      return send(op);
    case Kind::hand_on:
      return hand_on(op);
    case Kind::collect:
    case Kind::gather:
      return collect(op, index);
    case Kind::keep: {
      const ParameterRange range = op.ranges.front();
      if (range.size() == 0) return;
      const Tensor from = model_.gradients.part(range.begin, range.size());
      const Tensor to = kept_.part(range.begin, range.size());
      const Backend& backend = model_.arithmetic();
      last_ = world_.device().compute(keeps_first_[index] ? copied(backend, from, to)
                                                          : added(backend, from, to));
      return;
    }
    case Kind::norm:
      return sum_norm();
    case Kind::update:
      return update(op);
    case Kind::await:
      return await(op);
  }
}

void LayoutRank::read_batch() {
  const Duration begin = drained(), busy = world_.device().busy();
  last_ = world_.device().launch({Pass::input, 0});
  record_.parts[StepPhase::input_wait] += drained() - begin;
  aside_ += world_.device().busy() - busy;
}

Task LayoutRank::task_of(const RankOp& op) const {
  Task task{.pass = pass_of(op.pass), .layer = static_cast<std::size_t>(op.chunk)};
  task.chunk = op.chunk;
  task.microbatch = op.microbatch;
  task.slot = op.slot;
  task.share = op.share;
  return task;
}

void LayoutRank::compute(const RankOp& op) {
  finish_sends(op.chunk, op.slot, !is_forward(op));
  if (options_.folded) {
    last_ = world_.device().launch(task_of(op));
    return;
  }
  const std::vector<ChunkLayer>& layers =
      program_->chunks[static_cast<std::size_t>(op.chunk)].layers;
  Task task = task_of(op);
  task.share = 1;
  const bool forward = is_forward(op);
  for (std::size_t i = op.first; i < op.end; ++i) {
    const ChunkLayer& layer = layers[forward ? i : op.end - 1 - (i - op.first)];
    task.layer = layer.layer;
    collectives_.begin(task);
    if (layer.exchange && !model_.exchange_through && op.pass != PipelinePass::backward_weights) {
      drained();
      collectives_.exchange(*layer.exchange, forward, options_.layout.microbatch,
                            options_.activations);
    }
    last_ = world_.device().launch(task);
  }
}

Tensor LayoutRank::end_of(const RankOp& op, bool leaves) const {
  const ExecutorEnd which =
      is_forward(op) ? (leaves ? ExecutorEnd::output : ExecutorEnd::input)
                     : (leaves ? ExecutorEnd::input_gradient : ExecutorEnd::output_gradient);
  const std::int64_t elements = op.elements * options_.layout.microbatch;
  if (!model_.ends) return {nullptr, elements, options_.activations};
  const Tensor end = model_.ends(op.chunk, op.slot, which);
  EXPECTS(end.elements == elements);
  return end;
}

void LayoutRank::listen(const RankOp& op) {
  // The gradient that came before may lie where the one that leaves does.
  finish_sends(op.chunk, op.slot, true);
  const int part = program_->chunks[static_cast<std::size_t>(op.chunk)].part;
  Message& message = expected_.emplace_back();
  message.chunk = op.chunk;
  message.slot = op.slot;
  message.of_gradient = !is_forward(op);
  message.transfer.push_back(
      world_.transport().start_receive(*stages_, op.peer, port_of(op, part), end_of(op, false)));
}

void LayoutRank::receive(const RankOp& op) {
  drained();
  const auto find = [&] {
    return std::ranges::find_if(expected_, [&](const Message& message) {
      return message.chunk == op.chunk && message.slot == op.slot &&
             message.of_gradient == !is_forward(op);
    });
  };
  auto expected = find();
  if (expected == expected_.end()) {
    listen(op);
    expected = find();
  }
  const Duration begin = world_.clock().now();
  const auto done = world_.transport().wait_any(expected->transfer);
  if (done.gone) throw RankGone(done.rank);
  expected_.erase(expected);
  const Duration end = world_.clock().now();
  // Until it begins to move, another stage is at work.
  const Duration begun = done.begun ? std::clamp(*done.begun, begin, end) : end;
  record_.parts[StepPhase::pipeline_bubble] += begun - begin;
  record_.parts[StepPhase::exposed_communication] += end - begun;
}

void LayoutRank::send(const RankOp& op) {
  drained();
  const int part = program_->chunks[static_cast<std::size_t>(op.chunk)].part;
  const int to = is_forward(op) ? part + 1 : part - 1;
  Message& message = sent_.emplace_back();
  message.chunk = op.chunk;
  message.slot = op.slot;
  message.of_gradient = !is_forward(op);
  message.transfer.push_back(
      world_.transport().start_send(*stages_, op.peer, port_of(op, to), end_of(op, true)));
}

// Before the memory that a message leaves from is written again. Folded passes write none: waiting
// would only tie the order of one stage's passes to that of another's.
void LayoutRank::finish_sends(int chunk, int slot, bool of_gradient) {
  if (options_.folded) return;
  const Duration begin = world_.clock().now();
  for (auto message = sent_.begin(); message != sent_.end();) {
    const bool meant = message->chunk == chunk && message->slot == slot;
    if (meant && message->of_gradient == of_gradient) {
      world_.transport().wait_all(world_.clock(), message->transfer);
      message = sent_.erase(message);
    } else {
      ++message;
    }
  }
  record_.parts[StepPhase::exposed_communication] += world_.clock().now() - begin;
}

void LayoutRank::finish_all_sends() {
  if (sent_.empty()) return;
  const Duration begin = drained();
  std::vector<std::unique_ptr<Transfer>> all;
  for (Message& message : sent_) all.push_back(std::move(message.transfer.front()));
  sent_.clear();
  world_.transport().wait_all(world_.clock(), all);
  record_.parts[StepPhase::exposed_communication] += world_.clock().now() - begin;
}

// Between two chunks of this rank.
void LayoutRank::hand_on(const RankOp& op) {
  if (!model_.ends) return;
  const bool forward = is_forward(op);
  const Tensor from = model_.ends(op.peer, op.peer_slot,
                                  forward ? ExecutorEnd::output : ExecutorEnd::input_gradient);
  last_ = world_.device().compute(copied(model_.arithmetic(), from, end_of(op, false)));
}

Tensor LayoutRank::range_of(const RankOp& op, const ParameterRange& range) const {
  const bool weights = op.kind == Kind::gather;
  const Tensor& all = weights ? model_.parameters : op.kept ? kept_ : model_.gradients;
  Tensor part = all.part(range.begin, range.size());
  if (part.data == nullptr) part.type = weights ? options_.weights : options_.gradients;
  return part;
}

void LayoutRank::collect(const RankOp& op, std::size_t index) {
  if (op.beside) return beside_->start(index, range_of(op, op.ranges.front()), last_);
  drained();
  Tensor tensor =
      op.ranges.size() == 1 ? range_of(op, op.ranges.front()) : together_.part(0, elements_of(op));
  // Ranges that do not lie one behind the other travel together all the same.
  const auto copy_each = [&](bool there) {
    std::int64_t at = 0;
    for (const ParameterRange& range : op.ranges) {
      const Tensor here = range_of(op, range), away = together_.part(at, range.size());
      at += range.size();
      if (here.data == nullptr) continue;
      last_ = world_.device().compute(there ? copied(model_.arithmetic(), here, away)
                                            : copied(model_.arithmetic(), away, here));
    }
  };
  const bool several = op.ranges.size() > 1;
  if (several) copy_each(true);
  if (several && tensor.data == nullptr) tensor.type = options_.gradients;
  drained();
  StepSpan span = take_part(world_, strategy_, 0, op.axis, op.operation, tensor);
  name_tensors(op, span);
  append_exposed(span, record_);
  if (several) copy_each(false);
}

// Nothing is clipped. What is of use, where losses are scaled, is whether the norm is finite.
void LayoutRank::sum_norm() {
  drained();
  const bool checks = static_cast<bool>(model_.checked);
  float number = checks && overflows() ? std::numeric_limits<float>::infinity() : 0;
  const Tensor norm{model_.gradients.data == nullptr ? nullptr : &number, 1};
  append_exposed(take_part(world_, *world_.transport().world(),
                           {.algorithm = Algorithm::recursive_doubling}, norm),
                 record_);
  leaves_out_ = checks && !std::isfinite(number);
  if (checks) model_.checked(leaves_out_);
}

bool LayoutRank::overflows() const {
  const auto update = std::ranges::find(program_->ops, Kind::update, &RankOp::kind);
  return update != program_->ops.end() &&
         !std::ranges::all_of(update->ranges, [&](const ParameterRange& range) {
           return model_.arithmetic().is_finite(summed(*update, range));
         });
}

Tensor LayoutRank::summed(const RankOp& update, const ParameterRange& range) const {
  return (update.kept ? kept_ : model_.gradients).part(range.begin, range.size());
}

void LayoutRank::update(const RankOp& op) {
  if (std::exchange(leaves_out_, false)) return;
  const Duration begin = drained();
  Device& device = world_.device();
  const Duration busy = device.busy();
  const Layout& layout = options_.layout;
  const double scale = 1.0 / static_cast<double>(layout.microbatches * layout.data);
  if (model_.parameters.data == nullptr) {
    last_ = device.launch(update_of({0, elements_of(op)}, scale));
  } else {
    for (const ParameterRange& range : op.ranges) {
      Task task = update_of(range, scale);
      if (op.kept) task.gradients = summed(op, range);
      last_ = device.launch(task);
    }
  }
  record_.parts[StepPhase::optimizer] += drained() - begin;
  aside_ += device.busy() - busy;
}

void LayoutRank::await(const RankOp& op) {
  const Duration begin = drained();
  beside_->wait(op.until);
  waits_.push_back({begin, world_.clock().now()});
}

}  // namespace rehearse
