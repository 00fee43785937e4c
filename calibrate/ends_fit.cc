#include "calibrate/ends_fit.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/quantity_text.h"
#include "base/stats.h"

namespace rehearse {
namespace {

using Operation = NetworkRecord::Operation;
using List = std::vector<const NetworkRecord*>;

List of(const NetworkRecords& records, Operation operation, const std::string& clock) {
  List found;
  for (const NetworkRecord& record : records.records) {
    if (record.operation == operation && (clock.empty() || record.clock == clock)) {
      found.push_back(&record);
    }
  }
  return found;
}

Duration median(const std::vector<Duration>& times) {
  std::vector<double> values;
  for (const Duration time : times) values.push_back(time.value());
  return Duration(quantile(values, 0.5));
}

Duration fit_step_latency(const List& ping_pongs, Bytes smallest) {
  Duration wanted;
  double weights = 0;
  for (const NetworkRecord* one : ping_pongs) {
    if (one->size != smallest) continue;
    const double weight = 1 / (one->median.value() * one->median.value());
    wanted += weight * (one->median - delay_between(*one));
    weights += weight;
  }
  return std::max(Duration(0), wanted / weights);
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

Bytes fit_burst(const List& ping_pongs, Bytes smallest, const FabricProfile& profile) {
  double wanted = 0;
  double weights = 0;
  for (const NetworkRecord* one : ping_pongs) {
    if (one->size == smallest) continue;
    const Duration small = delay_between(*one) + profile.step_latency;
    const Duration serial = one->median - small * (profile.ends.handshakes(one->size) ? 3 : 1);
    const double weight = 1 / (one->median.value() * one->median.value());
    const Bytes on_wire = profile.ends.on_wire(one->size, Bytes(0));
    wanted += weight * (on_wire - one->rate * serial).value();
    weights += weight;
  }
  return Bytes(std::max(0.0, wanted / weights));
}

Duration fit_departure_skew(List exchanges) {
  std::erase_if(exchanges, [](const NetworkRecord* e) { return e->leave_apart == Duration(0); });
  std::vector<Duration> apart;
  for (const NetworkRecord* one : exchanges) {
    const bool shortest = std::all_of(exchanges.begin(), exchanges.end(), [&](const auto* other) {
      return one->link_delay <= other->link_delay;
    });
    if (shortest) apart.push_back(one->leave_apart);
  }
  return apart.empty() ? Duration(0) : median(apart);
}

}  // namespace

FabricProfile fit_ends(const NetworkRecords& records, const std::string& clock,
                       const std::string& name) {
  const List ping_pongs = of(records, Operation::ping_pong, clock);
  std::map<double, int> sizes;
  for (const NetworkRecord* one : ping_pongs) ++sizes[one->size.value()];
  if (sizes.size() < 2) {
    throw Error::input("clock '" + clock + "' has no ping-pongs of two sizes",
                       "the ends of messages are fitted to these", "measure some, or name another");
  }
  const Bytes smallest(sizes.begin()->first);
  FabricProfile profile;
  profile.name = name;
  profile.ends.wire_efficiency = kTcpWireEfficiency;
  profile.ends.acknowledgement_share = kTcpAcknowledgementShare;
  profile.step_latency = fit_step_latency(ping_pongs, smallest);
  profile.message_latency = profile.step_latency;
  profile.ends.rendezvous_from = fit_rendezvous(ping_pongs);
  profile.ends.idle_burst = fit_burst(ping_pongs, smallest, profile);
  List exchanges = of(records, Operation::exchange, clock);
  if (exchanges.empty()) exchanges = of(records, Operation::exchange, "");
  if (profile.ends.rendezvous_from) profile.ends.departure_skew = fit_departure_skew(exchanges);
  profile.provenance = {
      {"wire_efficiency, acknowledgement_share",
       "headers of TCP with timestamps (RFC 7323) over IPv4 over Ethernet in frames of 1514 B; an "
       "acknowledgement of 66 B for every second one (RFC 1122)",
       Provenance::Kind::published},
      {"step_latency, message_latency, rendezvous_from, idle_burst",
       "ping-pongs of the clock '" + clock +
           "': " + records.source.substr(0, records.source.find(". ")),
       Provenance::Kind::measured},
      {"departure_skew",
       std::string("median time between the two returns from exchanges of the shortest delay") +
           (of(records, Operation::exchange, clock).empty() ? ", on another clock" : ""),
       Provenance::Kind::measured}};
  return profile;
}

}  // namespace rehearse
