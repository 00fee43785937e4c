// Can every vertex reach every other?
#pragma once

#include "topologies/network.h"

namespace rehearse {

// Exact: every link has its reverse, so weakly connected is strongly connected.
bool is_connected(const Network& network);

}  // namespace rehearse
