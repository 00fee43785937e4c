#include "sim/network/flow_routes.h"

#include <algorithm>

namespace rehearse {

std::uint64_t FlowRoutes::next_key(int from, int to, int part) {
  return router_.routes_each_message() ? next_key(from, to) : static_cast<std::uint64_t>(part);
}

std::uint64_t FlowRoutes::next_key(int from, int to) {
  const auto parts = static_cast<std::uint64_t>(router_.subflows());
  if (!router_.routes_each_message() && parts == 1) return 0;
  const std::uint64_t next =
      keys_[static_cast<std::uint64_t>(from) << 32 | static_cast<std::uint32_t>(to)]++;
  return router_.routes_each_message() ? next : next % parts;
}

void FlowRoutes::route(int from, int to, std::uint64_t key, std::vector<LinkId>& out) const {
  router_.route(device(from), device(to), key, out);
}

void FlowRoutes::route_under_load(int from, int to, std::uint64_t key, const LinkLoads& loads,
                                  std::vector<LinkId>& out) const {
  router_.route_under_load(device(from), device(to), key, loads, out);
}

int FlowRoutes::parts(int from, int to) const {
  return same_node(from, to) ? 1 : router_.subflows();
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
    route(from, to, static_cast<std::uint64_t>(key), path);
    Duration sum;
    for (const LinkId link : path) sum += network_.link(link).latency;
    longest = std::max(longest, sum);
  }
  return longest;
}

}  // namespace rehearse
