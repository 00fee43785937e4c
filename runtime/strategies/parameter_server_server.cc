#include "runtime/strategies/parameter_server_server.h"

#include <algorithm>
#include <utility>

#include "base/contract.h"
#include "kernels/backend.h"

namespace rehearse {

ParameterServerSgd::Server::Server(const ParameterServerSgd& program, const ParameterShard& shard,
                                   World& world, const ModelTensors& model)
    : program_(program),
      shard_(shard),
      runs_(shard.runs()),
      world_(world),
      transport_(world.transport()),
      group_(transport_.world()),
      model_(model),
      weights_(tensors_of(shard, model.parameters)),
      active_(program.options_.workers) {
  for (int worker = 0; worker < active_; ++worker) {
    const Tensor gradients = model.make_tensor(shard.elements);
    clients_.push_back({.gradients = gradients,
                        .push = {program.options_.codec, packed_tensors_of(shard, gradients),
                                 model.arithmetic()}});
  }
}

void ParameterServerSgd::Server::serve() {
  for (int worker = 0; worker < program_.options_.workers; ++worker) {
    open(worker);
    answer(worker);
  }
  std::vector<std::unique_ptr<Transfer>> leaving;
  if (program_.options_.workers > 0) {
    leaving.push_back(transport_.start_receive(*group_, kAnyRank, kLeavePort, {}));
    hold({Kind::leave, kAnyRank}, leaving);
  }
  while (active_ > 0) {
    const Transport::Completed done = transport_.wait_any(transfers_);
    const Slot slot = slots_[done.index];
    if (done.gone && slot.kind == Kind::leave) {  // which stays under way
      if (done.rank < program_.options_.workers) leave(done.rank);
      continue;
    }
    transfers_[done.index].reset();
    free_.push_back(done.index);
    done.gone ? leave(slot.worker) : take(slot, done.rank);
  }
}

void ParameterServerSgd::Server::hold(Slot slot, std::vector<std::unique_ptr<Transfer>>& started) {
  for (std::unique_ptr<Transfer>& one : started) {
    if (free_.empty()) {
      free_.push_back(transfers_.size());
      transfers_.emplace_back();
      slots_.emplace_back();
    }
    const std::size_t place = free_.back();
    free_.pop_back();
    transfers_[place] = std::move(one);
    slots_[place] = slot;
  }
  started.clear();
}

void ParameterServerSgd::Server::open(int worker) {
  std::vector<std::unique_ptr<Transfer>> started;
  transport_.start_receives(*group_, worker, kPushPort, client(worker).push.wire(), started);
  client(worker).under_way = static_cast<int>(started.size());
  hold({Kind::push, worker}, started);
}

void ParameterServerSgd::Server::take(const Slot& slot, int from) {
  if (slot.kind == Kind::answer) return;
  busy_since_ = world_.clock().now();
  if (slot.kind == Kind::leave) {
    std::vector<std::unique_ptr<Transfer>> leaving;
    leaving.push_back(transport_.start_receive(*group_, kAnyRank, kLeavePort, {}));
    hold({Kind::leave, kAnyRank}, leaving);
    leave(from);
    return;
  }
  Client& from_whom = client(slot.worker);
  if (--from_whom.under_way > 0) return;
  if (++from_whom.sent == program_.options_.steps) {
    from_whom.active = false;
    --active_;
  }
  from_whom.push.unpack(world_.device());
  program_.take_gradient(*this, slot.worker);
}

void ParameterServerSgd::Server::leave(int worker) {
  Client& who = client(worker);
  if (!who.active) return;
  who.active = false;
  --active_;
  program_.worker_left(*this);
}

void ParameterServerSgd::Server::apply(int worker, double scale, int updates_per_step) {
  Device& device = world_.device();
  device.begin_step(version_ / updates_per_step);
  ++version_;
  const Tensor& gradients = worker == kSum ? sum_ : client(worker).gradients;
  Event last;
  std::int64_t begin = 0;
  for (const ParameterRange& range : runs_) {
    Task task = update_of(range, scale);
    task.gradients = gradients.part(begin, range.size());
    task.number = version_;
    last = device.launch(task);
    begin += range.size();
  }
  device.wait(last);
}

void ParameterServerSgd::Server::add_to_sum(int worker) {
  if (sum_.elements == 0) sum_ = model_.make_tensor(shard_.elements);
  const Tensor& gradients = client(worker).gradients;
  const bool first = summed.empty();
  const Arithmetic sum{first ? "keep a gradient" : "add a gradient",
                       gradients.bytes() * (first ? 2.0 : 3.0), [&] {
                         const Backend& backend = model_.arithmetic();
                         first ? backend.copy(gradients, sum_) : backend.add(gradients, sum_);
                       }};
  world_.device().wait(world_.device().compute(sum));
  summed.push_back(worker);
}

// A worker that has sent its last gradient wants no more weights.
void ParameterServerSgd::Server::answer(int worker) {
  Client& who = client(worker);
  if (!who.active) return;
  if (who.sent > 0) open(worker);
  std::vector<std::unique_ptr<Transfer>> started;
  transport_.start_sends(*group_, worker, kPullPort, weights_, started);
  hold({Kind::answer, worker}, started);
  who.version = version_;
}

void ParameterServerSgd::Server::report(int worker, std::int64_t staleness, bool applied) {
  const Duration now = world_.clock().now();
  const Duration busy = now - std::exchange(busy_since_, now);
  if (!model_.updated) return;
  model_.updated(
      {.worker = worker, .staleness = staleness, .applied = applied, .at = now, .busy = busy});
}

bool ParameterServerSgd::Server::all_have_sent() const {
  const auto going_on = [&](int worker) {
    return clients_[static_cast<std::size_t>(worker)].active;
  };
  return std::ranges::count_if(summed, going_on) == active_;
}

std::int64_t ParameterServerSgd::Server::staleness(int worker) const {
  return version_ - clients_[static_cast<std::size_t>(worker)].version;
}

}  // namespace rehearse
