// Shortest routes through switches that are joined in any way.
//
// One table per destination that is asked for, found by breadth-first search on first use: 8 bytes
// per switch. Nothing grows with the square of the switches unless all are destinations. Thread
// safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "topologies/shapes/shape.h"

namespace rehearse {

class ShortestRoutes {
 public:
  // The edges that may be used, by number; -1 in `a` leaves one out.
  struct Ends {
    std::int64_t a, b;
  };
  ShortestRoutes(std::int64_t switches, const std::vector<Ends>& edges);

  // Appends a route of the fewest hops. At every switch the turns are dealt in rounds to the next
  // hops, in the order of their edges, as long as a hop has routes left: on a whole fat-tree this
  // is the order of its own routes (FatTreeShape::minimal).
  // REQUIRES: reachable(from, to).
  void append(std::int64_t from, std::int64_t to, std::uint64_t turn,
              std::vector<NetworkShape::Hop>& out) const;

  // The number of shortest routes, counted up to 2^31; 0 if there is none.
  [[nodiscard]] std::int64_t count(std::int64_t from, std::int64_t to) const;
  [[nodiscard]] bool reachable(std::int64_t from, std::int64_t to) const {
    return count(from, to) > 0;
  }

 private:
  struct Arc {
    NetworkShape::Hop hop;
    std::int32_t head;
  };
  struct Table {
    std::once_flag made;
    std::vector<std::int32_t> distance;  // to the destination, -1 if there is no way
    std::vector<std::uint32_t> routes;
  };

  [[nodiscard]] const Table& table(std::int64_t to) const;
  void fill(std::int64_t to, Table& table) const;
  template <class Visit>
  void each_next(const Table& table, std::int64_t at, Visit visit) const;

  std::vector<std::int64_t> begin_;  // of each switch, in arcs_
  std::vector<Arc> arcs_;
  std::unique_ptr<Table[]> tables_;
};

}  // namespace rehearse
