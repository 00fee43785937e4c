#include "topologies/shapes/graph_spec.h"

#include <limits>
#include <map>
#include <tuple>

#include "base/error.h"

namespace rehearse {
namespace {

// Each rate leads to two kinds of links at most, and those are numbered with 16 bits.
constexpr std::size_t kMostRates = std::numeric_limits<std::uint16_t>::max() / 2 - 2;

void expect_nics(const SwitchGraph& graph, std::int64_t nodes, int nics) {
  for (std::int64_t node = 0; node < nodes; ++node) {
    const std::size_t named = graph.nodes[static_cast<std::size_t>(node)].size();
    if (named <= static_cast<std::size_t>(nics)) continue;
    const auto index = static_cast<std::size_t>(node);
    const std::string name =
        index < graph.node_names.size() ? " ('" + graph.node_names[index] + "')" : std::string();
    throw Error::input("node " + std::to_string(node) + name + " hangs on " +
                           std::to_string(named) + " switches, but has " + std::to_string(nics) +
                           (nics == 1 ? " NIC" : " NICs"),
                       "", "give the nodes more NICs ('nics' of 'node')");
  }
}

}  // namespace

TopologySpec::Sized GraphSpec::sized_for(std::int64_t nodes, const NodeSpec& node) const {
  const auto places = static_cast<std::int64_t>(graph->nodes.size());
  if (nodes > places) {
    throw Error::input(std::to_string(nodes) + " nodes do not fit the network of " + file +
                           " (it holds " + std::to_string(places) + ")",
                       "", "use fewer nodes, or add some to the file");
  }
  expect_nics(*graph, nodes, node.nics);
  expect_size(static_cast<double>(graph->switches.size()),
              2 * static_cast<double>(graph->edges.size()));
  using Key = std::tuple<Bandwidth, Duration, Bandwidth, int>;
  std::map<Key, int> known;
  std::vector<int> kind_of;
  Sized sized;
  for (const SwitchGraph::Edge& edge : graph->edges) {
    const Key key{edge.rate.bandwidth, edge.rate.latency, edge.back.value_or(edge.rate.bandwidth),
                  edge.cables};
    const auto [place, is_new] = known.emplace(key, static_cast<int>(sized.kinds.size()));
    if (is_new) {
      sized.kinds.push_back(
          symmetric_kind("links of " + file, edge.rate, LinkClass::other, edge.cables));
      sized.kinds.back().bandwidth_back = edge.back;
    }
    kind_of.push_back(place->second);
  }
  if (known.size() > kMostRates) {
    throw Error::input(
        "the links of " + file + " have " + std::to_string(known.size()) + " different rates",
        "at most " + std::to_string(kMostRates) + " are told apart", "round them");
  }
  sized.shape = std::make_shared<GraphShape>(graph, std::move(kind_of));
  return sized;
}

const SwitchGraph* graph_of(const TopologySpec& topology) {
  const auto* spec = dynamic_cast<const GraphSpec*>(&topology);
  return spec == nullptr ? nullptr : spec->graph.get();
}

std::optional<std::int64_t> GraphSpec::capacity() const {
  return static_cast<std::int64_t>(graph->nodes.size());
}

}  // namespace rehearse
