// The arithmetic of a topology: how many switches, which edge joins which two, which way a message
// goes from one to another.
//
// Switches and edges are counted from 0. An edge is a full-duplex connection between two switches;
// a Network keeps it as two links. Regular topologies store nothing per switch, so shapes of any
// size cost nothing. Immutable, thread safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "topologies/graph/link.h"

namespace rehearse {

class Network;
class SvgCanvas;

class NetworkShape {
 public:
  struct Edge {
    std::int64_t a, b;  // switches
    int kind;           // which of the rates of the spec (topologies/graph/topology_spec.h)
  };
  // One edge of a route: 2 * edge from a to b, 2 * edge + 1 from b to a.
  using Hop = std::int64_t;

  // What the choice between equal routes may depend on.
  struct Flow {
    NodeId src, dst;
    std::int64_t dst_port;  // the destination NIC among all NICs of the network
    std::uint64_t key;      // as the user gave it
    std::uint64_t hash;     // of source device, destination device and key
  };

  NetworkShape() = default;
  NetworkShape(const NetworkShape&) = delete;
  NetworkShape& operator=(const NetworkShape&) = delete;
  virtual ~NetworkShape() = default;

  [[nodiscard]] virtual std::int64_t switches() const = 0;
  [[nodiscard]] virtual std::int64_t edges() const = 0;
  // Every edge, in the order of the edges' numbers.
  virtual void each_edge(const std::function<void(const Edge&)>& visit) const = 0;

  // The switch on which NIC `nic` of a node hangs.
  [[nodiscard]] virtual std::int64_t leaf_of(std::int64_t node, int nic) const = 0;

  // Groups are the largest regular parts: the groups of a dragonfly, the subtrees below the top of
  // a fat-tree. A switch that belongs to none (the top) is in group -1.
  [[nodiscard]] virtual std::int64_t groups() const { return 1; }
  [[nodiscard]] virtual std::int64_t group_of(std::int64_t /*switch_index*/) const { return 0; }

  // Stable names for people: "group 3 switch 17"; "Dragonfly of 9 groups of 4 routers".
  [[nodiscard]] virtual std::string switch_name(std::int64_t switch_index) const = 0;
  [[nodiscard]] virtual std::string title() const = 0;
  // Tells edges between the same two places apart: "cable 3"; empty where there is only one.
  [[nodiscard]] virtual std::string parallel_name(std::int64_t /*edge*/) const { return {}; }

  // Appends a shortest route. `turn` chooses among the equal ones: equal turns give equal routes,
  // and the turns 0 … minimal_routes() - 1 give all that are used, each once.
  virtual void minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
                       std::vector<Hop>& out) const = 0;
  [[nodiscard]] virtual std::int64_t minimal_routes(std::int64_t from, std::int64_t to) const = 0;
  // Whether turns drawn at random take those routes equally often.
  [[nodiscard]] virtual bool turns_are_even() const { return true; }
  // The turn of a flow under deterministic minimal routing; by default its hash.
  [[nodiscard]] virtual std::uint64_t turn_of(const Flow& flow) const { return flow.hash; }

  // Appends a route through an intermediate place that `choice` picks at random (Valiant, "A scheme
  // for fast parallel communication", SIAM J. Comput. 11(2), 1982). By default any switch that
  // holds nodes; a dragonfly takes another group, a fat-tree needs no detour.
  virtual void detour(std::int64_t from, std::int64_t to, std::uint64_t choice,
                      std::vector<Hop>& out) const;

  // Switches that a maximum flow between halves of the nodes may merge get the same number.
  [[nodiscard]] virtual std::int64_t twin_of(std::int64_t switch_index) const {
    return switch_index;
  }

  // The picture of the network, below `top`; by default in levels or on a circle; it grows.
  [[nodiscard]] virtual double drawing_height() const;
  virtual void draw(const Network& network, SvgCanvas& canvas, double top) const;
};

// Position of the pair a < b among the pairs of n things: (0,1) (0,2) … (0,n-1) (1,2) …
std::int64_t pair_index(std::int64_t a, std::int64_t b, std::int64_t n);
constexpr std::int64_t pairs_of(std::int64_t n) { return n * (n - 1) / 2; }

// Spreads all bits of `value`: the finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable
// pseudorandom number generators", OOPSLA 2014).
std::uint64_t mixed(std::uint64_t value);

}  // namespace rehearse
