#include "runtime/strategies/hybrid_sgd.h"

#include <algorithm>
#include <utility>

#include "base/contract.h"
#include "runtime/compression/packed_tensors.h"
#include "runtime/parallel/consecutive_groups.h"
#include "runtime/strategies/gradient_reducer.h"
#include "runtime/strategies/step_account.h"
#include "runtime/strategies/worker_passes.h"

namespace rehearse {
namespace {

constexpr int kLeavePort = kMostPorts - 1;  // a group ends before its last step; carries nothing

CollectiveCall at_root(Operation operation) {
  return {.operation = operation, .algorithm = Algorithm::binomial};
}

}  // namespace

// Of the tensors of one server.
class HybridSgd::Server {
 public:
  Server(const HybridSgd& program, World& world, const ModelTensors& model)
      : program_(program),
        world_(world),
        transport_(world.transport()),
        group_(transport_.world()),
        model_(model),
        active_(static_cast<std::size_t>(program.options_.groups), true) {
    for (std::size_t i = 0; i < program.tensors_.size(); ++i) {
      if (program.server_of_[i] == transport_.rank()) tensors_.push_back(i);
    }
    versions_.resize(tensors_.size());
  }

  void serve() {
    for (int g = 0; g < program_.options_.groups; ++g) {
      for (std::size_t t = 0; t < tensors_.size(); ++t) {
        const std::int64_t elements = program_.tensors_[tensors_[t]].size();
        const Tensor gradient = model_.make_tensor(elements);
        inboxes_.push_back(
            {g, t, gradient, {program_.options_.codec, {gradient}, model_.arithmetic()}});
        listen(inboxes_.size() - 1);
      }
    }
    leaving_ = transfers_.size();
    listen_for_leave();
    while (going_on()) {
      const Transport::Completed done = transport_.wait_any(transfers_);
      transfers_[done.index].reset();
      if (done.index == leaving_) {
        active_[static_cast<std::size_t>(done.rank / program_.group_size())] = false;
        listen_for_leave();
      } else if (done.index < leaving_) {
        take(done.index);
      }
    }
  }

 private:
  // Where a group's gradients of a tensor come to.
  struct Inbox {
    int group;
    std::size_t tensor;  // among those of this server
    Tensor gradient;
    PackedTensors push;
    std::int64_t received = 0;
    std::int64_t version = 0;  // of the weights that the group has
  };

  [[nodiscard]] bool going_on() const {
    return std::ranges::any_of(inboxes_, [this](const Inbox& inbox) {
      return inbox.received < program_.options_.steps &&
             active_[static_cast<std::size_t>(inbox.group)];
    });
  }

  // The receive of inbox i is transfer i, that of those who leave is behind them, answers follow.
  void listen(std::size_t i) {
    const Inbox& inbox = inboxes_[i];
    const std::size_t tensor = tensors_[inbox.tensor];
    auto receive = transport_.start_receive(*group_, inbox.group * program_.group_size(),
                                            program_.port_of(tensor), inbox.push.wire().front());
    if (i < transfers_.size()) {
      transfers_[i] = std::move(receive);
    } else {
      transfers_.push_back(std::move(receive));
    }
  }

  void listen_for_leave() {
    auto receive = transport_.start_receive(*group_, kAnyRank, kLeavePort, {});
    if (leaving_ < transfers_.size()) {
      transfers_[leaving_] = std::move(receive);
    } else {
      transfers_.push_back(std::move(receive));
    }
  }

  void take(std::size_t i) {
    const Duration begin = world_.clock().now();
    Inbox& inbox = inboxes_[i];
    inbox.push.unpack(world_.device());
    std::int64_t& version = versions_[inbox.tensor];
    const std::size_t tensor = tensors_[inbox.tensor];
    const ParameterRange range = program_.tensors_[tensor];
    const std::int64_t staleness = version - inbox.version;
    Device& device = world_.device();
    device.begin_step(version / program_.options_.groups);
    Task task = update_of(range, 1.0 / program_.group_size());
    task.gradients = inbox.gradient;
    task.number = ++version;
    device.wait(device.launch(task));
    inbox.version = version;
    if (++inbox.received < program_.options_.steps) listen(i);
    const int root = inbox.group * program_.group_size();
    answer(transport_.start_send(*group_, root, program_.port_of(tensor),
                                 model_.parameters.part(range.begin, range.size())));
    const Duration now = world_.clock().now();
    if (!model_.updated) return;
    model_.updated({.worker = root, .staleness = staleness, .at = now, .busy = now - begin});
  }

  void answer(std::unique_ptr<Transfer> sent) {
    const auto place = std::find(transfers_.begin() + static_cast<std::ptrdiff_t>(leaving_) + 1,
                                 transfers_.end(), nullptr);
    if (place == transfers_.end()) {
      transfers_.push_back(std::move(sent));
    } else {
      *place = std::move(sent);
    }
  }

  const HybridSgd& program_;
  World& world_;
  Transport& transport_;
  const std::shared_ptr<const Group> group_;
  const ModelTensors& model_;
  std::vector<std::size_t> tensors_;    // of this server
  std::vector<std::int64_t> versions_;  // updates of each
  std::vector<Inbox> inboxes_;
  std::vector<std::unique_ptr<Transfer>> transfers_;
  std::size_t leaving_ = 0;
  std::vector<bool> active_;  // groups that have not left
};

HybridSgd::HybridSgd(std::vector<TrainingLayer> layers, const Options& options)
    : layers_(std::move(layers)), options_(options) {
  EXPECTS(options.steps >= 1 && options.groups >= 1 && options.servers >= 1);
  EXPECTS(options.workers % options.groups == 0 && kLeavePort % options.in_flight == 0);
  for (const std::int64_t elements : gradient_sizes(layers_)) {
    tensors_.push_back({elements_, elements_ + elements});
    elements_ += elements;
  }
  server_of_.resize(tensors_.size());
  int rank = options.workers;
  for (const ParameterShard& shard : deal_out(layers_, options.servers, options.balanced)) {
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      const auto is_it = [&](const ParameterRange& one) { return one.begin == tensors_[i].begin; };
      if (std::ranges::any_of(shard.tensors, is_it)) server_of_[i] = rank;
    }
    ++rank;
  }
  groups_ = consecutive_groups(options.workers, group_size());
}

int HybridSgd::background_tasks(int rank) const {
  return rank < options_.workers ? options_.in_flight : 0;
}

int HybridSgd::port_of(std::size_t tensor) const {
  return static_cast<int>(tensor % static_cast<std::size_t>(kLeavePort));
}

std::vector<ParameterRange> HybridSgd::keeps(int rank) const {
  std::vector<ParameterRange> kept;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (server_of_[i] == rank) kept.push_back(tensors_[i]);
  }
  return kept;
}

std::vector<StepMessage> HybridSgd::messages() const {
  std::vector<StepMessage> all;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    for (int root = 0; root < options_.workers; root += group_size()) {
      const std::int64_t pushed = floats_on_wire(options_.codec.get(), tensors_[i].size());
      all.push_back({root, server_of_[i], pushed});
      all.push_back({server_of_[i], root, tensors_[i].size()});
    }
  }
  return all;
}

void HybridSgd::run(World& world, const ModelTensors& model, const StepObserver& observe) const {
  EXPECTS(world.transport().size() == roles().ranks());
  if (roles().of(world.transport().rank()) == Role::server) {
    Server(*this, world, model).serve();
  } else {
    work(world, model, observe);
  }
}

void HybridSgd::work(World& world, const ModelTensors& model, const StepObserver& observe) const {
  const int rank = world.transport().rank();
  const bool root = rank % group_size() == 0;
  const auto& group = groups_[static_cast<std::size_t>(rank / group_size())];
  ReducerOptions options;
  options.batching = ReducerOptions::Batching::buckets;
  options.first_bucket = options.bucket = Bytes(0);  // each tensor alone
  options.in_flight = options_.in_flight;
  options.call = [](double) { return at_root(Operation::reduce); };
  std::vector<PackedTensors> pushes;  // of the root, by tensor
  for (const ParameterRange& range : tensors_) {
    if (!root) break;
    pushes.emplace_back(options_.codec,
                        std::vector{model.gradients.part(range.begin, range.size())},
                        model.arithmetic());
  }
  options.exchange = [&](World& task, const Group& lane, const CollectiveCall& call,
                         const FusedBatch& batch, const Tensor& gradient) {
    Transport& transport = task.transport();
    const auto tensor = static_cast<std::size_t>(batch.first);
    const Tensor weights = model.parameters.part(tensors_[tensor].begin, tensors_[tensor].size());
    Duration waited;
    if (lane.size() > 1) waited = transport.collective(lane, call, gradient);
    if (root) {
      const auto all = transport.world();
      pushes[tensor].pack(task.device());
      std::vector<std::unique_ptr<Transfer>> both;
      both.push_back(transport.start_receive(*all, server_of_[tensor], port_of(tensor), weights));
      both.push_back(transport.start_send(*all, server_of_[tensor], port_of(tensor),
                                          pushes[tensor].wire().front()));
      transport.wait_all(task.clock(), both);
    }
    if (lane.size() > 1) transport.collective(lane, at_root(Operation::broadcast), weights);
    return waited;
  };
  GradientReducer reducer(world, group, gradient_sizes(layers_), model.gradients,
                          model.arithmetic(), options);
  for (std::int64_t step = 0; step < options_.steps; ++step) {
    StepRecord record;
    record.begin = world.clock().now();
    const Bytes sent_before = world.transport().sent();
    world.device().begin_step(step);
    const auto launched = [&](const TrainingLayer& layer, ParameterRange, Event event) {
      for (std::size_t i = 0; i < layer.parameters.size(); ++i) reducer.ready(event);
      return event;
    };
    compute_gradient(world, layers_, record, launched);
    reducer.release();
    record.spans = reducer.finish();
    const Duration end = world.clock().now();
    account_reductions(record, end);
    close_step(record, end);
    record.sent = world.transport().sent() - sent_before;
    observe(step, record);
    if (step + 1 == options_.steps || !model.ended || !model.ended()) continue;
    if (root) {
      for (int server = roles().first_server(); server < roles().ranks(); ++server) {
        world.transport().send(*world.transport().world(), server, kLeavePort, {});
      }
    }
    break;
  }
  reducer.close();
}

}  // namespace rehearse
