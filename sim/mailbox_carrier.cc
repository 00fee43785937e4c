#include "sim/mailbox_carrier.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <string>

namespace rehearse {

namespace s4u = simgrid::s4u;

Duration MailboxCarrier::exchange(int group, Place here, std::span<const Sending> sends,
                                  std::span<const Place> sources) {
  static int token;  // SimGrid refuses to send a null pointer; nobody looks at it
  std::vector<s4u::CommPtr> pending;
  for (const Sending& sending : sends) {
    const Channel& to = channel(group, here, sending.to);
    const auto bytes = static_cast<std::uint64_t>(std::llround(sending.bytes.value() / to.parts));
    for (int part = 0; part < to.parts; ++part) {
      pending.push_back(to.box->put_init(&token, bytes));
      if (sending.most > 0) pending.back()->set_rate(sending.most / to.parts);
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

const MailboxCarrier::Channel& MailboxCarrier::channel(int group, Place from, Place to) {
  const std::uint64_t key = channel_number(group, from, to);
  const auto found = channels_.find(key);
  if (found != channels_.end()) return found->second;
  // Other actors run while SimGrid looks up a mailbox.
  const Channel made{s4u::Mailbox::by_name(std::to_string(key)), routes_.latency(from, to),
                     routes_.parts(from, to)};
  return channels_.try_emplace(key, made).first->second;
}

}  // namespace rehearse
