// Messages from rank to rank in SimTransport. What a message costs is what it would cost as the
// only one of a round of a schedule, but that its sender copies it to the host only, and its
// receiver to the device only, where the profile stages messages between nodes.
#include <algorithm>

#include "base/contract.h"
#include "sim/engine/core.h"
#include "sim/engine/engine_time.h"
#include "sim/worlds/round_ends.h"
#include "sim/worlds/sim_transport.h"

namespace rehearse {
namespace {

class SimTransfer : public Transfer {
 public:
  explicit SimTransfer(std::shared_ptr<MessageEnd> end) : end_(std::move(end)) {}

  [[nodiscard]] MessageEnd& end() const { return *end_; }

 private:
  std::shared_ptr<MessageEnd> end_;
};

MessageEnd& end_of(const std::unique_ptr<Transfer>& transfer) {
  return dynamic_cast<const SimTransfer&>(*transfer).end();
}

// Blocks until one of them is complete, and returns the first that is.
std::size_t first_complete(std::span<const std::unique_ptr<Transfer>> transfers) {
  const auto listen = [&](const simgrid::s4u::SemaphorePtr& semaphore) {
    for (const auto& transfer : transfers) {
      if (transfer) end_of(transfer).waiter = semaphore;
    }
  };
  simgrid::s4u::SemaphorePtr completed;
  for (;;) {
    const auto found = std::find_if(transfers.begin(), transfers.end(), [](const auto& transfer) {
      return transfer && end_of(transfer).complete;
    });
    if (found != transfers.end()) {
      listen(nullptr);
      return static_cast<std::size_t>(found - transfers.begin());
    }
    if (completed) {
      completed->acquire();
    } else {
      completed = simgrid::s4u::Semaphore::create(0);
      listen(completed);
    }
  }
}

}  // namespace

std::unique_ptr<Transfer> SimTransport::start_send(const Group& group, int rank, int port,
                                                   const Tensor& tensor) {
  const int me = rank_in(group);
  EXPECTS(rank >= 0 && rank < group.size() && rank != me && port >= 0 && port < kMostPorts);
  hooks_.synchronise();
  const int to = group.world_rank(rank);
  const Bytes payload = tensor.bytes();
  sent_ += payload;
  const bool stays = fabric_.same_node(rank_, to);
  Duration ready = engine_now();
  if (!stays) ready = engines_.to_host.done_after(fabric_.profile().staging(payload));
  Messages::Outgoing message{.rank = me,
                             .from = rank_,
                             .to_rank = rank,
                             .sending = sending(to, payload, payload, payload),
                             .payload = payload,
                             .ready = ready,
                             .early = false,
                             .latency = fabric_.step_latency(rank_, to, payload),
                             .completes_sender = !fabric_.copying(rank_, to, payload)};
  if (!stays && !fabric_.ends().add_nothing()) add_ends(group, rank, tensor, message);
  const Messages::Address address{group.context(), to, port};
  const auto end = fabric_.messages().send(address, message);
  if (message.early) Messages::complete_at(free_at_, end);
  return std::make_unique<SimTransfer>(end);
}

void SimTransport::add_ends(const Group& group, int rank, const Tensor& tensor,
                            Messages::Outgoing& message) {
  const int to = message.sending.to;
  message.ready = std::max(message.ready, free_at_);
  const RoundEnds ends =
      round_ends(fabric_, group, rank_, {{Action::Kind::send, rank, 0, tensor.elements}},
                 Bytes(tensor.element_bytes()), message.ready, message.ready - free_at_, false);
  message.sending = sending(to, message.payload, message.payload, ends.on_wire[0]);
  free_at_ = message.ready;
  if (fabric_.is_eager(rank_, to, message.payload)) {
    message.early = true;
    message.completes_sender = false;
    free_at_ += ends.on_wire[0] / fabric_.first_link(rank_, to);
  } else if (fabric_.handshakes(rank_, to, message.payload)) {
    message.ready += fabric_.small_message(rank_, to);
    message.latency =
        fabric_.message_latency(rank_, to, message.payload) + fabric_.small_message(to, rank_);
  }
}

std::unique_ptr<Transfer> SimTransport::start_receive(const Group& group, int rank, int port,
                                                      const Tensor& tensor) {
  EXPECTS(rank >= kAnyRank && rank < group.size() && rank != rank_in(group));
  EXPECTS(port >= 0 && port < kMostPorts);
  hooks_.synchronise();
  return std::make_unique<SimTransfer>(fabric_.messages().receive(
      {group.context(), rank_, port},
      {rank, tensor.bytes(), fabric_.noise().step_latency(hooks_.step())}));
}

Transport::Completed SimTransport::wait_any(std::span<const std::unique_ptr<Transfer>> transfers) {
  EXPECTS(std::any_of(transfers.begin(), transfers.end(),
                      [](const auto& transfer) { return transfer != nullptr; }));
  hooks_.synchronise();
  const Duration begin = engine_now();
  const std::size_t index = first_complete(transfers);
  hooks_.waited(engine_now() - begin);
  const MessageEnd& end = end_of(transfers[index]);
  if (end.taken) {
    take_over(*end.taken);
  } else {
    free_at_ = std::max(free_at_, end.completed);
  }
  return {index, end.peer};
}

void SimTransport::take_over(const TakenMessage& message) {
  const Place from = message.from;
  if (!fabric_.same_node(from, rank_)) {
    engines_.to_device.copy(fabric_.profile().staging(message.payload));
  }
  if (const auto work = fabric_.copying(from, rank_, message.payload)) {
    run_on_core(*work);
    message.sender->complete_now();
  }
  add(fabric_.gather_copy(from, rank_, message.payload));
}

}  // namespace rehearse
