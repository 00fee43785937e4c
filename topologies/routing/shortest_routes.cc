#include "topologies/routing/shortest_routes.h"

#include <algorithm>
#include <limits>

#include "base/contract.h"

namespace rehearse {
namespace {

constexpr std::uint64_t kMostRoutes = std::uint64_t{1} << 31;

std::size_t index(std::int64_t value) { return static_cast<std::size_t>(value); }

}  // namespace

ShortestRoutes::ShortestRoutes(std::int64_t switches, const std::vector<Ends>& edges)
    : begin_(index(switches) + 1), tables_(new Table[index(switches)]) {
  for (const Ends& edge : edges) {
    if (edge.a < 0) continue;
    EXPECTS(edge.a < switches && 0 <= edge.b && edge.b < switches);
    ++begin_[index(edge.a) + 1];
    ++begin_[index(edge.b) + 1];
  }
  for (std::size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
  arcs_.resize(index(begin_.back()));
  std::vector<std::int64_t> next(begin_.begin(), begin_.end() - 1);
  const auto add = [&](std::int64_t from, std::int64_t to, NetworkShape::Hop hop) {
    arcs_[index(next[index(from)]++)] = {hop, static_cast<std::int32_t>(to)};
  };
  for (std::size_t edge = 0; edge < edges.size(); ++edge) {
    if (edges[edge].a < 0) continue;
    const auto hop = static_cast<NetworkShape::Hop>(2 * edge);
    add(edges[edge].a, edges[edge].b, hop);
    add(edges[edge].b, edges[edge].a, hop + 1);
  }
}

// The arcs of all shortest routes from here.
template <class Visit>
void ShortestRoutes::each_next(const Table& table, std::int64_t at, Visit visit) const {
  for (std::int64_t i = begin_[index(at)]; i < begin_[index(at) + 1]; ++i) {
    const Arc& arc = arcs_[index(i)];
    if (table.distance[index(arc.head)] == table.distance[index(at)] - 1) visit(arc);
  }
}

void ShortestRoutes::fill(std::int64_t to, Table& table) const {
  const std::size_t switches = begin_.size() - 1;
  table.distance.assign(switches, -1);
  table.routes.assign(switches, 0);
  table.distance[index(to)] = 0;
  table.routes[index(to)] = 1;
  std::vector<std::int64_t> queue{to};
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const std::int64_t at = queue[head];
    if (at != to) {  // all of the next hops have left the queue
      std::uint64_t routes = 0;
      each_next(table, at, [&](const Arc& arc) { routes += table.routes[index(arc.head)]; });
      table.routes[index(at)] = static_cast<std::uint32_t>(std::min(routes, kMostRoutes));
    }
    for (std::int64_t i = begin_[index(at)]; i < begin_[index(at) + 1]; ++i) {
      std::int32_t& distance = table.distance[index(arcs_[index(i)].head)];
      if (distance >= 0) continue;
      distance = table.distance[index(at)] + 1;
      queue.push_back(arcs_[index(i)].head);
    }
  }
}

const ShortestRoutes::Table& ShortestRoutes::table(std::int64_t to) const {
  EXPECTS(0 <= to && index(to) + 1 < begin_.size());
  Table& found = tables_[index(to)];
  std::call_once(found.made, [&] { fill(to, found); });
  return found;
}

std::int64_t ShortestRoutes::count(std::int64_t from, std::int64_t to) const {
  return table(to).routes[index(from)];
}

void ShortestRoutes::append(std::int64_t from, std::int64_t to, std::uint64_t turn,
                            std::vector<NetworkShape::Hop>& out) const {
  const Table& way = table(to);
  EXPECTS(way.routes[index(from)] > 0);
  turn %= way.routes[index(from)];
  while (from != to) {
    std::uint64_t round = 0;  // dealt so far to every hop that had as many routes
    for (;;) {
      std::uint64_t players = 0;
      std::uint64_t shortest = std::numeric_limits<std::uint64_t>::max();
      each_next(way, from, [&](const Arc& arc) {
        const std::uint64_t routes = way.routes[index(arc.head)];
        if (routes <= round) return;
        ++players;
        shortest = std::min(shortest, routes);
      });
      ENSURES(players > 0);
      const std::uint64_t dealt = players * (shortest - round);
      if (turn >= dealt) {
        turn -= dealt;
        round = shortest;
        continue;
      }
      std::uint64_t before = turn % players;
      turn = round + turn / players;
      const Arc* taken = nullptr;
      each_next(way, from, [&](const Arc& arc) {
        if (way.routes[index(arc.head)] > round && taken == nullptr && before-- == 0) taken = &arc;
      });
      ENSURES(taken != nullptr);
      out.push_back(taken->hop);
      from = taken->head;
      break;
    }
  }
}

}  // namespace rehearse
