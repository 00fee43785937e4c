// A fabric profile from measured messages and additions.
#pragma once

#include <string>

#include "calibrate/machine/collectives.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {

// From what a background task measured, since that is where training communicates: pieces of the
// exchanges, the rate of large additions, and as message latency what a call costs in which nothing
// but arrival times travels. A level that was not measured is
// free.
StackProfile measured_stack(const CollectiveMeasurements& measured);

// Pieces as the fit found them, for messages between nodes (or inside one).
std::vector<MessagePiece> as_pieces(const MessageFit& fit);

}  // namespace rehearse
