// Which ends of messages the fidelity `analytic` does not know.
#pragma once

#include "topologies/fabric_profile.h"

namespace rehearse {

// Refuses (Error::input) message ends (topologies/message_ends.h) other than headers and the round
// trip of a rendezvous.
void refuse_unknown_ends(const FabricProfile& profile);

}  // namespace rehearse
