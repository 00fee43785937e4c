#include "sim/network/mailbox_carrier.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace rehearse {
namespace {

namespace s4u = simgrid::s4u;

s4u::Host* host_of(Place place) { return s4u::Host::by_name(std::to_string(place)); }

// One of the equal parts of a message, not yet under way.
s4u::CommPtr part_of(const Sending& sending, s4u::Mailbox* box, int parts) {
  static int token;  // SimGrid refuses to send a null pointer; nobody looks at it
  const double bytes = sending.bytes.value() / parts;
  s4u::CommPtr part = box->put_init(&token, static_cast<std::uint64_t>(std::llround(bytes)));
  if (sending.most > 0) part->set_rate(sending.most / parts);
  return part;
}

// Messages under way. SimGrid prints a backtrace of each one that is destroyed before its end, as
// happens to those of an actor that is ended in the middle, which background traffic is when the
// run is over: they are kept until the process ends.
struct UnderWay {
  UnderWay() = default;
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  ~UnderWay() {
    if (std::uncaught_exceptions() > 0) {
      static_cast<void>(new (std::nothrow) std::vector<s4u::CommPtr>(std::move(all)));
    }
  }

  std::vector<s4u::CommPtr> all;
};

// The oldest message of which the other end is known already, or a new one that waits for it.
template <class Message>
std::shared_ptr<Message> next_message(std::deque<std::shared_ptr<Message>>& known,
                                      std::deque<std::shared_ptr<Message>>& unknown) {
  if (known.empty()) return unknown.emplace_back(std::make_shared<Message>());
  std::shared_ptr<Message> message = std::move(known.front());
  known.pop_front();
  return message;
}

}  // namespace

class MailboxCarrier::Pending : public PendingMessage {
 public:
  Pending(const Channel& to, const Sending& sending) {
    for (int part = 0; part < to.parts; ++part) {
      parts_.push_back(part_of(sending, to.box, to.parts));
      parts_.back()->start();
    }
  }
  explicit Pending(const Channel& from) : latency_(from.latency) {
    for (int part = 0; part < from.parts; ++part) {
      parts_.push_back(from.box->get_async<int>(&received_.emplace_back()));
    }
  }

  Duration wait() override {
    Duration end;
    for (const s4u::CommPtr& part : parts_) {
      part->wait();
      end = std::max(end, Duration(part->get_finish_time()));
    }
    return end + latency_;
  }

 private:
  std::vector<s4u::CommPtr> parts_;
  std::deque<int*> received_;
  Duration latency_;
};

struct MailboxCarrier::EarlyMessage {
  std::vector<s4u::CommPtr> parts;
  std::deque<int*> received;
  s4u::SemaphorePtr under_way = s4u::Semaphore::create(0);  // the parts are known
};

class MailboxCarrier::EarlyPending : public PendingMessage {
 public:
  EarlyPending(std::shared_ptr<EarlyMessage> message, Duration latency)
      : message_(std::move(message)), latency_(latency) {}

  Duration wait() override {
    message_->under_way->acquire();
    Duration end;
    for (const s4u::CommPtr& part : message_->parts) {
      part->wait();
      end = std::max(end, Duration(part->get_finish_time()));
    }
    return end + latency_;
  }

 private:
  std::shared_ptr<EarlyMessage> message_;
  Duration latency_;
};

class MailboxCarrier::Porter {
 public:
  struct Expected {
    std::shared_ptr<EarlyMessage> message;
    const Channel* from;
  };

  void start(Place place) {
    s4u::Actor::create("porter", host_of(place), [this] {
      for (;;) {
        sent_->acquire();
        const Expected next = std::move(expected_.front());
        expected_.pop_front();
        for (int part = 0; part < next.from->parts; ++part) {
          int*& there = next.message->received.emplace_back();
          next.message->parts.push_back(next.from->box->get_async<int>(&there));
        }
        next.message->under_way->release();
      }
    })->daemonize();
  }

  // Called by the sender, whose parts are in the mailbox.
  void expect(Expected message) {
    expected_.push_back(std::move(message));
    sent_->release();
  }

 private:
  s4u::SemaphorePtr sent_ = s4u::Semaphore::create(0);
  std::deque<Expected> expected_;
};

MailboxCarrier::MailboxCarrier(const Network& network, const Router& router,
                               const std::vector<EndpointId>& places)
    : routes_(network, router, places) {}

MailboxCarrier::~MailboxCarrier() = default;

Duration MailboxCarrier::exchange(int group, Place here, std::span<const Sending> sends,
                                  std::span<const Place> sources) {
  UnderWay messages;
  std::vector<s4u::CommPtr>& pending = messages.all;
  for (const Sending& sending : sends) {
    const Channel& to = channel(group, here, sending.to);
    for (int part = 0; part < to.parts; ++part) {
      pending.push_back(part_of(sending, to.box, to.parts));
      pending.back()->start();
    }
  }
  Duration latency;
  std::deque<int*> received;
  for (const Place source : sources) {
    const Channel& from = channel(group, source, here);
    latency = std::max(latency, from.latency);
    if (sources.size() == 1 && from.parts == 1) {
      from.box->get<int>();  // the same with fewer switches of actors
      continue;
    }
    for (int part = 0; part < from.parts; ++part) {
      pending.push_back(from.box->get_async<int>(&received.emplace_back()));
    }
  }
  for (const s4u::CommPtr& comm : pending) comm->wait();
  return latency;
}

std::unique_ptr<PendingMessage> MailboxCarrier::send(int group, Place here,
                                                     const Sending& sending) {
  return std::make_unique<Pending>(channel(group, here, sending.to), sending);
}

std::unique_ptr<PendingMessage> MailboxCarrier::receive(int group, Place here, Place source) {
  return std::make_unique<Pending>(channel(group, source, here));
}

void MailboxCarrier::send_early(int group, Place here, const Sending& sending) {
  EarlyChannel& to = early_channel(group, here, sending.to);
  depart(next_message(to.unsent, to.unasked), sending, to.channel);
}

void MailboxCarrier::depart(const std::shared_ptr<EarlyMessage>& message, const Sending& sending,
                            const Channel& to) {
  Porter& porter = this->porter(sending.to);
  for (int part = 0; part < to.parts; ++part) part_of(sending, to.box, to.parts)->detach();
  porter.expect({message, &to});
}

std::unique_ptr<PendingMessage> MailboxCarrier::receive_early(int group, Place here, Place source) {
  EarlyChannel& from = early_channel(group, source, here);
  return std::make_unique<EarlyPending>(next_message(from.unasked, from.unsent),
                                        from.channel.latency);
}

// An actor at its sender's place sends it to a mailbox that no other message uses meanwhile.
void MailboxCarrier::carry(Place from, const Sending& sending, Passed passed) {
  s4u::Actor::create("message", host_of(from), [this, from, sending, passed = std::move(passed)] {
    const Channel to{idle_box(), routes_.latency(from, sending.to),
                     routes_.parts(from, sending.to)};
    const auto message = std::make_shared<EarlyMessage>();
    depart(message, sending, to);
    EarlyPending(message, to.latency).wait();
    idle_boxes_.push_back(to.box);
    passed(to.latency);
  });
}

s4u::Mailbox* MailboxCarrier::idle_box() {
  if (idle_boxes_.empty()) return s4u::Mailbox::by_name("message " + std::to_string(boxes_++));
  s4u::Mailbox* const box = idle_boxes_.back();
  idle_boxes_.pop_back();
  return box;
}

// Other actors run while SimGrid looks up a mailbox or sets its receiver, so that a channel is
// known only when it is made.
const MailboxCarrier::Channel& MailboxCarrier::channel(int group, Place from, Place to) {
  const std::uint64_t key = channel_number(group, from, to);
  const auto found = channels_.find(key);
  if (found != channels_.end()) return found->second;
  return channels_.try_emplace(key, made(std::to_string(key), from, to)).first->second;
}

MailboxCarrier::EarlyChannel& MailboxCarrier::early_channel(int group, Place from, Place to) {
  const std::uint64_t key = channel_number(group, from, to);
  const auto found = early_channels_.find(key);
  if (found != early_channels_.end()) return found->second;
  EarlyChannel early{made("early " + std::to_string(key), from, to)};
  return early_channels_.try_emplace(key, std::move(early)).first->second;
}

MailboxCarrier::Porter& MailboxCarrier::porter(Place place) {
  const auto found = porters_.find(place);
  if (found != porters_.end()) return *found->second;
  Porter& made = *porters_.emplace(place, std::make_unique<Porter>()).first->second;
  made.start(place);
  return made;
}

MailboxCarrier::Channel MailboxCarrier::made(const std::string& name, Place from, Place to) const {
  return {s4u::Mailbox::by_name(name), routes_.latency(from, to), routes_.parts(from, to)};
}

}  // namespace rehearse
