#include "sim/mailbox_carrier.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <string>

namespace rehearse {
namespace {

namespace s4u = simgrid::s4u;

// One of the equal parts of a message, not yet under way.
s4u::CommPtr part_of(const Sending& sending, s4u::Mailbox* box, int parts) {
  static int token;  // SimGrid refuses to send a null pointer; nobody looks at it
  const double bytes = sending.bytes.value() / parts;
  s4u::CommPtr part = box->put_init(&token, static_cast<std::uint64_t>(std::llround(bytes)));
  if (sending.most > 0) part->set_rate(sending.most / parts);
  return part;
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

Duration MailboxCarrier::exchange(int group, Place here, std::span<const Sending> sends,
                                  std::span<const Place> sources) {
  std::vector<s4u::CommPtr> pending;
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
  const Channel& to = early_channel(group, here, sending.to);
  for (int part = 0; part < to.parts; ++part) part_of(sending, to.box, to.parts)->detach();
}

std::unique_ptr<PendingMessage> MailboxCarrier::receive_early(int group, Place here, Place source) {
  return std::make_unique<Pending>(early_channel(group, source, here));
}

// Other actors run while SimGrid looks up a mailbox or sets its receiver, so that a channel is
// known only when it is made.
const MailboxCarrier::Channel& MailboxCarrier::channel(int group, Place from, Place to) {
  const std::uint64_t key = channel_number(group, from, to);
  const auto found = channels_.find(key);
  if (found != channels_.end()) return found->second;
  return channels_.try_emplace(key, made(std::to_string(key), from, to)).first->second;
}

const MailboxCarrier::Channel& MailboxCarrier::early_channel(int group, Place from, Place to) {
  const std::uint64_t key = channel_number(group, from, to);
  const auto found = early_channels_.find(key);
  if (found != early_channels_.end()) return found->second;
  const Channel early = made("early " + std::to_string(key), from, to);
  // SimGrid starts a message without its receiver only if it knows where that will be.
  early.box->set_receiver(s4u::Host::by_name(std::to_string(to))->get_all_actors().front());
  return early_channels_.try_emplace(key, early).first->second;
}

MailboxCarrier::Channel MailboxCarrier::made(const std::string& name, Place from, Place to) const {
  return {s4u::Mailbox::by_name(name), routes_.latency(from, to), routes_.parts(from, to)};
}

}  // namespace rehearse
