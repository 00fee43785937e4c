#include "sim/mailbox_carrier.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace rehearse {

namespace s4u = simgrid::s4u;

Duration MailboxCarrier::exchange(Place here, std::span<const Sending> sends,
                                  std::span<const Place> sources) {
  static int token;  // SimGrid refuses to send a null pointer; nobody looks at it
  std::vector<s4u::CommPtr> pending;
  for (const Sending& sending : sends) {
    s4u::Mailbox* box = channel(here, sending.to).box;
    pending.push_back(
        box->put_init(&token, static_cast<std::uint64_t>(std::llround(sending.bytes.value()))));
    if (sending.most > 0) pending.back()->set_rate(sending.most);
    pending.back()->start();
  }
  Duration latency;
  std::vector<int*> received(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const Channel& from = channel(sources[i], here);
    latency = std::max(latency, from.latency);
    if (sources.size() == 1) {
      from.box->get<int>();  // the same with fewer switches of actors
    } else {
      pending.push_back(from.box->get_async<int>(&received[i]));
    }
  }
  for (const s4u::CommPtr& comm : pending) comm->wait();
  return latency;
}

const MailboxCarrier::Channel& MailboxCarrier::channel(Place from, Place to) {
  const auto key = static_cast<std::uint64_t>(from) << 32 | static_cast<std::uint32_t>(to);
  const auto found = channels_.find(key);
  if (found != channels_.end()) return found->second;
  // Other actors run while SimGrid looks up a mailbox.
  Channel made{s4u::Mailbox::by_name(std::to_string(key)), Duration(0)};
  std::vector<LinkId> path;
  router_.route(places_[static_cast<std::size_t>(from)], places_[static_cast<std::size_t>(to)], 0,
                path);
  for (const LinkId link : path) made.latency += network_.link(link).latency;
  return channels_.try_emplace(key, made).first->second;
}

}  // namespace rehearse
