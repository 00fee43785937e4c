#include "runtime/strategies/master_sgd_parts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/contract.h"

namespace rehearse {

MasterTalk::MasterTalk(World& world, const ModelTensors& model,
                       const std::vector<ParameterRange>& tensors)
    : world_(world),
      group_(world.transport().world()),
      tensors_(tensors),
      backend_(model.arithmetic()),
      real_(model.parameters.data != nullptr) {}

std::vector<Tensor> MasterTalk::parts(const Tensor& all) const {
  std::vector<Tensor> parts;
  for (const ParameterRange& range : tensors_) parts.push_back(all.part(range.begin, range.size()));
  return parts;
}

void MasterTalk::send_word(int rank, int port, double value) {
  auto sent = static_cast<float>(value);
  world_.transport().send(*group_, rank, port, word(sent));
}

double MasterTalk::receive_word(int rank, int port) {
  float got = 0;
  world_.transport().receive(*group_, rank, port, word(got));
  return got;
}

void MasterTalk::send(int rank, int port, const Tensor& all) {
  std::vector<std::unique_ptr<Transfer>> transfers;
  world_.transport().start_sends(*group_, rank, port, parts(all), transfers);
  world_.transport().wait_all(world_.clock(), transfers);
}

Duration MasterTalk::receive(int rank, int port, const Tensor& all) {
  std::vector<std::unique_ptr<Transfer>> transfers;
  world_.transport().start_receives(*group_, rank, port, parts(all), transfers);
  return world_.transport().wait_all(world_.clock(), transfers);
}

void MasterTalk::send(int rank, int port, const PackedTensors& packed) {
  packed.pack(world_.device());
  std::vector<std::unique_ptr<Transfer>> transfers;
  world_.transport().start_sends(*group_, rank, port, packed.wire(), transfers);
  world_.transport().wait_all(world_.clock(), transfers);
}

void MasterTalk::receive(int rank, int port, const PackedTensors& packed) {
  std::vector<std::unique_ptr<Transfer>> transfers;
  world_.transport().start_receives(*group_, rank, port, packed.wire(), transfers);
  world_.transport().wait_all(world_.clock(), transfers);
  packed.unpack(world_.device());
}

PackedTensors MasterTalk::packed(const std::shared_ptr<const Codec>& codec,
                                 const Tensor& all) const {
  return {codec, parts(all), backend_};
}

void MasterTalk::compute(std::string_view name, Bytes traffic, std::function<void()> work) {
  Device& device = world_.device();
  device.wait(device.compute({name, traffic, std::move(work)}));
}

MasterSgd::Client::Client(World& world, const ModelTensors& model,
                          const std::vector<ParameterRange>& tensors, int its_master)
    : talk(world, model, tensors), master(its_master), now(model.parameters), model_(model) {
  received = make();
  update = make();
  if (now.data != nullptr) talk.backend().copy(now, received);
}

void MasterSgd::Client::send_update(const Tensor& all, const std::shared_ptr<const Codec>& codec) {
  if (!push) push.emplace(talk.packed(codec, all));
  talk.send(master, kUpdate, *push);
}

void MasterSgd::Client::receive_weights(const Tensor& into) {
  const Duration begin = talk.now();
  time = talk.receive_word(master, kTime);
  (void)talk.receive_word(master, kBeginWeights);
  const Duration moved = std::max(talk.now(), talk.receive(master, kWeights, into));
  record.parts[StepPhase::server_wait] += moved - begin;
  record.parts[StepPhase::exposed_communication] += talk.now() - moved;
}

MasterSgd::Master::Master(const MasterSgd& program, World& world, const ModelTensors& model,
                          int rank)
    : talk(world, model, program.tensors_),
      weights(model.parameters),
      incoming(model.gradients),
      update(talk.packed(program.options_.codec, incoming)),
      program_(program),
      model_(model),
      children_(program.children_of(rank)),
      versions_(static_cast<std::size_t>(program.roles().ranks())),
      present_(children_) {
  if (rank != program.roles().first_master()) {
    client_.emplace(world, model, program.tensors_, program.master_of(rank));
  }
}

void MasterSgd::Master::serve() {
  Transport& transport = talk.world().transport();
  const Group& group = *talk.group();
  float request = 0;
  float farewell = 0;
  std::array<std::unique_ptr<Transfer>, 2> listening;
  while (!present_.empty()) {
    if (!listening[0]) {
      listening[0] = transport.start_receive(group, kAnyRank, kRequest, talk.word(request));
    }
    if (!listening[1])
      listening[1] = transport.start_receive(group, kAnyRank, kExit, talk.word(farewell));
    const Transport::Completed done = transport.wait_any(listening);
    busy_since_ = talk.now();
    if (done.gone) {
      leave(done.rank);
      continue;
    }
    listening[done.index].reset();
    if (done.index == 1) {
      leave(done.rank);
      continue;
    }
    begin_step();
    try {
      program_.serve(*this, done.rank);
    } catch (const RankGone& gone) {  // in the middle of its exchange
      if (gone.rank() != done.rank) throw;
      leave(done.rank);
    }
  }
  if (client_) talk.send_word(client_->master, kExit, 0);
}

void MasterSgd::Master::begin_step() {
  const Options& options = program_.options_;
  const bool above_masters = options.sub_masters > 0 && !client_;
  const std::int64_t workers = above_masters ? options.workers / options.processes : children();
  const std::int64_t steps = options.sync_every * (above_masters ? options.sync_every : 1);
  talk.world().device().begin_step(served_++ * steps / workers);
}

void MasterSgd::Master::leave(int child) {
  const auto place = std::ranges::find(present_, child);
  if (place == present_.end()) return;
  present_.erase(place);
  std::erase(waiting, child);
  program_.child_left(*this);
}

std::int64_t MasterSgd::Master::staleness(int child) const {
  return time_ - versions_[static_cast<std::size_t>(child)];
}

void MasterSgd::Master::updated() {
  ++time_;
  if (client_ && time_ % program_.options_.sync_every == 0) program_.exchange(*client_);
}

void MasterSgd::Master::answer(int child) {
  talk.send_word(child, kTime, static_cast<double>(time_));
  talk.send_word(child, kBeginWeights, 0);
  send_weights(child);
}

void MasterSgd::Master::send_weights(int child) {
  talk.send(child, kWeights, weights);
  versions_[static_cast<std::size_t>(child)] = time_;
}

void MasterSgd::Master::report(int child, std::int64_t age, bool applied) {
  const Duration now = talk.now();
  const Duration busy = now - std::exchange(busy_since_, now);
  if (applied) versions_[static_cast<std::size_t>(child)] = time_;  // its own is not counted
  if (!model_.updated) return;
  model_.updated({.worker = child, .staleness = age, .applied = applied, .at = now, .busy = busy});
}

void MasterSgd::Master::step(const Tensor& moved, double scale) {
  Device& device = talk.world().device();
  Task task = update_of({0, weights.elements}, scale);
  task.gradients = moved;
  task.times_rate = true;
  task.number = time_ + 1;
  device.wait(device.launch(task));
}

}  // namespace rehearse
