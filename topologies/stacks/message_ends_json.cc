#include "base/error.h"
#include "base/json_reader.h"
#include "topologies/stacks/message_ends.h"

namespace rehearse {
namespace {

// A payload below a hundredth of what is sent, or more acknowledgements than data: a mistake.
constexpr double kLeastEfficiency = 0.01;
constexpr double kMostAcknowledgements = 1;
constexpr double kMostDepartureSpread = 1;

}  // namespace

MessageEnds read_message_ends(ObjectReader& reader) {
  MessageEnds ends;
  ends.wire_efficiency = reader.optional_number("wire_efficiency", kLeastEfficiency, 1).value_or(1);
  ends.acknowledgement_share =
      reader.optional_number("acknowledgement_share", 0, kMostAcknowledgements).value_or(0);
  ends.idle_burst = reader.optional_bytes("idle_burst").value_or(Bytes(0));
  ends.rendezvous_from = reader.optional_bytes("rendezvous_from");
  ends.departure_skew = reader.optional_duration("departure_skew").value_or(Duration(0));
  ends.departure_spread =
      reader.optional_number("departure_spread", 0, kMostDepartureSpread).value_or(0);
  ends.announcement = reader.optional_bytes("announcement").value_or(Bytes(0));
  ends.wake_up = reader.optional_duration("wake_up").value_or(Duration(0));
  for (const char* key : {"departure_skew", "departure_spread", "announcement"}) {
    if (ends.rendezvous_from || !reader.has(key)) continue;
    throw reader.error_at(key, "'" + std::string(key) + "' without 'rendezvous_from'",
                          "only messages that wait for a reply take turns",
                          "add 'rendezvous_from' or leave it out");
  }
  return ends;
}

}  // namespace rehearse
