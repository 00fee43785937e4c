#include "sim/worlds/messages.h"

#include <algorithm>
#include <simgrid/kernel/Timer.hpp>
#include <utility>

#include "base/contract.h"
#include "sim/engine/engine_time.h"
#include "sim/worlds/completions.h"

namespace rehearse {
namespace {

using simgrid::kernel::timer::Timer;

// Calls `action` at `time`, or now if that is over.
template <class F>
void at(Duration time, F action) {
  if (time > engine_now()) {
    Timer::set(time.value(), std::move(action));
  } else {
    action();
  }
}

}  // namespace

struct Messages::Message {
  Outgoing what;
  std::shared_ptr<MessageEnd> sender;
  Duration begun{};
  std::optional<Duration> passed{};        // when its last byte was at the receiver's
  std::shared_ptr<MessageEnd> receiver{};  // from when it is taken until it is there
  double latency_noise = 1;
};

void MessageEnd::complete_now() {
  complete = true;
  completed = engine_now();
  if (completions != nullptr) completions->add(*transfer);
}

void Messages::complete_at(Duration time, std::shared_ptr<MessageEnd> end) {
  at(time, [end = std::move(end)] { end->complete_now(); });
}

std::shared_ptr<MessageEnd> Messages::send(const Address& address, const Outgoing& what) {
  auto sender = std::make_shared<MessageEnd>(MessageEnd{.peer = what.to_rank});
  const auto message = std::make_shared<Message>(Message{what, std::move(sender)});
  ports_[address].messages.emplace(Order{engine_now(), what.rank, sent_++}, message);
  match_after_this_moment(address);
  if (what.early) at(what.ready, [this, message] { start(message); });
  return message->sender;
}

std::shared_ptr<MessageEnd> Messages::receive(const Address& address, const Incoming& what) {
  auto end = std::make_shared<MessageEnd>(MessageEnd{.peer = what.rank});
  ports_[address].receives.push_back({what, end});
  match_after_this_moment(address);
  return end;
}

// Timers of the present moment run when no actor can run any more.
void Messages::match_after_this_moment(const Address& address) {
  if (changed_.empty()) {
    Timer::set(engine_now().value(), [this] {
      for (const Address& changed : std::exchange(changed_, {})) match(changed);
    });
  }
  changed_.push_back(address);
}

void Messages::match(const Address& address) {
  const auto found = ports_.find(address);
  if (found == ports_.end()) return;
  Port& port = found->second;
  for (auto receive = port.receives.begin();
       !port.messages.empty() && receive != port.receives.end();) {
    const int from = receive->what.rank;
    const auto message = std::find_if(
        port.messages.begin(), port.messages.end(),
        [from](const auto& one) { return from == kAnyRank || one.second->what.rank == from; });
    if (message == port.messages.end()) {
      ++receive;
      continue;
    }
    take(message->second, *receive);
    port.messages.erase(message);
    receive = port.receives.erase(receive);
  }
  if (port.messages.empty() && port.receives.empty()) ports_.erase(found);
}

void Messages::take(const std::shared_ptr<Message>& message, const Receive& receive) {
  receive.end->peer = message->what.rank;
  receive.end->taken = std::make_shared<const TakenMessage>(
      TakenMessage{message->what.from, message->what.payload, message->sender,
                   message->what.payload == receive.what.payload, message->what.content});
  message->receiver = receive.end;
  message->latency_noise = receive.what.latency_noise;
  if (message->passed) {
    arrive(*message);
  } else if (!message->what.early) {
    at(message->what.ready, [this, message] { start(message); });
  }
}

void Messages::give_up(const Address& address, const MessageEnd& receive) {
  const auto found = ports_.find(address);
  if (found == ports_.end()) return;
  Port& port = found->second;
  std::erase_if(port.receives, [&](const Receive& one) { return one.end.get() == &receive; });
  if (port.messages.empty() && port.receives.empty()) ports_.erase(found);
}

void Messages::start(const std::shared_ptr<Message>& message) {
  message->begun = engine_now();
  carrier_.carry(message->what.from, message->what.sending, [message](Duration route) {
    message->passed = engine_now() + route;
    if (message->what.completes_sender) message->sender->complete_now();
    if (message->receiver) arrive(*message);
  });
}

void Messages::arrive(Message& message) {
  message.receiver->begun = message.begun;
  complete_at(*message.passed + message.what.latency * message.latency_noise,
              std::exchange(message.receiver, nullptr));
}

}  // namespace rehearse
