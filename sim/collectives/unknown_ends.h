// Which ends of messages the fidelity `analytic` does not know.
#pragma once

#include "topologies/stacks/stack_profile.h"

namespace rehearse {

// Refuses (Error::input) message ends (topologies/stacks/message_ends.h) other than headers and the
// round trip of a rendezvous.
void refuse_unknown_ends(const StackProfile& profile);

}  // namespace rehearse
