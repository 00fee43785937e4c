#include "apps/route_check.h"

#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace rehearse {
namespace {

void check_route(const Network& network, const Router& router, EndpointId src, EndpointId dst,
                 std::uint64_t flow) {
  std::vector<LinkId> path;
  router.route(src, dst, flow, path);
  const auto fail = [&](const std::string& why) {
    throw Error::check_failed("the route from " + network.vertex_name(src) + " to " +
                                  network.vertex_name(dst) + " is bad",
                              why);
  };
  VertexId at = src;
  std::set<VertexId> met{src};
  for (const LinkId id : path) {
    const Link link = network.link(id);
    if (link.from != at) fail(network.link_name(id) + " does not begin where the link before ends");
    at = link.to;
    if (!met.insert(at).second) fail("it meets " + network.vertex_name(at) + " twice");
  }
  if (at != dst) fail("it ends at " + network.vertex_name(at));
}

}  // namespace

std::int64_t check_routes(const Network& network, const Router& router) {
  const std::int64_t count = network.endpoints();
  std::int64_t checked = 0;
  if (count * (count - 1) <= kCheckedRoutes) {
    for (std::int64_t src = 0; src < count; ++src) {
      for (std::int64_t dst = 0; dst < count; ++dst) {
        if (src == dst) continue;
        check_route(network, router, static_cast<EndpointId>(src), static_cast<EndpointId>(dst), 0);
        ++checked;
      }
    }
    return checked;
  }
  RandomStream random(1, {});  // fixed: the same network always gets the same check
  const auto bound = static_cast<std::uint64_t>(count);
  for (; checked < kCheckedRoutes; ++checked) {
    const std::uint64_t src = random.below(bound);
    const std::uint64_t dst = (src + 1 + random.below(bound - 1)) % bound;
    check_route(network, router, static_cast<EndpointId>(src), static_cast<EndpointId>(dst),
                random.bits());
  }
  return checked;
}

}  // namespace rehearse
