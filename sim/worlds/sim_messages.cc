// Messages from rank to rank in SimTransport. What a message costs is what it would cost as the
// only one of a round of a schedule, but that its sender copies it to the host only, and its
// receiver to the device only, where the profile stages messages between nodes.
#include <algorithm>
#include <cstring>
#include <optional>

#include "base/contract.h"
#include "sim/engine/core.h"
#include "sim/engine/engine_time.h"
#include "sim/worlds/sim_transport.h"

namespace rehearse {
namespace {

class SimTransfer : public Transfer {
 public:
  SimTransfer(Completions& completions, std::shared_ptr<MessageEnd> end) : end_(std::move(end)) {
    end_->completions = &completions;
    end_->transfer = this;
    if (end_->complete) completions.add(*this);
  }
  ~SimTransfer() override {
    if (end_->complete) end_->completions->remove(*this);
    end_->completions = nullptr;
  }

  [[nodiscard]] MessageEnd& end() const { return *end_; }
  // Where the numbers go, of a receive.
  [[nodiscard]] virtual std::span<const Tensor> tensors() const { return {}; }

 private:
  std::shared_ptr<MessageEnd> end_;
};

class SimReceive : public SimTransfer {
 public:
  SimReceive(Messages& messages, const Messages::Address& address, Completions& completions,
             std::shared_ptr<MessageEnd> end, std::span<const Tensor> tensors)
      : SimTransfer(completions, std::move(end)),
        messages_(messages),
        address_(address),
        tensors_(tensors.begin(), tensors.end()) {}
  ~SimReceive() override {
    if (!end().complete) messages_.give_up(address_, end());
  }

  [[nodiscard]] std::span<const Tensor> tensors() const override { return tensors_; }

 private:
  Messages& messages_;
  Messages::Address address_;
  std::vector<Tensor> tensors_;
};

Bytes total_of(std::span<const Tensor> tensors) {
  Bytes sum;
  for (const Tensor& tensor : tensors) sum += tensor.bytes();
  return sum;
}

// One behind the other.
MessageContent content_of(std::span<const Tensor> tensors) {
  const bool any = std::ranges::any_of(
      tensors, [](const Tensor& one) { return one.data != nullptr && one.elements > 0; });
  if (!any) return nullptr;
  auto content = std::make_shared<std::vector<std::byte>>();
  content->reserve(static_cast<std::size_t>(total_of(tensors).value()));
  for (const Tensor& tensor : tensors) {
    const auto* const begin = static_cast<const std::byte*>(tensor.data);
    content->insert(content->end(), begin, begin + tensor.elements * tensor.element_bytes());
  }
  return content;
}

void fill(std::span<const Tensor> tensors, const std::vector<std::byte>& content) {
  std::size_t at = 0;
  for (const Tensor& tensor : tensors) {
    const auto size = static_cast<std::size_t>(tensor.elements * tensor.element_bytes());
    EXPECTS(at + size <= content.size());
    if (size > 0) std::memcpy(tensor.data, content.data() + at, size);
    at += size;
  }
}

const SimTransfer& sim(const Transfer& transfer) {
  return static_cast<const SimTransfer&>(transfer);  // a rank waits for what it has started
}

}  // namespace

std::unique_ptr<Transfer> SimTransport::start_send(const Group& group, int rank, int port,
                                                   const Tensor& tensor) {
  return start_send_together(group, rank, port, {&tensor, 1});
}

void SimTransport::start_sends(const Group& group, int rank, int port,
                               std::span<const Tensor> tensors,
                               std::vector<std::unique_ptr<Transfer>>& transfers) {
  transfers.push_back(start_send_together(group, rank, port, tensors));
}

std::unique_ptr<Transfer> SimTransport::start_send_together(const Group& group, int rank, int port,
                                                            std::span<const Tensor> tensors) {
  const int me = rank_in(group);
  EXPECTS(rank >= 0 && rank < group.size() && rank != me && port >= 0 && port < kMostPorts);
  hooks_.synchronise();
  const int to = group.world_rank(rank);
  const Bytes payload = total_of(tensors) * shared_.wire_scale;
  sent_ += payload;
  messages_sent_ += static_cast<std::int64_t>(tensors.size());
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
                             .latency = Duration(0),
                             .completes_sender = !costs_.copying(rank_, to, payload),
                             .content = content_of(tensors)};
  for (const Tensor& tensor : tensors) {
    message.latency += costs_.latency(rank_, to, tensor.bytes() * shared_.wire_scale);
  }
  std::optional<Duration> free_at;
  if (shared_.ends) free_at = shared_.ends->apply(hooks_.step(), message);
  if (free_at) message.completes_sender = false;
  const Messages::Address address{group.context(), to, port};
  const auto end = shared_.messages.send(address, message);
  if (free_at) Messages::complete_at(*free_at, end);
  return std::make_unique<SimTransfer>(completions_, end);
}

std::unique_ptr<Transfer> SimTransport::start_receive(const Group& group, int rank, int port,
                                                      const Tensor& tensor) {
  return start_receive_together(group, rank, port, {&tensor, 1});
}

void SimTransport::start_receives(const Group& group, int rank, int port,
                                  std::span<const Tensor> tensors,
                                  std::vector<std::unique_ptr<Transfer>>& transfers) {
  EXPECTS(rank != kAnyRank);
  transfers.push_back(start_receive_together(group, rank, port, tensors));
}

std::unique_ptr<Transfer> SimTransport::start_receive_together(const Group& group, int rank,
                                                               int port,
                                                               std::span<const Tensor> tensors) {
  EXPECTS(rank >= kAnyRank && rank < group.size() && rank != rank_in(group));
  EXPECTS(port >= 0 && port < kMostPorts);
  hooks_.synchronise();
  const Messages::Address address{group.context(), rank_, port};
  auto end = shared_.messages.receive(address, {rank, total_of(tensors) * shared_.wire_scale,
                                                costs_.noise().step_latency(hooks_.step())});
  return std::make_unique<SimReceive>(shared_.messages, address, completions_, std::move(end),
                                      tensors);
}

Transport::Completed SimTransport::wait_any(std::span<const std::unique_ptr<Transfer>> transfers) {
  EXPECTS(std::any_of(transfers.begin(), transfers.end(),
                      [](const auto& transfer) { return transfer != nullptr; }));
  hooks_.synchronise();
  const Duration begin = engine_now();
  const std::size_t index = completions_.first_of(transfers);
  hooks_.waited(engine_now() - begin);
  const SimTransfer& transfer = sim(*transfers[index]);
  const MessageEnd& end = transfer.end();
  if (end.taken) {
    take_over(*end.taken);
    EXPECTS(end.taken->fits);
    if (end.taken->content != nullptr) {
      fill(transfer.tensors(), *end.taken->content);
    }
    return {index, end.peer, end.begun};
  }
  if (shared_.ends) {
    shared_.ends->has_left(rank_, end.completed);
  }
  return {index, end.peer, std::nullopt};
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
