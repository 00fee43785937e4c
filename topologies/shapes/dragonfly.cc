#include "topologies/shapes/dragonfly.h"

#include "base/contract.h"

namespace rehearse {

DragonflyShape::DragonflyShape(std::int64_t groups, std::int64_t chassis, std::int64_t slots,
                               std::int64_t nodes_per_router, std::int64_t links_per_pair,
                               GlobalArrangement arrangement)
    : groups_(groups),
      chassis_(chassis),
      slots_(slots),
      nodes_per_router_(nodes_per_router),
      global_(groups, chassis * slots, links_per_pair, arrangement) {
  EXPECTS(chassis >= 1 && slots >= 1 && nodes_per_router >= 1);
}

std::int64_t DragonflyShape::edges() const {
  return groups_ * (chassis_ * pairs_of(slots_) + slots_ * pairs_of(chassis_)) + global_.count();
}

std::int64_t DragonflyShape::rank1_edge(std::int64_t group, std::int64_t chassis, std::int64_t a,
                                        std::int64_t b) const {
  return (group * chassis_ + chassis) * pairs_of(slots_) + pair_index(a, b, slots_);
}

std::int64_t DragonflyShape::rank2_edge(std::int64_t group, std::int64_t slot, std::int64_t a,
                                        std::int64_t b) const {
  const std::int64_t first = groups_ * chassis_ * pairs_of(slots_);
  return first + (group * slots_ + slot) * pairs_of(chassis_) + pair_index(a, b, chassis_);
}

std::int64_t DragonflyShape::global_edge(std::int64_t a, std::int64_t b, std::int64_t which) const {
  const std::int64_t local = groups_ * (chassis_ * pairs_of(slots_) + slots_ * pairs_of(chassis_));
  return local + global_.number(a, b, which);
}

void DragonflyShape::each_edge(const std::function<void(const Edge&)>& visit) const {
  for (std::int64_t line = 0; line < groups_ * chassis_; ++line) {
    const std::int64_t first = line * slots_;
    for (std::int64_t a = 0; a < slots_; ++a) {
      for (std::int64_t b = a + 1; b < slots_; ++b) visit({first + a, first + b, rank1});
    }
  }
  for (std::int64_t group = 0; group < groups_; ++group) {
    for (std::int64_t slot = 0; slot < slots_; ++slot) {
      for (std::int64_t a = 0; a < chassis_; ++a) {
        for (std::int64_t b = a + 1; b < chassis_; ++b) {
          visit({switch_at(group, a * slots_ + slot), switch_at(group, b * slots_ + slot), rank2});
        }
      }
    }
  }
  for (std::int64_t a = 0; a < groups_; ++a) {
    for (std::int64_t b = a + 1; b < groups_; ++b) {
      for (std::int64_t which = 0; which < links_per_pair(); ++which) {
        visit({switch_at(a, gateway(a, b, which)), switch_at(b, gateway(b, a, which)), global});
      }
    }
  }
}

std::string DragonflyShape::switch_name(std::int64_t switch_index) const {
  return "group " + std::to_string(group_of(switch_index)) + " switch " +
         std::to_string(switch_index % routers_per_group());
}

std::string DragonflyShape::title() const {
  std::string title =
      "Dragonfly of " + std::to_string(groups_) + (groups_ == 1 ? " group of " : " groups of ");
  if (chassis_ > 1) title += std::to_string(chassis_) + " x ";
  return title + std::to_string(slots_) + (slots_ == 1 ? " router" : " routers");
}

std::string DragonflyShape::parallel_name(std::int64_t edge) const {
  const std::int64_t nth = groups_ > 1 ? edge - global_edge(0, 1, 0) : -1;
  if (links_per_pair() < 2 || nth < 0) return {};
  return "cable " + std::to_string(nth % links_per_pair());
}

void DragonflyShape::inside(std::int64_t group, std::int64_t start, std::int64_t end,
                            std::vector<Hop>& out) const {
  const std::int64_t row = start / slots_;
  const std::int64_t slot = end % slots_;
  if (const std::int64_t at = start % slots_; at < slot) {
    out.push_back(2 * rank1_edge(group, row, at, slot));
  } else if (at > slot) {
    out.push_back(2 * rank1_edge(group, row, slot, at) + 1);
  }
  if (const std::int64_t to = end / slots_; row < to) {
    out.push_back(2 * rank2_edge(group, slot, row, to));
  } else if (row > to) {
    out.push_back(2 * rank2_edge(group, slot, to, row) + 1);
  }
}

void DragonflyShape::minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
                             std::vector<Hop>& out) const {
  const std::int64_t group = group_of(from);
  const std::int64_t peer = group_of(to);
  const std::int64_t start = from % routers_per_group();
  const std::int64_t end = to % routers_per_group();
  if (group == peer) return inside(group, start, end, out);
  const auto which = static_cast<std::int64_t>(turn % static_cast<std::uint64_t>(links_per_pair()));
  inside(group, start, gateway(group, peer, which), out);
  out.push_back(group < peer ? 2 * global_edge(group, peer, which)
                             : 2 * global_edge(peer, group, which) + 1);
  inside(peer, gateway(peer, group, which), end, out);
}

std::int64_t DragonflyShape::minimal_routes(std::int64_t from, std::int64_t to) const {
  return group_of(from) == group_of(to) ? 1 : links_per_pair();
}

void DragonflyShape::detour(std::int64_t from, std::int64_t to, std::uint64_t choice,
                            std::vector<Hop>& out) const {
  const std::uint64_t first = mixed(choice);
  const std::uint64_t second = mixed(first);
  const std::int64_t router =
      switch_at(third_group(group_of(from), group_of(to), groups_, choice),
                static_cast<std::int64_t>(first % static_cast<std::uint64_t>(routers_per_group())));
  minimal(from, router, second, out);
  minimal(router, to, mixed(second), out);
}

}  // namespace rehearse
