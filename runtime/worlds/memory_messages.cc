#include "runtime/worlds/memory_messages.h"

#include <algorithm>
#include <cstring>

#include "base/contract.h"
#include "runtime/worlds/message_ends.h"

namespace rehearse {

// What all transfers of this world are.
class MemoryMessages::Started : public Transfer {
 public:
  // REQUIRES: the monitor's mutex is locked.
  [[nodiscard]] virtual bool complete() const = 0;
  // Brings the message to its place and returns the other end. Called once, when complete.
  virtual int finish() = 0;
};

class MemoryMessages::Sent : public Started {
 public:
  explicit Sent(int to) : to_(to) {}
  [[nodiscard]] bool complete() const override { return true; }
  int finish() override { return to_; }

 private:
  int to_;
};

class MemoryMessages::Received : public Started {
 public:
  // The mailbox is the one where it waits.
  Received(RunMonitor& monitor, Mailbox& box, std::shared_ptr<Request> request,
           const Tensor& tensor)
      : monitor_(monitor), box_(box), request_(std::move(request)), tensor_(tensor) {}
  ~Received() override {
    const RunMonitor::Lock lock(monitor_.mutex());
    if (!request_->served) std::erase(box_.requests, request_);
  }

  [[nodiscard]] bool complete() const override { return request_->served; }
  int finish() override {
    const std::vector<std::byte>& bytes = request_->message.bytes;
    EXPECTS(static_cast<std::int64_t>(bytes.size()) == message_bytes(tensor_));
    if (!bytes.empty()) std::memcpy(tensor_.data, bytes.data(), bytes.size());
    return request_->message.from;
  }

 private:
  RunMonitor& monitor_;
  Mailbox& box_;
  std::shared_ptr<Request> request_;
  Tensor tensor_;
};

std::unique_ptr<Transfer> MemoryMessages::start_send(const Group& group, int me, int to, int port,
                                                     const Tensor& tensor) {
  expect_message_ends(group, me, to, port, tensor);
  const auto* const begin = static_cast<const std::byte*>(tensor.data);
  Message message{me, {begin, begin + message_bytes(tensor)}};
  const RunMonitor::Lock lock(monitor_.mutex());
  Mailbox& box = mailbox(group, to, port);
  const auto request = std::ranges::find_if(box.requests, [&](const auto& waiting) {
    return waiting->from == kAnyRank || waiting->from == me;
  });
  if (request == box.requests.end()) {
    box.messages.push_back(std::move(message));
  } else {
    (*request)->message = std::move(message);
    (*request)->served = true;
    box.requests.erase(request);
    monitor_.notify();
  }
  return std::make_unique<Sent>(to);
}

std::unique_ptr<Transfer> MemoryMessages::start_receive(const Group& group, int me, int from,
                                                        int port, const Tensor& tensor) {
  expect_receiving_end(group, me, from, port, tensor);
  const auto request = std::make_shared<Request>(Request{.from = from});
  const RunMonitor::Lock lock(monitor_.mutex());
  Mailbox& box = mailbox(group, me, port);
  const auto message = std::ranges::find_if(
      box.messages, [&](const Message& put) { return from == kAnyRank || put.from == from; });
  if (message == box.messages.end()) {
    box.requests.push_back(request);
  } else {
    request->message = std::move(*message);
    request->served = true;
    box.messages.erase(message);
  }
  return std::make_unique<Received>(monitor_, box, request, tensor);
}

Transport::Completed MemoryMessages::wait_any(
    std::span<const std::unique_ptr<Transfer>> transfers) {
  EXPECTS(std::ranges::any_of(transfers, [](const auto& one) { return one != nullptr; }));
  std::size_t first = 0;
  {
    RunMonitor::Lock lock(monitor_.mutex());
    monitor_.wait(lock, [&] {
      const auto place = std::ranges::find_if(transfers, [](const auto& one) {
        return one != nullptr && static_cast<const Started&>(*one).complete();
      });
      first = static_cast<std::size_t>(place - transfers.begin());
      return first < transfers.size();
    });
  }
  return {first, static_cast<Started&>(*transfers[first]).finish()};
}

}  // namespace rehearse
