#include "topologies/connectivity.h"

#include <boost/pending/disjoint_sets.hpp>
#include <vector>

namespace rehearse {

bool is_connected(const Network& network) {
  const auto count = static_cast<std::size_t>(network.vertices());
  std::vector<std::size_t> rank(count);
  std::vector<std::size_t> parent(count);
  boost::disjoint_sets<std::size_t*, std::size_t*> sets(rank.data(), parent.data());
  for (std::size_t v = 0; v < count; ++v) sets.make_set(v);
  std::size_t parts = count;
  for (LinkId id = 0; id < network.links(); id += 2) {
    const Link link = network.link(id);
    const std::size_t a = sets.find_set(static_cast<std::size_t>(link.from));
    const std::size_t b = sets.find_set(static_cast<std::size_t>(link.to));
    if (a == b) continue;
    sets.link(a, b);
    --parts;
  }
  return parts == 1;
}

}  // namespace rehearse
