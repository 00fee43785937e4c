#include "topologies/stacks/message_ends.h"

#include <algorithm>

namespace rehearse {

Bytes MessageEnds::on_wire(Bytes payload, Bytes acknowledged) const {
  return (payload + acknowledged * acknowledgement_share) / wire_efficiency;
}

Bytes MessageEnds::burst_after(Duration idle, Bandwidth link) const {
  return std::min(idle_burst, link * idle);
}

bool MessageEnds::handshakes(Bytes payload) const {
  return rendezvous_from && payload >= *rendezvous_from;
}

Duration MessageEnds::departure_apart(Duration sending) const {
  return departure_skew + departure_spread * sending;
}

Duration MessageEnds::waking(Duration way) const { return way > wake_up ? wake_up : Duration(0); }

bool MessageEnds::add_nothing() const {
  return wire_efficiency == 1 && acknowledgement_share == 0 && idle_burst == Bytes(0) &&
         !rendezvous_from && wake_up == Duration(0);
}

}  // namespace rehearse
