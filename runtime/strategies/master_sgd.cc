#include "runtime/strategies/master_sgd.h"

#include <algorithm>
#include <utility>

#include "base/contract.h"
#include "runtime/collectives/collectives.h"
#include "runtime/parallel/consecutive_groups.h"
#include "runtime/strategies/master_sgd_parts.h"
#include "runtime/strategies/step_account.h"
#include "runtime/strategies/worker_passes.h"

namespace rehearse {

// The steps of one rank of a worker.
class MasterSgd::Worker {
 public:
  Worker(const MasterSgd& program, World& world, const ModelTensors& model)
      : program_(program), world_(world), transport_(world.transport()), model_(model) {
    const int rank = transport_.rank();
    const int processes = program.options_.processes;
    if (processes > 1) ring_ = program.rings_[static_cast<std::size_t>(rank / processes)];
    if (rank % processes == 0) {
      client_.emplace(world, model, program.tensors_, program.master_of(rank));
    }
  }

  StepRecord step(std::int64_t number) {
    StepRecord record;
    record.begin = world_.clock().now();
    const Bytes sent_before = transport_.sent();
    world_.device().begin_step(number);
    share_weights(record);
    compute_gradient(world_, program_.layers_, record);
    sum_gradients(record);
    const Duration begin = world_.clock().now();
    Device& device = world_.device();
    device.wait(
        device.launch(update_of({0, program_.elements_}, 1.0 / program_.options_.processes)));
    record.parts[StepPhase::optimizer] += world_.clock().now() - begin;
    if (client_ && (number + 1) % program_.options_.sync_every == 0) {
      client_->record = StepRecord();
      program_.exchange(*client_);
      record.parts += client_->record.parts;
    }
    close_step(record, world_.clock().now());
    record.sent = transport_.sent() - sent_before;
    return record;
  }

  void leave() {
    if (client_) client_->talk.send_word(client_->master, kExit, 0);
  }

 private:
  void collective(StepRecord& record, const CollectiveCall& call, const Tensor& tensor) {
    const Duration begin = world_.clock().now();
    const Duration waited = transport_.collective(*ring_, call, tensor);
    record.parts[StepPhase::straggler_wait] += waited;
    record.parts[StepPhase::exposed_communication] += world_.clock().now() - begin - waited;
  }

  void share_weights(StepRecord& record) {
    if (!ring_) return;
    collective(record, {.operation = Operation::broadcast, .algorithm = Algorithm::binomial},
               model_.parameters);
  }

  void sum_gradients(StepRecord& record) {
    if (!ring_) return;
    collective(record, program_.options_.call(model_.gradients.bytes().value()), model_.gradients);
  }

  const MasterSgd& program_;
  World& world_;
  Transport& transport_;
  const ModelTensors& model_;
  std::shared_ptr<const Group> ring_;  // null where a worker is one rank
  std::optional<Client> client_;       // of the first rank of a worker
};

MasterSgd::MasterSgd(std::vector<TrainingLayer> layers, Options options)
    : layers_(std::move(layers)), options_(std::move(options)) {
  EXPECTS(options_.steps >= 1 && options_.sync_every >= 1 && options_.sub_masters >= 0);
  EXPECTS(options_.processes >= 1 && options_.workers % options_.processes == 0);
  for (const std::int64_t elements : gradient_sizes(layers_)) {
    tensors_.push_back({elements_, elements_ + elements});
    elements_ += elements;
  }
  if (options_.processes > 1) rings_ = consecutive_groups(options_.workers, options_.processes);
}

std::vector<ParameterRange> MasterSgd::keeps(int rank) const {
  if (rank != roles().first_master()) return {};
  return {{0, elements_}};
}

std::vector<StepMessage> MasterSgd::messages() const {
  std::vector<StepMessage> all;
  const Roles ranks = roles();
  for (int rank = 0; rank < ranks.ranks(); ++rank) {
    const bool worker = rank < options_.workers;
    if (worker && rank % options_.processes != 0) continue;
    if (!worker && rank == ranks.first_master()) continue;
    // A sub-master exchanges as often as its workers together do, once in sync_every times.
    const double often = worker
                             ? 1.0 / static_cast<double>(options_.sync_every)
                             : number_of_children(rank) /
                                   static_cast<double>(options_.sync_every * options_.sync_every);
    const auto elements = static_cast<std::int64_t>(static_cast<double>(elements_) * often);
    all.push_back({rank, master_of(rank), elements});
    all.push_back({master_of(rank), rank, elements});
  }
  return all;
}

int MasterSgd::master_of(int rank) const {
  const int top = roles().first_master();
  if (options_.sub_masters == 0 || rank > top) return top;
  return top + 1 + rank / options_.processes % options_.sub_masters;
}

int MasterSgd::number_of_children(int master) const {
  return static_cast<int>(children_of(master).size());
}

std::vector<int> MasterSgd::children_of(int master) const {
  std::vector<int> children;
  const Roles all = roles();
  for (int rank = 0; rank < options_.workers; rank += options_.processes) {
    if (master_of(rank) == master) children.push_back(rank);
  }
  for (int rank = all.first_master() + 1; rank < all.ranks(); ++rank) {
    if (master == all.first_master()) children.push_back(rank);
  }
  return children;
}

void MasterSgd::run(World& world, const ModelTensors& model, const StepObserver& observe) const {
  const int rank = world.transport().rank();
  EXPECTS(world.transport().size() == roles().ranks());
  if (roles().of(rank) == Role::master) return Master(*this, world, model, rank).serve();
  Worker worker(*this, world, model);
  for (std::int64_t step = 0; step < options_.steps; ++step) {
    observe(step, worker.step(step));
    if (model.ended && model.ended()) break;
  }
  worker.leave();
}

Downpour::Downpour(std::vector<TrainingLayer> layers, Options options, bool gated)
    : MasterSgd(std::move(layers), std::move(options)), gated_(gated) {}

void Downpour::exchange(Client& client) const {
  MasterTalk& talk = client.talk;
  Duration begin = talk.now();
  talk.compute("how far weights have moved", client.now.bytes() * 3,
               [&] { talk.backend().subtract(client.received, client.now, client.update); });
  client.computed(begin);
  begin = talk.now();
  talk.send_word(client.master, kRequest, 0);
  talk.send_word(client.master, kTime, client.time);
  const bool refused = talk.receive_word(client.master, kReply) < 0;
  client.waited(begin);
  begin = talk.now();
  if (!refused) client.send_update(client.update, options().codec);
  client.communicated(begin);
  client.receive_weights(client.now);
  begin = talk.now();
  talk.compute("keep the weights", client.now.bytes() * 2,
               [&] { talk.backend().copy(client.now, client.received); });
  client.computed(begin);
}

void Downpour::serve(Master& master, int child) const {
  (void)master.talk.receive_word(child, kTime);
  if (gated_) return take_gated(master, child);
  const std::int64_t age = master.staleness(child);
  master.talk.send_word(child, kReply, 1);
  master.talk.receive(child, kUpdate, master.update);
  master.step(master.incoming, 1);
  master.updated();
  master.answer(child);
  master.report(child, age, true);
}

void Downpour::take_gated(Master& master, int child) const {
  const std::int64_t age = master.staleness(child);
  master.talk.send_word(child, kReply, age == 0 ? 1 : -1);
  if (age > 0) {
    master.answer(child);
    return master.report(child, age, false);
  }
  master.talk.receive(child, kUpdate, master.update);
  if (master.sum.elements == 0) master.sum = master.make();
  const bool first = master.waiting.empty();
  master.talk.compute(first ? "keep an update" : "add an update",
                      master.sum.bytes() * (first ? 2.0 : 3.0), [&] {
                        const Backend& backend = master.talk.backend();
                        first ? backend.copy(master.incoming, master.sum)
                              : backend.add(master.incoming, master.sum);
                      });
  master.waiting.push_back(child);
  apply_if_complete(master);
}

void Downpour::child_left(Master& master) const {
  if (gated_) apply_if_complete(master);
}

// NNLO answers the last first.
void Downpour::apply_if_complete(Master& master) const {
  const auto count = static_cast<int>(master.waiting.size());
  const int wanted = std::min((95 * master.children() + 99) / 100, master.active());
  if (count == 0 || count < wanted) return;
  master.step(master.sum, 1);
  master.updated();
  std::vector<int> waiting = std::exchange(master.waiting, {});
  std::ranges::reverse(waiting);
  for (const int child : waiting) {
    master.answer(child);
    master.report(child, 0, true);
  }
}

Easgd::Easgd(std::vector<TrainingLayer> layers, Options options, double force)
    : MasterSgd(std::move(layers), std::move(options)), force_(force) {}

void Easgd::exchange(Client& client) const {
  MasterTalk& talk = client.talk;
  Duration begin = talk.now();
  talk.send_word(client.master, kRequest, 0);
  talk.send_word(client.master, kTime, client.time);
  (void)talk.receive_word(client.master, kReply);
  client.waited(begin);
  begin = talk.now();
  client.send_update(client.now, options().codec);
  client.communicated(begin);
  client.receive_weights(client.received);
  begin = talk.now();
  talk.compute("pull towards the centre", client.now.bytes() * 3, [&] {
    talk.backend().pull_towards(client.received, force_ / number_of_children(client.master),
                                client.now);
  });
  client.computed(begin);
}

void Easgd::serve(Master& master, int child) const {
  (void)master.talk.receive_word(child, kTime);
  const std::int64_t age = master.staleness(child);
  master.talk.send_word(child, kReply, 1);
  master.talk.receive(child, kUpdate, master.update);
  master.answer(child);
  master.talk.compute("move the centre", master.weights.bytes() * 3, [&] {
    master.talk.backend().pull_towards(master.incoming, force_ / master.children(), master.weights);
  });
  master.updated();
  master.report(child, age, true);
}

Gem::Gem(std::vector<TrainingLayer> layers, Options options, const GemFactors& factors)
    : MasterSgd(std::move(layers), std::move(options)), factors_(factors) {}

void Gem::exchange(Client& client) const {
  MasterTalk& talk = client.talk;
  if (!client.gem) {
    client.gem = GemTensors{client.now, client.make(), client.make(), client.make(), client.update};
    if (client.now.data != nullptr) {
      talk.backend().copy(client.received, client.gem->set);
      talk.backend().copy(client.received, client.gem->stale);
    }
  }
  Duration begin = talk.now();
  talk.send_word(client.master, kRequest, 0);
  (void)talk.receive_word(client.master, kBeginWeights);
  client.waited(begin);
  begin = talk.now();
  talk.receive(client.master, kWeights, client.received);
  client.communicated(begin);
  begin = talk.now();
  talk.compute("match energies", client.now.bytes() * 10,
               [&] { talk.backend().gem_update(factors_, client.received, *client.gem); });
  client.computed(begin);
  begin = talk.now();
  talk.send_word(client.master, kReply, 0);
  client.send_update(client.update, options().codec);
  client.communicated(begin);
}

void Gem::serve(Master& master, int child) const {
  const std::int64_t age = master.staleness(child);
  master.talk.send_word(child, kBeginWeights, 0);
  master.send_weights(child);
  (void)master.talk.receive_word(child, kReply);
  master.talk.receive(child, kUpdate, master.update);
  master.talk.compute("add an update", master.weights.bytes() * 3,
                      [&] { master.talk.backend().add(master.incoming, master.weights); });
  master.updated();
  master.report(child, age, true);
}

}  // namespace rehearse
