#include "topologies/graph/facts.h"

#include <algorithm>

#include "base/random.h"

namespace rehearse {
namespace {

constexpr std::uint64_t kSampleSeed = 1;  // fixed, so that facts are facts

void count_hops(const Network& network, const Router& router, NetworkFacts& result) {
  const std::int64_t endpoints = network.endpoints();
  if (endpoints < 2) return;
  std::vector<LinkId> path;
  std::int64_t pairs = 0;
  double hops = 0;
  const auto add = [&](std::int64_t src, std::int64_t dst) {
    router.route(static_cast<EndpointId>(src), static_cast<EndpointId>(dst), 0, path);
    result.diameter = std::max(result.diameter, static_cast<int>(path.size()));
    hops += static_cast<double>(path.size());
    ++pairs;
  };
  result.hops_exact = endpoints * (endpoints - 1) <= kExactPairs;
  if (result.hops_exact) {
    for (std::int64_t src = 0; src < endpoints; ++src) {
      for (std::int64_t dst = 0; dst < endpoints; ++dst) {
        if (src != dst) add(src, dst);
      }
    }
  } else {
    RandomStream random(kSampleSeed, {});
    const auto count = static_cast<std::uint64_t>(endpoints);
    while (pairs < kExactPairs) {
      const std::uint64_t src = random.below(count);
      const std::uint64_t step = 1 + random.below(count - 1);
      add(static_cast<std::int64_t>(src), static_cast<std::int64_t>((src + step) % count));
    }
  }
  result.mean_hops = hops / static_cast<double>(pairs);
}

}  // namespace

NetworkFacts facts(const Network& network, const Router& router) {
  NetworkFacts result;
  result.endpoints = network.endpoints();
  result.nodes = network.nodes();
  for (std::int64_t i = 0; i < network.switches(); ++i) {
    ++(network.switch_works(i) ? result.switches : result.failed_switches);
  }
  for (LinkId id = 0; id < network.links(); ++id) {
    ++(network.works(id) ? result.links : result.failed_links);
  }
  result.groups = network.groups();
  count_hops(network, router, result);
  result.bisection = bisection_bandwidth(network);
  std::int64_t nics = 0;
  for (NodeId node = 0; node < network.nodes(); ++node) {
    for (int nic = 0; nic < network.nics_per_node(); ++nic) {
      if (network.works(network.injection_link(node, nic))) ++nics;
    }
  }
  result.injection =
      network.link(network.injection_link(0, 0)).bandwidth * static_cast<double>(nics);
  return result;
}

}  // namespace rehearse
