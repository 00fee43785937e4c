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
  // How far apart two ranks leave a round in which they sent: a time and, unless they sent to each
  // other, a share of the time that their messages took on a link. If it exceeds what an
  // announcement takes to the partner, the later one has answered an announcement before it made
  // its own; its partner's data then goes before its partner's reply, and the two directions take
  // turns. Of these the one that sends second leaves early, when its last bytes are in the buffer
  // of its socket, so that turns follow turns.
  Duration departure_skew;
  double departure_spread = 0;
  // The size on a link of an announcement. One that follows data finds no burst: it takes this long
  // on every link of its way.
  Bytes announcement;
  // What a message costs more if its receiver no longer polls when it comes, but sleeps: if its way
  // takes longer than this (so long it pays to poll: Karlin et al., "Empirical studies of
  // competitive spinning for a shared-memory multiprocessor", SOSP 1991).
  Duration wake_up;

  // The size on a link of a message of `payload` with the acknowledgements of `acknowledged` bytes
  // of payload that have come another way.
  [[nodiscard]] Bytes on_wire(Bytes payload, Bytes acknowledged) const;
  // What a sender's bucket holds after it was idle so long on a link of this rate.
  [[nodiscard]] Bytes burst_after(Duration idle, Bandwidth link) const;
  [[nodiscard]] bool handshakes(Bytes payload) const;
  // How far apart ranks are whose messages to others took so long on a link.
  [[nodiscard]] Duration departure_apart(Duration sending) const;
  // What waking costs a receiver whose message travels so long.
  [[nodiscard]] Duration waking(Duration way) const;
  // Whether they are the defaults.
  [[nodiscard]] bool add_nothing() const;
};

// The keys of a fabric profile that are named above. Throws Error::input.
MessageEnds read_message_ends(ObjectReader& reader);

}  // namespace rehearse
