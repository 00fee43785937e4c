#include "runtime/strategies/sync_sgd.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <ranges>
#include <span>

#include "base/contract.h"
#include "kernels/backend.h"
#include "runtime/strategies/step_account.h"

namespace rehearse {
namespace {

// All-gathers and reduce-scatters of activations go round a ring, all-to-alls pair by pair.
CollectiveCall exchange_call(Operation operation) {
  const bool in_pairs = operation == Operation::all_to_all;
  return {.operation = operation, .algorithm = in_pairs ? Algorithm::pairwise : Algorithm::ring};
}

}  // namespace

// Averages the gradients of one worker: those of split layers among the workers that hold the same
// shard, the others among all, each by a reducer of its own.
class SyncSgd::Reducers {
 public:
  // Broadcasts the parameters as well, so that all copies begin alike.
  Reducers(World& world, const SyncSgd& program, const ModelTensors& model);

  void ready(const TrainingLayer& layer, Event event);
  std::vector<StepSpan> finish();
  void close();

 private:
  // For the tensors that begin at element `begin` of parameters and gradients.
  static void start(std::optional<GradientReducer>& reducer, World& world,
                    const std::shared_ptr<const Group>& group, std::vector<std::int64_t> elements,
                    std::int64_t begin, const ModelTensors& model, const ReducerOptions& options);

  std::optional<GradientReducer> common_, of_shards_;
};

// One step of one worker.
class SyncSgd::Step {
 public:
  Step(World& world, const SyncSgd& program, Reducers& reducers, const ModelTensors& model)
      : world_(world), program_(program), reducers_(reducers), model_(model) {}

  StepRecord take(std::int64_t number);

 private:
  void forward(const TrainingLayer& layer);
  void backward(const TrainingLayer& layer);
  void exchange(const Task& task, Operation operation, std::int64_t elements);
  void sum(const Task& task, std::int64_t elements);
  void update();
  void record(const Task& task, const Group& group, const CollectiveCall& call,
              const Tensor& tensor, Duration arrived, Duration waited);

  World& world_;
  const SyncSgd& program_;
  Reducers& reducers_;
  const ModelTensors& model_;
  StepRecord record_;
  Event last_{};
};

SyncSgd::SyncSgd(std::vector<TrainingLayer> layers, Options options)
    : layers_(std::move(layers)), options_(std::move(options)) {
  EXPECTS(options_.groups != nullptr ||
          std::none_of(layers_.begin(), layers_.end(), [](const auto& l) { return l.split; }));
}

std::vector<std::int64_t> SyncSgd::gradient_elements(bool of_shards) const {
  std::vector<std::int64_t> elements;
  for (const TrainingLayer& layer : std::views::reverse(layers_)) {
    if (layer.split != of_shards) continue;
    elements.insert(elements.end(), layer.parameters.begin(), layer.parameters.end());
  }
  return elements;
}

std::int64_t SyncSgd::parameter_elements() const {
  std::int64_t sum = 0;
  for (const TrainingLayer& layer : layers_) {
    sum = std::accumulate(layer.parameters.begin(), layer.parameters.end(), sum);
  }
  return sum;
}

int SyncSgd::background_tasks(int) const {
  return options_.reducer.in_flight + (options_.groups ? options_.shard_reducer.in_flight : 0);
}

std::optional<PlannedReductions> SyncSgd::reductions() const {
  if (options_.workers == 1) return {};
  const ReducerOptions& reducer = options_.reducer;
  const std::vector<std::int64_t> gradients = gradient_elements(false);
  const auto travelling = [&](std::int64_t first, std::int64_t end) {
    const auto of_batch = std::span(gradients).subspan(static_cast<std::size_t>(first),
                                                       static_cast<std::size_t>(end - first));
    return travelling_elements(reducer, of_batch, options_.workers);
  };
  std::vector<Bytes> sizes;
  std::int64_t all = 0;
  PlannedReductions planned;
  planned.type = gathers(reducer) ? reducer.codec->type() : reducer.type;
  planned.call = gathers(reducer) ? reducer.gather : reducer.call;
  for (const std::int64_t elements : gradients) {
    const auto index = static_cast<std::int64_t>(sizes.size());
    sizes.emplace_back(static_cast<double>(elements) * element_bytes(reducer.type));
    all += elements;
    // One above the cap travels alone.
    planned.largest = std::max(planned.largest, travelling(index, index + 1));
  }
  const bool by_cycles = reducer.batching == ReducerOptions::Batching::horovod;
  const auto batches =
      by_cycles ? fuse(sizes, 0, static_cast<std::int64_t>(sizes.size()), reducer.threshold)
                : buckets(sizes, reducer.first_bucket, reducer.bucket);
  for (const FusedBatch& batch : batches) {
    planned.batches.push_back(travelling(batch.first, batch.end));
    if (gathers(reducer)) planned.largest = std::max(planned.largest, planned.batches.back());
  }
  if (gathers(reducer)) return planned;
  const double cap = (by_cycles ? reducer.threshold : reducer.bucket).value();
  const double fused = std::min(static_cast<double>(all), cap / element_bytes(reducer.type));
  planned.largest = std::max(planned.largest, static_cast<std::int64_t>(fused));
  return planned;
}

void SyncSgd::run(World& world, const ModelTensors& model, const StepObserver& observe) const {
  EXPECTS(world.transport().size() == options_.workers);
  Reducers reducers(world, *this, model);
  for (std::int64_t i = 0; i < options_.steps; ++i) {
    observe(i, Step(world, *this, reducers, model).take(i));
    if (model.ended && model.ended()) break;
  }
  reducers.close();
}

SyncSgd::Reducers::Reducers(World& world, const SyncSgd& program, const ModelTensors& model) {
  const Options& options = program.options_;
  std::vector<std::int64_t> elements = program.gradient_elements(false);
  const std::int64_t common = std::accumulate(elements.begin(), elements.end(), std::int64_t{0});
  start(common_, world, world.transport().world(), std::move(elements), 0, model, options.reducer);
  if (!options.groups) return;
  start(of_shards_, world, options.groups->same_shard_as(world.transport().rank()),
        program.gradient_elements(true), common, model, options.shard_reducer);
}

void SyncSgd::Reducers::start(std::optional<GradientReducer>& reducer, World& world,
                              const std::shared_ptr<const Group>& group,
                              std::vector<std::int64_t> elements, std::int64_t begin,
                              const ModelTensors& model, const ReducerOptions& options) {
  const std::int64_t sum = std::accumulate(elements.begin(), elements.end(), std::int64_t{0});
  if (group->size() == 1 || sum == 0) return;
  world.transport().execute(*group, *make_broadcast(group->size(), sum),
                            model.parameters.part(begin, sum));
  reducer.emplace(world, group, std::move(elements), model.gradients.part(begin, sum),
                  model.arithmetic(), options);
}

void SyncSgd::Reducers::ready(const TrainingLayer& layer, Event event) {
  auto& reducer = layer.split ? of_shards_ : common_;
  if (!reducer) return;
  for (std::size_t i = 0; i < layer.parameters.size(); ++i) reducer->ready(event);
}

std::vector<StepSpan> SyncSgd::Reducers::finish() {
  if (common_) common_->release();
  if (of_shards_) of_shards_->release();
  std::vector<StepSpan> all;
  if (common_) all = common_->finish();
  if (of_shards_) {
    const std::vector<StepSpan> spans = of_shards_->finish();
    all.insert(all.end(), spans.begin(), spans.end());
  }
  return all;
}

void SyncSgd::Reducers::close() {
  if (common_) common_->close();
  if (of_shards_) of_shards_->close();
}

StepRecord SyncSgd::Step::take(std::int64_t number) {
  Device& device = world_.device();
  device.begin_step(number);
  record_.begin = world_.clock().now();
  const Bytes sent_before = world_.transport().sent();
  last_ = device.launch({Pass::input, 0});
  device.wait(last_);
  const Duration loaded = world_.clock().now();
  record_.parts[StepPhase::input_wait] = loaded - record_.begin;
  const Duration busy_before = device.busy();
  for (const TrainingLayer& layer : program_.layers_) forward(layer);
  for (const TrainingLayer& layer : std::views::reverse(program_.layers_)) backward(layer);
  device.wait(last_);
  record_.backward_end = world_.clock().now();
  Breakdown& parts = record_.parts;
  parts[StepPhase::compute] = device.busy() - busy_before;
  parts[StepPhase::other] = record_.backward_end - loaded - parts[StepPhase::compute] -
                            parts[StepPhase::exposed_communication] -
                            parts[StepPhase::straggler_wait];
  std::vector<StepSpan> spans = reducers_.finish();
  record_.spans.insert(record_.spans.begin(), spans.begin(), spans.end());
  const Duration reduced = world_.clock().now();
  account_reductions(record_, reduced);
  update();
  record_.end = world_.clock().now();
  record_.sent = world_.transport().sent() - sent_before;
  parts[StepPhase::optimizer] = record_.end - reduced;
  return std::move(record_);
}

// All workers have the same sums, and find the same overflow.
void SyncSgd::Step::update() {
  if (model_.checked) {
    const bool overflow = !model_.arithmetic().is_finite(model_.gradients);
    model_.checked(overflow);
    if (overflow) return;
  }
  Device& device = world_.device();
  const ParameterRange all{0, program_.parameter_elements()};
  device.wait(device.launch(update_of(all, 1.0 / program_.options_.workers)));
}

void SyncSgd::Step::forward(const TrainingLayer& layer) {
  const Task task{Pass::forward, layer.layer};
  exchange(task, Operation::all_gather, layer.gathered);
  last_ = world_.device().launch(task);
  exchange(task, Operation::all_to_all, layer.exchanged);
  sum(task, layer.summed);
}

void SyncSgd::Step::backward(const TrainingLayer& layer) {
  const Task task{Pass::backward, layer.layer};
  exchange(task, Operation::all_to_all, layer.exchanged);
  last_ = world_.device().launch(task);
  reducers_.ready(layer, last_);
  if (layer.scatters) exchange(task, Operation::reduce_scatter, layer.gathered);
  sum(task, layer.summed);
}

// Waits for the device before, because what travels must be complete.
void SyncSgd::Step::exchange(const Task& task, Operation operation, std::int64_t elements) {
  if (elements == 0) return;
  Transport& transport = world_.transport();
  const Group& group = *program_.options_.groups->group_of(transport.rank());
  world_.device().wait(last_);
  const Duration arrived = world_.clock().now();
  const CollectiveCall call = exchange_call(operation);
  const Tensor tensor{model_.activations ? model_.activations(task, operation) : nullptr, elements,
                      program_.options_.activations};
  const Duration waited =
      transport.execute(group, *make_collective(call, group.size(), elements), tensor);
  record(task, group, call, tensor, arrived, waited);
}

// Among all workers, in a lane that no reducer uses.
void SyncSgd::Step::sum(const Task& task, std::int64_t elements) {
  Transport& transport = world_.transport();
  if (elements == 0 || transport.size() == 1) return;
  const Group group = transport.world()->lane(Group::kMostLanes - 1);
  world_.device().wait(last_);
  const Duration arrived = world_.clock().now();
  const Tensor tensor{nullptr, elements, ElementType::float32};
  const CollectiveCall call = program_.options_.reducer.call(tensor.bytes().value());
  const Duration waited = transport.collective(group, call, tensor);
  record(task, group, call, tensor, arrived, waited);
}

void SyncSgd::Step::record(const Task& task, const Group& group, const CollectiveCall& call,
                           const Tensor& tensor, Duration arrived, Duration waited) {
  const Duration ended = world_.clock().now();
  record_.parts[StepPhase::straggler_wait] += waited;
  record_.parts[StepPhase::exposed_communication] += ended - arrived - waited;
  const auto layer = static_cast<std::int64_t>(task.layer);
  record_.spans.push_back({.what = StepSpan::What::activations,
                           .first = layer,
                           .end = layer + 1,
                           .group = group,
                           .call = call,
                           .elements = tensor.elements,
                           .type = tensor.type,
                           .arrived = arrived,
                           .started = arrived + waited,
                           .ended = ended});
}

}  // namespace rehearse
