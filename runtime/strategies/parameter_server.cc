#include "runtime/strategies/parameter_server.h"

#include <algorithm>
#include <utility>

#include "base/contract.h"
#include "runtime/compression/packed_tensors.h"
#include "runtime/strategies/parameter_server_server.h"
#include "runtime/strategies/step_account.h"
#include "runtime/strategies/worker_passes.h"

namespace rehearse {

// The steps of one worker.
class ParameterServerSgd::Worker {
 public:
  Worker(const ParameterServerSgd& program, World& world, const ModelTensors& model)
      : program_(program),
        world_(world),
        transport_(world.transport()),
        group_(transport_.world()) {
    int rank = program.roles().first_server();
    for (const ParameterShard& shard : program.shards_) {
      const int server = rank++;
      if (shard.tensors.empty()) continue;
      servers_.push_back(server);
      weights_.push_back(tensors_of(shard, model.parameters));
      gradients_.emplace_back(program.options_.codec, tensors_of(shard, model.gradients),
                              model.arithmetic());
    }
  }

  StepRecord step(std::int64_t number) {
    StepRecord record;
    record.begin = world_.clock().now();
    const Bytes sent_before = transport_.sent();
    world_.device().begin_step(number);
    fetch(record);
    compute_gradient(world_, program_.layers_, record);
    push(record);
    close_step(record, world_.clock().now());
    record.sent = transport_.sent() - sent_before;
    return record;
  }

  void leave() {
    for (const int server : servers_) transport_.send(*group_, server, kLeavePort, {});
  }

 private:
  // Until weights move, it is the servers that this worker waits for.
  void fetch(StepRecord& record) {
    std::vector<std::unique_ptr<Transfer>> pulls;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      transport_.start_receives(*group_, servers_[i], kPullPort, weights_[i], pulls);
    }
    const Duration begin = world_.clock().now();
    const Duration moved = std::max(begin, transport_.wait_all(world_.clock(), pulls));
    record.parts[StepPhase::server_wait] += moved - begin;
    record.parts[StepPhase::exposed_communication] += world_.clock().now() - moved;
  }

  void push(StepRecord& record) {
    const Duration packing = world_.clock().now();
    for (const PackedTensors& gradients : gradients_) gradients.pack(world_.device());
    record.parts[StepPhase::other] += world_.clock().now() - packing;
    std::vector<std::unique_ptr<Transfer>> pushes;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      transport_.start_sends(*group_, servers_[i], kPushPort, gradients_[i].wire(), pushes);
    }
    const Duration begin = world_.clock().now();
    transport_.wait_all(world_.clock(), pushes);
    record.parts[StepPhase::exposed_communication] += world_.clock().now() - begin;
  }

  const ParameterServerSgd& program_;
  World& world_;
  Transport& transport_;
  const std::shared_ptr<const Group> group_;
  std::vector<int> servers_;                  // those that have tensors
  std::vector<std::vector<Tensor>> weights_;  // of each, one per tensor
  std::vector<PackedTensors> gradients_;      // likewise
};

ParameterServerSgd::ParameterServerSgd(std::vector<TrainingLayer> layers, const Options& options)
    : layers_(std::move(layers)), options_(options) {
  EXPECTS(options.steps >= 1 && options.workers >= 1 && options.servers >= 1);
  shards_ = deal_out(layers_, options.servers, options.balanced);
  for (const ParameterShard& shard : shards_) elements_ += shard.elements;
}

std::vector<ParameterRange> ParameterServerSgd::keeps(int rank) const {
  if (roles().of(rank) != Role::server) return {};
  return shards_[static_cast<std::size_t>(rank - roles().first_server())].runs();
}

std::vector<StepMessage> ParameterServerSgd::messages() const {
  std::vector<StepMessage> all;
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const int server = roles().first_server() + static_cast<int>(i);
    if (shards_[i].elements == 0) continue;
    std::int64_t pushed = 0;
    for (const ParameterRange& tensor : shards_[i].tensors) {
      pushed += floats_on_wire(options_.codec.get(), tensor.size());
    }
    for (int worker = 0; worker < options_.workers; ++worker) {
      all.push_back({worker, server, pushed});
      all.push_back({server, worker, shards_[i].elements});
    }
  }
  return all;
}

void ParameterServerSgd::run(World& world, const ModelTensors& model,
                             const StepObserver& observe) const {
  const int rank = world.transport().rank();
  EXPECTS(world.transport().size() == roles().ranks());
  if (roles().of(rank) == Role::server) {
    const auto server = static_cast<std::size_t>(rank - roles().first_server());
    if (!shards_[server].tensors.empty()) Server(*this, shards_[server], world, model).serve();
    return;
  }
  Worker worker(*this, world, model);
  for (std::int64_t step = 0; step < options_.steps; ++step) {
    observe(step, worker.step(step));
    if (step + 1 < options_.steps && model.ended && model.ended()) return worker.leave();
  }
}

void AsyncPs::take_gradient(Server& server, int worker) const {
  const std::int64_t staleness = server.staleness(worker);
  server.apply(worker, 1, options().workers);
  server.answer(worker);
  server.report(worker, staleness, true);
}

SyncBackupPs::SyncBackupPs(std::vector<TrainingLayer> layers, const Options& options, int aggregate)
    : ParameterServerSgd(std::move(layers), options), aggregate_(aggregate) {
  EXPECTS(aggregate >= 1 && aggregate <= options.workers);
}

void SyncBackupPs::take_gradient(Server& server, int worker) const {
  if (server.staleness(worker) > 0) {
    const std::int64_t staleness = server.staleness(worker);
    server.answer(worker);
    server.report(worker, staleness, false);
    return apply_if_complete(server);
  }
  server.add_to_sum(worker);
  apply_if_complete(server);
}

void SyncBackupPs::worker_left(Server& server) const { apply_if_complete(server); }

void SyncBackupPs::apply_if_complete(Server& server) const {
  const auto count = static_cast<int>(server.summed.size());
  if (count == 0 || (count < aggregate_ && !server.all_have_sent())) return;
  server.apply(Server::kSum, 1.0 / count, 1);
  for (const int worker : server.summed) server.answer(worker);
  for (const int worker : std::exchange(server.summed, {})) server.report(worker, 0, true);
}

}  // namespace rehearse
