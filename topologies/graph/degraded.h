// A topology some edges of which have failed.
#pragma once

#include "topologies/routing/shortest_routes.h"

namespace rehearse {

// Switches and edges keep their numbers and names. A flow keeps its route if that is whole; else it
// takes, by a hash of its turn, another of the topology's own routes that is whole; else, or where
// none is found among kMostTried, a shortest one through what is left. Turns of broken routes so
// give other routes a second time.
class DegradedShape : public NetworkShape {
 public:
  // `failed`: of each edge. `leaves`: the switches on which nodes hang. REQUIRES: as many entries
  // of `failed` as `whole` has edges.
  DegradedShape(std::shared_ptr<const NetworkShape> whole, std::vector<bool> failed,
                std::vector<std::int64_t> leaves);

  static constexpr std::int64_t kMostTried = 64;

  [[nodiscard]] std::int64_t switches() const override { return whole_->switches(); }
  [[nodiscard]] std::int64_t edges() const override { return whole_->edges(); }
  void each_edge(const std::function<void(const Edge&)>& visit) const override {
    whole_->each_edge(visit);
  }
  [[nodiscard]] std::int64_t leaf_of(std::int64_t node, int nic) const override {
    return whole_->leaf_of(node, nic);
  }
  [[nodiscard]] std::int64_t groups() const override { return whole_->groups(); }
  [[nodiscard]] std::int64_t group_of(std::int64_t switch_index) const override {
    return whole_->group_of(switch_index);
  }
  [[nodiscard]] std::string switch_name(std::int64_t switch_index) const override {
    return whole_->switch_name(switch_index);
  }
  [[nodiscard]] std::string title() const override { return whole_->title() + ", degraded"; }
  [[nodiscard]] std::string parallel_name(std::int64_t edge) const override {
    return whole_->parallel_name(edge);
  }
  void minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
               std::vector<Hop>& out) const override;
  [[nodiscard]] std::int64_t minimal_routes(std::int64_t from, std::int64_t to) const override;
  [[nodiscard]] bool turns_are_even() const override { return false; }
  [[nodiscard]] std::uint64_t turn_of(const Flow& flow) const override {
    return whole_->turn_of(flow);
  }
  void detour(std::int64_t from, std::int64_t to, std::uint64_t choice,
              std::vector<Hop>& out) const override;

 private:
  // Appends a route of the whole topology if it is whole, else leaves `out` as it is.
  template <class Append>
  bool keeps(std::vector<Hop>& out, Append append) const;

  std::shared_ptr<const NetworkShape> whole_;
  std::vector<bool> failed_;
  std::vector<std::int64_t> leaves_;
  ShortestRoutes routes_;
};

}  // namespace rehearse
