// The path of a flow through a network.
//
//   std::unique_ptr<Router> router = make_router(network, Routing::minimal);
//   std::vector<LinkId> path;
//   router->route(0, 17, 0, path);   // links from device 0 to device 17, in order
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "topologies/graph/network.h"
#include "topologies/graph/network_spec.h"

namespace rehearse {

// What a routing by load may know of this moment.
class LinkLoads {
 public:
  LinkLoads() = default;
  LinkLoads(const LinkLoads&) = delete;
  LinkLoads& operator=(const LinkLoads&) = delete;
  virtual ~LinkLoads() = default;

  // The flows that use the link now; a fraction for a part of a flow.
  [[nodiscard]] virtual double flows(LinkId link) const = 0;
};

// Routes between two devices among which a routing by load chooses.
struct Candidates {
  struct Route {
    std::size_t begin, end;  // in `links`
    double factor;           // of the route's cost, see below
  };
  std::vector<LinkId> links;
  std::vector<Route> routes;
};

class Router {
 public:
  Router() = default;
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  virtual ~Router() = default;

  // Replaces `out` by the links from src to dst in an idle network; empty if they are the same.
  // Flows with different keys between the same two devices may take different paths; equal
  // arguments always give the same path. Thread safe.
  // REQUIRES: src and dst are endpoints of the network.
  virtual void route(EndpointId src, EndpointId dst, std::uint64_t flow_key,
                     std::vector<LinkId>& out) const = 0;

  // The same while other flows are under way. Routings that do not look at the load (minimal,
  // d_mod_k, ecmp, valiant) give the path of an idle network.
  virtual void route_under_load(EndpointId src, EndpointId dst, std::uint64_t flow_key,
                                const LinkLoads& /*loads*/, std::vector<LinkId>& out) const {
    route(src, dst, flow_key, out);
  }
  [[nodiscard]] virtual bool looks_at_load() const { return false; }

  // Appends what route_under_load chooses from, the route of an idle network first. It takes the
  // route of least factor * max over its links of (flows + 1) / bandwidth, the first of equals.
  virtual void candidates(EndpointId src, EndpointId dst, std::uint64_t flow_key,
                          Candidates& out) const;

  // Routings that give every flow one of the shape's shortest routes and look at nothing else: the
  // turn of the flow (NetworkShape::minimal). Absent for others.
  [[nodiscard]] virtual std::optional<std::uint64_t> turn_of(const NetworkShape::Flow&) const {
    return {};
  }

  // Whether every message between two devices is a flow of its own key. Otherwise the parts of all
  // have keys 0, 1, … (subflows) and each keeps to one path, as a connection does.
  [[nodiscard]] virtual bool routes_each_message() const { return false; }

  // Into how many flows, of different keys, the routing splits what one device sends to another at
  // once; 1 unless packets of one message take different paths.
  [[nodiscard]] virtual int subflows() const { return 1; }
};

// The rules and where they come from: docs/models.md, "Routing". The router borrows the network,
// which must outlive it. REQUIRES: d_mod_k only on fat-trees.
std::unique_ptr<Router> make_router(const Network& network, Routing routing);

}  // namespace rehearse
