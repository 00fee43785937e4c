#include "studies/ends_fit.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/quantity_text.h"
#include "base/stats.h"

namespace rehearse {
namespace {

using Operation = NetworkRecord::Operation;
using List = std::vector<const NetworkRecord*>;

// A smaller part of a time is not told apart from none.
constexpr double kToldApart = 0.005;

List of(const NetworkRecords& records, Operation operation, const std::string& clock) {
  List found;
  for (const NetworkRecord& record : records.records) {
    if (record.operation == operation && record.clock == clock) found.push_back(&record);
  }
  return found;
}

bool shortest_delay(const NetworkRecord* one, const List& among) {
  return std::all_of(among.begin(), among.end(), [&](const NetworkRecord* other) {
    return one->link_delay <= other->link_delay;
  });
}

// The mean over some records, weighted by 1 / time^2; 0 if there are none.
template <class Value>
double weighted(const List& records, Value value) {
  double sum = 0;
  double weights = 0;
  for (const NetworkRecord* one : records) {
    const double weight = 1 / (one->median.value() * one->median.value());
    sum += weight * value(*one);
    weights += weight;
  }
  return weights > 0 ? sum / weights : 0;
}

void fit_small_messages(const List& ping_pongs, Bytes smallest, StackProfile& profile) {
  List near;
  List far;
  for (const NetworkRecord* one : ping_pongs) {
    if (one->size == smallest) (shortest_delay(one, ping_pongs) ? near : far).push_back(one);
  }
  const auto beyond_links = [](const NetworkRecord& one) {
    return (one.median - delay_between(one)).value();
  };
  profile.step_latency = Duration(std::max(0.0, weighted(near, beyond_links)));
  profile.message_latency = profile.step_latency;
  const Duration more = Duration(weighted(far, beyond_links)) - profile.step_latency;
  const bool told_apart = std::all_of(far.begin(), far.end(), [&](const NetworkRecord* one) {
    return more > kToldApart * one->median && more < delay_between(*one);
  });
  if (told_apart) profile.ends.wake_up = std::max(Duration(0), more);
}

std::optional<Bytes> fit_rendezvous(const List& ping_pongs) {
  std::optional<Bytes> from;
  for (const NetworkRecord* a : ping_pongs) {
    for (const NetworkRecord* b : ping_pongs) {
      if (a->size != b->size || delay_between(*a) >= delay_between(*b)) continue;
      const double paid = (b->median - a->median) / (delay_between(*b) - delay_between(*a));
      if (paid >= 2 && (!from || a->size < *from)) from = a->size;
    }
  }
  return from;
}

Bytes fit_burst(List ping_pongs, Bytes smallest, const StackProfile& profile) {
  const MessageEnds& ends = profile.ends;
  std::erase_if(ping_pongs, [&](const NetworkRecord* one) { return one->size == smallest; });
  return Bytes(std::max(0.0, weighted(ping_pongs, [&](const NetworkRecord& one) {
                          const Duration way = delay_between(one);
                          const Duration small = way + profile.step_latency + ends.waking(way);
                          const Duration serial =
                              one.median - small * (ends.handshakes(one.size) ? 3 : 1);
                          return (ends.on_wire(one.size, Bytes(0)) - one.rate * serial).value();
                        })));
}

void fit_departures(const List& exchanges, MessageEnds& ends) {
  std::vector<double> apart;
  List groups;
  for (const NetworkRecord* one : exchanges) {
    if (one->leave_apart == Duration(0) || !shortest_delay(one, exchanges)) continue;
    if (one->ranks > 2) groups.push_back(one);
    if (one->ranks == 2) apart.push_back(one->leave_apart.value());
  }
  if (!apart.empty()) ends.departure_skew = Duration(quantile(apart, 0.5));
  const auto serial = [&](const NetworkRecord* one) {
    return (ends.on_wire(one->size, Bytes(0)) / one->rate).value();
  };
  std::vector<double> slopes;
  for (const NetworkRecord* a : groups) {
    for (const NetworkRecord* b : groups) {
      if (serial(a) >= serial(b)) continue;
      slopes.push_back((b->leave_apart - a->leave_apart).value() / (serial(b) - serial(a)));
    }
  }
  if (!slopes.empty()) ends.departure_spread = std::max(0.0, quantile(slopes, 0.5));
}

}  // namespace

StackProfile fit_ends(const NetworkRecords& records, const std::string& clock,
                      const std::string& name) {
  const List ping_pongs = of(records, Operation::ping_pong, clock);
  std::map<double, int> sizes;
  for (const NetworkRecord* one : ping_pongs) ++sizes[one->size.value()];
  if (sizes.size() < 2) {
    throw Error::input("clock '" + clock + "' has no ping-pongs of two sizes",
                       "the ends of messages are fitted to these", "measure some, or name another");
  }
  const Bytes smallest(sizes.begin()->first);
  StackProfile profile;
  profile.name = name;
  profile.ends.wire_efficiency = kTcpWireEfficiency;
  profile.ends.acknowledgement_share = kTcpAcknowledgementShare;
  fit_small_messages(ping_pongs, smallest, profile);
  profile.ends.rendezvous_from = fit_rendezvous(ping_pongs);
  profile.ends.idle_burst = fit_burst(ping_pongs, smallest, profile);
  if (profile.ends.rendezvous_from) {
    profile.ends.announcement = Bytes(kOpenMpiAnnouncement);
    fit_departures(of(records, Operation::exchange, clock), profile.ends);
  }
  profile.provenance = {
      {"wire_efficiency, acknowledgement_share",
       "headers of TCP with timestamps (RFC 7323) over IPv4 over Ethernet in frames of 1514 B; an "
       "acknowledgement of 66 B for every second one (RFC 1122)",
       Provenance::Kind::published},
      {"announcement", "the same headers and 40 B of Open MPI 4.1 (ob1, btl tcp)",
       Provenance::Kind::published},
      {"step_latency, message_latency, wake_up, rendezvous_from, idle_burst",
       "ping-pongs of the clock '" + clock +
           "': " + records.source.substr(0, records.source.find(". ")),
       Provenance::Kind::measured},
      {"departure_skew, departure_spread",
       "times between the returns from exchanges of the shortest delay",
       Provenance::Kind::measured}};
  return profile;
}

}  // namespace rehearse
