// Messages from rank to rank in SimTransport. What a message costs is what it would cost as the
// only one of a round of a schedule, but that its sender copies it to the host only, and its
// receiver to the device only, where the profile stages messages between nodes.
#include <algorithm>
#include <optional>

#include "base/contract.h"
#include "sim/engine/core.h"
#include "sim/engine/engine_time.h"
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
  Duration ready = engine_now();
  if (!costs_.same_node(rank_, to)) {
    ready = engines_.to_host.done_after(costs_.profile().staging(payload));
  }
  Messages::Outgoing message{.rank = me,
                             .from = rank_,
                             .to_rank = rank,
                             .sending = sending(to, payload, payload, payload),
                             .payload = payload,
                             .ready = ready,
                             .early = false,
                             .latency = costs_.latency(rank_, to, payload),
                             .completes_sender = !costs_.copying(rank_, to, payload)};
  std::optional<Duration> free_at;
  if (shared_.ends) free_at = shared_.ends->apply(hooks_.step(), message);
  if (free_at) message.completes_sender = false;
  const Messages::Address address{group.context(), to, port};
  const auto end = shared_.messages.send(address, message);
  if (free_at) Messages::complete_at(*free_at, end);
  return std::make_unique<SimTransfer>(end);
}

std::unique_ptr<Transfer> SimTransport::start_receive(const Group& group, int rank, int port,
                                                      const Tensor& tensor) {
  EXPECTS(rank >= kAnyRank && rank < group.size() && rank != rank_in(group));
  EXPECTS(port >= 0 && port < kMostPorts);
  hooks_.synchronise();
  return std::make_unique<SimTransfer>(
      shared_.messages.receive({group.context(), rank_, port},
                               {rank, tensor.bytes(), costs_.noise().step_latency(hooks_.step())}));
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
    EXPECTS(end.taken->fits);
  } else if (shared_.ends) {
    shared_.ends->has_left(rank_, end.completed);
  }
  return {index, end.peer};
}

void SimTransport::take_over(const TakenMessage& message) {
  const Place from = message.from;
  if (!costs_.same_node(from, rank_)) {
    engines_.to_device.copy(costs_.profile().staging(message.payload));
  }
  if (const auto work = costs_.copying(from, rank_, message.payload)) {
    run_on_core(*work);
    message.sender->complete_now();
  }
  add(costs_.gather_copy(from, rank_, message.payload));
}

}  // namespace rehearse
