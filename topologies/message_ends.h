// What the two ends of a message between nodes add to it: headers, acknowledgements, the shaper's
// burst and the handshake of a rendezvous. docs/models.md, "Message ends", has the equations.
//
// The defaults are ends that add nothing.
#pragma once

#include <optional>

#include "base/units.h"

namespace rehearse {

class ObjectReader;

struct MessageEnds {
  // Payload per byte on a link; 1448 / 1514 for TCP with timestamps over Ethernet.
  double wire_efficiency = 1;
  // Bytes of acknowledgements per byte on the links, on the way back. Two ranks that send to each
  // other acknowledge with their data and pay nothing.
  double acknowledgement_share = 0;
  // What the first link of an idle sender lets pass at once: the depth of a token bucket that
  // refills at the rate of the link.
  Bytes idle_burst;
  // Messages of at least this size announce themselves and wait for the receiver's reply, which
  // costs a round trip; absent: none does.
  std::optional<Bytes> rendezvous_from;
  // How far apart two ranks leave a round in which they sent. If it exceeds the time of a small
  // message between them, the later one has answered an announcement before it made its own; its
  // partner's data then goes before its partner's reply, and the two directions take turns.
  Duration departure_skew;

  // The size on a link of a message of `payload` with the acknowledgements of `acknowledged` bytes
  // of payload that have come another way.
  [[nodiscard]] Bytes on_wire(Bytes payload, Bytes acknowledged) const;
  // What a sender's bucket holds after it was idle so long on a link of this rate.
  [[nodiscard]] Bytes burst_after(Duration idle, Bandwidth link) const;
  [[nodiscard]] bool handshakes(Bytes payload) const;
  // Whether they are the defaults.
  [[nodiscard]] bool add_nothing() const;
};

// The keys of a fabric profile that are named above. Throws Error::input.
MessageEnds read_message_ends(ObjectReader& reader);

}  // namespace rehearse
