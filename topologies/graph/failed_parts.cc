#include "topologies/graph/failed_parts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "topologies/graph/connectivity.h"
#include "topologies/graph/degraded.h"

namespace rehearse {
namespace {

constexpr std::uint64_t kFailedLinks = 0x6c696e6b;     // "link": no other stream of the seed
constexpr std::uint64_t kFailedSwitches = 0x73776974;  // "swit"

// The first so many of a seeded order of `all` (Fisher and Yates' shuffle, begun from the front).
std::vector<std::int64_t> drawn(std::vector<std::int64_t> all, double share, std::uint64_t seed,
                                std::uint64_t stream) {
  const auto count =
      static_cast<std::size_t>(std::llround(share * static_cast<double>(all.size())));
  RandomStream random(seed, {stream});
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(all[i], all[i + random.below(all.size() - i)]);
  }
  all.resize(count);
  return all;
}

class Breaker {
 public:
  Breaker(const Network& whole, const FailedParts& failed)
      : whole_(whole),
        failed_(failed),
        links_(static_cast<std::size_t>(whole.links())),
        switches_(static_cast<std::size_t>(whole.switches())) {}

  void run() {
    for (const std::string& name : failed_.switches) fail_switch(switch_named(name));
    for (const std::string& name : failed_.links) fail_link(link_named(name));
    std::vector<std::int64_t> edges(static_cast<std::size_t>(whole_.shape().edges()));
    std::iota(edges.begin(), edges.end(), 0);
    for (const std::int64_t edge :
         drawn(std::move(edges), failed_.link_fraction, failed_.seed, kFailedLinks)) {
      fail_link(whole_.edge_link(edge));
    }
    if (failed_.switch_fraction > 0) {
      for (const std::int64_t index : drawn(switches_without_nodes(), failed_.switch_fraction,
                                            failed_.seed, kFailedSwitches)) {
        fail_switch(index);
      }
    }
    fail_parted_nics();
  }

  [[nodiscard]] std::vector<bool>& links() { return links_; }
  [[nodiscard]] std::vector<bool>& switches() { return switches_; }

  [[nodiscard]] std::vector<bool> edges() const {
    std::vector<bool> edges;
    for (std::int64_t edge = 0; edge < whole_.shape().edges(); ++edge) {
      edges.push_back(links_[static_cast<std::size_t>(whole_.edge_link(edge))]);
    }
    return edges;
  }

  [[nodiscard]] std::vector<std::int64_t> leaves() const {
    std::vector<std::int64_t> leaves;
    each_nic([&](LinkId link, std::int64_t leaf) {
      if (!links_[static_cast<std::size_t>(link)]) leaves.push_back(leaf);
    });
    std::sort(leaves.begin(), leaves.end());
    leaves.erase(std::unique(leaves.begin(), leaves.end()), leaves.end());
    return leaves;
  }

 private:
  template <class Visit>
  void each_nic(Visit visit) const {
    for (NodeId node = 0; node < whole_.nodes(); ++node) {
      for (int nic = 0; nic < whole_.nics_per_node(); ++nic) {
        visit(whole_.injection_link(node, nic), whole_.leaf_of(node, nic));
      }
    }
  }

  [[nodiscard]] Error unknown(const char* key, const std::string& name, const char* noun,
                              const std::string& example) const {
    return Error::input("no " + std::string(noun) + " is named '" + name + "'",
                        "names are as in '" + example + "'",
                        "rehearse topology --json-graph lists the switches")
        .at(failed_.file, failed_.path + "/" + key);
  }

  [[nodiscard]] std::int64_t switch_named(const std::string& name) const {
    for (std::int64_t i = 0; i < whole_.switches(); ++i) {
      if (whole_.shape().switch_name(i) == name) return i;
    }
    throw unknown("switches", name, "switch", whole_.shape().switch_name(0));
  }

  [[nodiscard]] LinkId link_named(const std::string& name) const {
    for (VertexId vertex = 0; vertex < whole_.vertices(); ++vertex) {
      if (!name.starts_with(whole_.vertex_name(vertex))) continue;
      for (const LinkId link : whole_.links_from(vertex)) {
        if (whole_.link_name(link) != name) continue;
        if (whole_.link(link).cls != LinkClass::intra_node) return link;
        throw Error::input("'" + name + "' is inside a node", "only NICs, links and switches fail",
                           "place no worker on the node instead")
            .at(failed_.file, failed_.path + "/links");
      }
    }
    throw unknown("links", name, "link", whole_.link_name(static_cast<LinkId>(whole_.links() - 1)));
  }

  void fail_link(LinkId link) {
    links_[static_cast<std::size_t>(link)] = true;
    links_[static_cast<std::size_t>(Network::reverse(link))] = true;
  }

  void fail_switch(std::int64_t index) {
    switches_[static_cast<std::size_t>(index)] = true;
    for (const LinkId link : whole_.links_from(whole_.switch_vertex(index))) fail_link(link);
  }

  [[nodiscard]] std::vector<std::int64_t> switches_without_nodes() const {
    std::vector<bool> holds(switches_.size());
    each_nic([&](LinkId, std::int64_t leaf) { holds[static_cast<std::size_t>(leaf)] = true; });
    std::vector<std::int64_t> free;
    for (std::int64_t i = 0; i < whole_.switches(); ++i) {
      if (!holds[static_cast<std::size_t>(i)]) free.push_back(i);
    }
    if (!free.empty()) return free;
    throw Error::input("nodes hang on every switch", "any that failed would take them along",
                       "give 'link_fraction', or name 'switches'")
        .at(failed_.file, failed_.path + "/switch_fraction");
  }

  // NICs outside the part of the switches that holds most of them reach too little to be of use.
  void fail_parted_nics() {
    const std::vector<std::int64_t> part = switch_parts(whole_.shape(), edges());
    std::vector<std::int64_t> nics(part.size());
    each_nic([&](LinkId link, std::int64_t leaf) {
      if (links_[static_cast<std::size_t>(link)]) return;
      ++nics[static_cast<std::size_t>(part[static_cast<std::size_t>(leaf)])];
    });
    const std::int64_t largest = std::max_element(nics.begin(), nics.end()) - nics.begin();
    each_nic([&](LinkId link, std::int64_t leaf) {
      if (part[static_cast<std::size_t>(leaf)] != largest) fail_link(link);
    });
  }

  const Network& whole_;
  const FailedParts& failed_;
  std::vector<bool> links_, switches_;
};

}  // namespace

Network::Parts with_failures(Network::Parts parts, const FailedParts& failed) {
  const Network whole(parts);
  Breaker breaker(whole, failed);
  breaker.run();
  parts.shape = std::make_shared<DegradedShape>(parts.shape, breaker.edges(), breaker.leaves());
  parts.failed_links = std::move(breaker.links());
  parts.failed_switches = std::move(breaker.switches());
  return parts;
}

}  // namespace rehearse
