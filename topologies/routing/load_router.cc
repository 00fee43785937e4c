#include "topologies/routing/load_router.h"

#include <algorithm>
#include <cmath>

namespace rehearse {
namespace {

void append_hops(const Network& network, const std::vector<NetworkShape::Hop>& hops,
                 std::vector<LinkId>& out) {
  for (const NetworkShape::Hop hop : hops) out.push_back(network.hop_link(hop));
}

// Of the links from `begin` on: where the route comes back to a switch, takes out what lies
// between.
void cut_loops(const Network& network, std::size_t begin, std::vector<LinkId>& links) {
  thread_local std::vector<VertexId> met;  // the ends of links[begin …] that stay
  met.clear();
  std::size_t kept = begin;
  for (std::size_t i = begin; i < links.size(); ++i) {
    const Link link = network.link(links[i]);
    if (met.empty()) met.push_back(link.from);
    const auto again = std::find(met.begin(), met.end(), link.to);
    if (again == met.end()) {
      met.push_back(link.to);
      links[kept++] = links[i];
    } else {
      met.erase(again + 1, met.end());
      kept = begin + met.size() - 1;
    }
  }
  links.resize(kept);
}

}  // namespace

void append_shortest(const Network& network, const FlowEnds& ends, std::uint64_t turn,
                     std::vector<LinkId>& out) {
  thread_local std::vector<NetworkShape::Hop> hops;
  hops.clear();
  network.shape().minimal(ends.from(), ends.to(), turn, hops);
  append_hops(network, hops, out);
}

void append_detour(const Network& network, const FlowEnds& ends, int nth,
                   std::vector<LinkId>& out) {
  if (ends.from() == ends.to()) return;
  thread_local std::vector<NetworkShape::Hop> hops;
  hops.clear();
  const std::size_t begin = out.size();
  const std::uint64_t choice = mixed(ends.flow().hash + static_cast<std::uint64_t>(nth) + 1);
  network.shape().detour(ends.from(), ends.to(), choice, hops);
  append_hops(network, hops, out);
  cut_loops(network, begin, out);
}

void LoadRouter::route(EndpointId src, EndpointId dst, std::uint64_t flow_key,
                       std::vector<LinkId>& out) const {
  out.clear();
  const FlowEnds ends(network_, src, dst, flow_key);
  ends.begin(out);
  if (ends.leaves_node()) {
    append_shortest(network_, ends, network_.shape().turn_of(ends.flow()), out);
  }
  ends.end(out);
}

void LoadRouter::candidates(EndpointId src, EndpointId dst, std::uint64_t flow_key,
                            Candidates& out) const {
  const FlowEnds ends(network_, src, dst, flow_key);
  // Returns the links between switches.
  const auto add = [&](const auto& append_stack) {
    const std::size_t begin = out.links.size();
    ends.begin(out.links);
    const std::size_t stack = out.links.size();
    append_stack();
    const std::size_t hops = out.links.size() - stack;
    ends.end(out.links);
    out.routes.push_back({begin, out.links.size(), 1});
    return hops;
  };
  if (ends.from() == ends.to() || !ends.leaves_node()) {
    add([] {});
    return;
  }
  const NetworkShape& shape = network_.shape();
  const std::uint64_t first = shape.turn_of(ends.flow());
  const std::size_t hops = add([&] { append_shortest(network_, ends, first, out.links); });
  const auto routes = static_cast<std::uint64_t>(shape.minimal_routes(ends.from(), ends.to()));
  const auto tried = std::min<std::uint64_t>(routes, static_cast<std::uint64_t>(rule_.shortest));
  for (std::uint64_t i = 1; i < tried; ++i) {
    // All of them in turn if there are few, else a sample.
    const std::uint64_t turn =
        routes == tried ? (first % routes + i) % routes : mixed(ends.flow().hash - i) % routes;
    add([&] { append_shortest(network_, ends, turn, out.links); });
  }
  for (int nth = 0; nth < rule_.detours; ++nth) {
    const std::size_t longer = add([&] { append_detour(network_, ends, nth, out.links); });
    out.routes.back().factor = penalty(longer, hops);
  }
}

double LoadRouter::penalty(std::size_t detour, std::size_t shortest) const {
  // A detour may have fewer links (two global ones instead of local, global, local); it is none the
  // less one.
  const auto hops = static_cast<double>(std::max(detour, shortest + 1));
  return std::pow(hops / static_cast<double>(shortest), rule_.hop_power);
}

void LoadRouter::route_under_load(EndpointId src, EndpointId dst, std::uint64_t flow_key,
                                  const LinkLoads& loads, std::vector<LinkId>& out) const {
  thread_local Candidates choice;
  choice.links.clear();
  choice.routes.clear();
  candidates(src, dst, flow_key, choice);
  const Candidates::Route* best = nullptr;
  double least = 0;
  for (const Candidates::Route& route : choice.routes) {
    double worst = 0;
    for (std::size_t i = route.begin; i < route.end; ++i) {
      const LinkId link = choice.links[i];
      worst = std::max(worst, (loads.flows(link) + 1) / network_.link(link).bandwidth.value());
    }
    if (best != nullptr && !(route.factor * worst < least)) continue;
    best = &route;
    least = route.factor * worst;
  }
  out.assign(choice.links.begin() + static_cast<std::ptrdiff_t>(best->begin),
             choice.links.begin() + static_cast<std::ptrdiff_t>(best->end));
}

}  // namespace rehearse
