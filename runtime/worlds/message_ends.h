// What real worlds require of a call that starts a message (runtime/world/transport.h).
#pragma once

#include <cstdint>

#include "base/contract.h"
#include "runtime/world/transport.h"

namespace rehearse {

// Of rank `me` of the group to or from `peer`, with a tensor in the host's memory or in a space
// that the world reaches as well.
inline void expect_message_ends(const Group& group, int me, int peer, int port,
                                const Tensor& tensor, MemorySpace reached = MemorySpace::host) {
  EXPECTS(peer >= 0 && peer < group.size() && peer != me);
  EXPECTS(port >= 0 && port < kMostPorts);
  EXPECTS(tensor.data != nullptr || tensor.elements == 0);
  EXPECTS(tensor.space == MemorySpace::host || tensor.space == reached);
}

// The same of a receive, which may be from any rank where there is another one.
inline void expect_receiving_end(const Group& group, int me, int peer, int port,
                                 const Tensor& tensor, MemorySpace reached = MemorySpace::host) {
  const int someone = me == 0 ? 1 : 0;
  expect_message_ends(group, me, peer == kAnyRank ? someone : peer, port, tensor, reached);
}

inline std::int64_t message_bytes(const Tensor& tensor) {
  return tensor.elements * tensor.element_bytes();
}

}  // namespace rehearse
