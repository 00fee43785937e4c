#include "sim/flow_routes.h"

#include <algorithm>

namespace rehearse {

void FlowRoutes::next(int from, int to, const LinkLoads& loads, std::vector<LinkId>& out) {
  std::uint64_t key = 0;
  if (router_.routes_each_message()) {
    key = keys_[static_cast<std::uint64_t>(from) << 32 | static_cast<std::uint32_t>(to)]++;
  }
  router_.route_under_load(device(from), device(to), key, loads, out);
}

int FlowRoutes::parts(int from, int to) const {
  return network_.node_of(device(from)) == network_.node_of(device(to)) ? 1 : router_.subflows();
}

int FlowRoutes::parts(int from, int to, Bytes message) const {
  // InfiniBand packets hold up to 4 KiB (InfiniBand Architecture Specification, volume 1, MTU).
  constexpr Bytes kPacket(4096);
  const int most = parts(from, to);
  return message < kPacket * most ? 1 : most;
}

Duration FlowRoutes::latency(int from, int to) const {
  Duration longest;
  std::vector<LinkId> path;
  for (int key = 0; key < parts(from, to); ++key) {
    router_.route(device(from), device(to), static_cast<std::uint64_t>(key), path);
    Duration sum;
    for (const LinkId link : path) sum += network_.link(link).latency;
    longest = std::max(longest, sum);
  }
  return longest;
}

}  // namespace rehearse
