#include "runtime/worlds/layout_replica.h"

#include <algorithm>
#include <utility>

#include "base/contract.h"
#include "kernels/models/ops/layer_op.h"
#include "runtime/optimizers/task_factors.h"

namespace rehearse {
namespace {

int chunk_of_loss(const std::vector<RankPart>& parts) {
  for (std::size_t c = 0; c < parts.size(); ++c) {
    if (op_of(parts[c].of.model.layers().back().kind).is_loss()) return static_cast<int>(c);
  }
  return -1;
}

std::vector<OptimizerTensor> all_tensors(const std::vector<RankPart>& parts) {
  std::vector<OptimizerTensor> all;
  for (std::size_t c = parts.size(); c-- > 0;) {
    const std::vector<OptimizerTensor> own = optimizer_tensors(parts[c].of.model);
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

}  // namespace

LayoutReplica::LayoutReplica(const Backend& backend, const std::vector<RankPart>& parts,
                             const RankProgram& program, const Options& options)
    : program_(program),
      options_(options),
      last_part_chunk_(chunk_of_loss(parts)),
      backend_(backend),
      parameters_(allocate(program.parameter_elements())),
      fresh_(allocate(parameters_.elements)),
      summed_(fresh_),
      step_(options.first_step),
      first_(parts.size(), -1) {
  EXPECTS(parts.size() == program.chunks.size());
  if (options.microbatches > 1 && !program.keeps) summed_ = allocate(parameters_.elements);
  for (std::size_t c = 0; c < parts.size(); ++c) {
    const Model& model = parts[c].of.model;
    const std::int64_t begin = program.begins[c], elements = model.parameter_count();
    ExecutorOptions of{.batch = options.microbatch, .threads = options.threads};
    of.dropout_seed = options.dropout_seed;
    of.precision = options.precision;
    of.parameters = parameters_.part(begin, elements);
    of.gradients = fresh_.part(begin, elements);
    for (const ChunkLayer& layer : program.chunks[c].layers) {
      if (layer.of_ends) of.plain_weights.push_back(layer.layer);
    }
    auto& slots = executors_.emplace_back();
    for (int slot = 0; slot < program.slots[c]; ++slot) {
      slots.push_back(backend.make_executor(model, of));
    }
  }
  for (const RankOp& op : program.ops) {
    if (op.kind != RankOp::Kind::update) continue;
    for (const ParameterRange& range : op.ranges) {
      const bool all = range.size() == program.parameter_elements();
      const std::vector<OptimizerTensor> part{{.elements = range.size()}};
      optimizers_.push_back(
          {range,
           backend.make_optimizer(options.rule, all ? all_tensors(parts) : part, options.threads)});
    }
  }
}

Tensor LayoutReplica::allocate(std::int64_t elements) {
  return memory_.emplace_back(backend_.allocate(elements, ElementType::float32))->tensor();
}

void LayoutReplica::begin_step(std::int64_t step) {
  step_ = options_.first_step + step;
  loss_ = 0;
  std::ranges::fill(first_, -1);
  if (options_.loss_scale == nullptr) return;
  loss_scale_ = options_.loss_scale->value();
  for (const auto& slots : executors_) {
    for (const auto& executor : slots) executor->set_loss_scale(loss_scale_);
  }
}

void LayoutReplica::import_parameters(int chunk, std::span<const float> plain) {
  executor(chunk, 0).import_parameters(plain);
}

void LayoutReplica::export_parameters(int chunk, std::span<float> plain) const {
  executor(chunk, 0).export_parameters(plain);
}

ModelTensors LayoutReplica::tensors() {
  ModelTensors all;
  all.parameters = parameters_;
  all.gradients = summed_;
  all.backend = &backend_;
  all.allocate = [this](std::int64_t elements) { return allocate(elements); };
  all.ends = [this](int chunk, int slot, ExecutorEnd which) {
    return executor(chunk, slot).end(which);
  };
  if (options_.loss_scale != nullptr) {
    all.checked = [scale = options_.loss_scale](bool overflow) { scale->update(overflow); };
  }
  all.exchange_through = [this](Exchanger* exchanger) {
    for (const auto& slots : executors_) {
      for (const auto& executor : slots) executor->set_exchanger(exchanger);
    }
  };
  return all;
}

template <class Use>
void LayoutReplica::for_each_chunk(std::size_t at, const Use& use) const {
  for (std::size_t c = 0; c < executors_.size(); ++c) {
    const auto size = static_cast<std::size_t>(program_.chunks[c].elements());
    use(static_cast<int>(c), at, size);
    at += size;
  }
}

template <class Reorder>
void LayoutReplica::for_each_array(std::size_t elements, const Reorder& reorder) {
  const auto size = static_cast<std::size_t>(parameters_.elements);
  std::vector<float> kept(size);
  backend_.copy(parameters_, tensor_of(kept));
  for (std::size_t at = 0; at < elements; at += size) reorder(at, size);
  backend_.copy(tensor_of(kept), parameters_);
}

std::vector<float> LayoutReplica::in_plain_order(std::span<const float> arrays) {
  std::vector<float> copy(arrays.begin(), arrays.end());
  std::vector<float> plain(arrays.size());
  for_each_array(arrays.size(), [&](std::size_t at, std::size_t size) {
    backend_.copy(tensor_of(std::span(copy).subspan(at, size)), parameters_);
    for_each_chunk(at, [&](int chunk, std::size_t from, std::size_t elements) {
      export_parameters(chunk, std::span(plain).subspan(from, elements));
    });
  });
  return plain;
}

std::vector<float> LayoutReplica::from_plain_order(std::span<const float> plain) {
  std::vector<float> arrays(plain.size());
  for_each_array(plain.size(), [&](std::size_t at, std::size_t size) {
    for_each_chunk(at, [&](int chunk, std::size_t from, std::size_t elements) {
      import_parameters(chunk, plain.subspan(from, elements));
    });
    backend_.copy(parameters_, tensor_of(std::span(arrays).subspan(at, size)));
  });
  return arrays;
}

template <class Use>
void LayoutReplica::for_each_state(const Use& use) {
  for (OwnRange& own : optimizers_) {
    const Tensor state = own.rule->state();
    for (std::int64_t slot = 0; slot * own.range.size() < state.elements; ++slot) {
      use(state.part(slot * own.range.size(), own.range.size()),
          static_cast<std::size_t>(slot * parameters_.elements + own.range.begin));
    }
  }
}

std::vector<float> LayoutReplica::states() {
  const auto slots = static_cast<std::size_t>(optimizer_slots(options_.rule));
  std::vector<float> all(slots * static_cast<std::size_t>(parameters_.elements));
  for_each_state([&](const Tensor& own, std::size_t at) {
    const auto size = static_cast<std::size_t>(own.elements);
    backend_.copy(own, tensor_of(std::span(all).subspan(at, size)));
  });
  return all;
}

void LayoutReplica::set_states(std::span<const float> states, std::int64_t steps) {
  std::vector<float> all(states.begin(), states.end());
  for_each_state([&](const Tensor& own, std::size_t at) {
    const auto size = static_cast<std::size_t>(own.elements);
    backend_.copy(tensor_of(std::span(all).subspan(at, size)), own);
  });
  for (OwnRange& own : optimizers_) own.rule->set_steps(steps);
}

std::int64_t LayoutReplica::optimizer_steps() const {
  return optimizers_.empty() ? 0 : optimizers_.front().rule->steps();
}

std::optional<double> LayoutReplica::loss() const {
  if (last_part_chunk_ < 0) return std::nullopt;
  return loss_ / static_cast<double>(options_.microbatches);
}

void LayoutReplica::perform(const Task& task) {
  switch (task.pass) {
    case Pass::input:
      EXPECTS(options_.input != nullptr);
      batch_ = &options_.input->next();
      return;
    case Pass::forward:
      return forward(task);
    case Pass::backward:
      return backward(task);
    case Pass::update:
      return update(task);
    case Pass::backward_input:
    case Pass::backward_weights:
      EXPECTS(!"a backward pass in two parts");
  }
}

void LayoutReplica::load(const Task& task) {
  Executor& net = executor(task.chunk, task.slot);
  const int part = program_.chunks[static_cast<std::size_t>(task.chunk)].part;
  const auto share = [&](const auto& all) {
    const std::size_t size = all.size() / static_cast<std::size_t>(options_.microbatches);
    return std::span(all).subspan(static_cast<std::size_t>(task.microbatch) * size, size);
  };
  std::span<const float> images;
  std::span<const std::int32_t> labels;
  if (part == 0) images = share(batch_->images);
  if (task.chunk == last_part_chunk_) labels = share(batch_->labels);
  net.load(images, labels);
  // Parts of a model do not drop the same places.
  const auto wide = [](auto number) { return static_cast<std::uint64_t>(number); };
  const std::uint64_t replica = wide(step_) * wide(options_.replicas) + wide(options_.replica);
  const std::uint64_t microbatch = replica * wide(options_.microbatches) + wide(task.microbatch);
  constexpr std::uint64_t kParts = 1 << 12, kShares = 1 << 10;
  net.set_dropout_stream((microbatch * kParts + wide(part)) * kShares +
                         wide(options_.share_of_steps));
}

void LayoutReplica::forward(const Task& task) {
  Executor& net = executor(task.chunk, task.slot);
  if (task.layer == 1) load(task);
  net.forward(task.layer);
  if (task.chunk == last_part_chunk_ && task.layer + 1 == net.model().layers().size()) {
    loss_ += net.loss();
  }
}

void LayoutReplica::backward(const Task& task) {
  executor(task.chunk, task.slot).backward(task.layer);
  if (!adds_up()) return;
  int& first = first_[static_cast<std::size_t>(task.chunk)];
  if (first < 0) first = task.microbatch;
  const ParameterRange range = program_.range_of(task.chunk, task.layer - 1);
  const Tensor fresh = fresh_.part(range.begin, range.size());
  const Tensor sum = summed_.part(range.begin, range.size());
  if (first == task.microbatch) {
    backend_.copy(fresh, sum);
  } else {
    backend_.add(fresh, sum);
  }
}

void LayoutReplica::update(const Task& task) {
  const auto own = std::ranges::find_if(optimizers_, [&](const OwnRange& of) {
    return of.range.begin == task.range.begin && of.range.end == task.range.end;
  });
  EXPECTS(own != optimizers_.end());
  const auto part = [&](const Tensor& all) {
    return all.part(task.range.begin, task.range.size());
  };
  const Tensor gradients = task.gradients.elements > 0 ? task.gradients : part(summed_);
  UpdateFactors factors =
      task_factors(task, *options_.rate, step_, velocity_holds_rate(options_.rule));
  factors.scale /= loss_scale_;
  own->rule->step(part(parameters_), gradients, factors);
}

}  // namespace rehearse
