// The routes of a job's messages, in the order in which they start.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/units.h"
#include "topologies/graph/network.h"
#include "topologies/routing/router.h"

namespace rehearse {

class FlowRoutes {
 public:
  // Borrows everything; `places[p]` is the device of place p.
  FlowRoutes(const Network& network, const Router& router, const std::vector<EndpointId>& places)
      : network_(network), router_(router), places_(places) {}

  [[nodiscard]] bool look_at_load() const { return router_.looks_at_load(); }

  // Of the flow that starts now: where the router routes each message, the n-th between two places
  // has key n, counted from 0; elsewhere part p of a message has key p. So the routes depend on
  // what the job does and on nothing else.
  std::uint64_t next_key(int from, int to, int part);
  // The same where nobody knows which part of a message it is: parts come in turn.
  std::uint64_t next_key(int from, int to);

  // Router::route and route_under_load between two places.
  void route(int from, int to, std::uint64_t key, std::vector<LinkId>& out) const;
  void route_under_load(int from, int to, std::uint64_t key, const LinkLoads& loads,
                        std::vector<LinkId>& out) const;

  [[nodiscard]] bool same_node(int from, int to) const {
    return network_.node_of(device(from)) == network_.node_of(device(to));
  }

  // Into how many flows, of equal parts, messages between two places are split; 1 inside a node.
  [[nodiscard]] int parts(int from, int to) const;
  // The same of a message of so many bytes: packets are not split.
  [[nodiscard]] int parts(int from, int to, Bytes message) const;

  // The longest latency among the routes that the parts of a message take in an idle network.
  [[nodiscard]] Duration latency(int from, int to) const;

 private:
  [[nodiscard]] EndpointId device(int place) const {
    return places_[static_cast<std::size_t>(place)];
  }

  const Network& network_;
  const Router& router_;
  const std::vector<EndpointId>& places_;
  std::unordered_map<std::uint64_t, std::uint64_t> keys_;  // the next one between two places
};

}  // namespace rehearse
