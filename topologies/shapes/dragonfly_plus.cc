#include "topologies/shapes/dragonfly_plus.h"

#include "base/contract.h"

namespace rehearse {

DragonflyPlusShape::DragonflyPlusShape(std::int64_t leaves, std::int64_t spines,
                                       std::int64_t nodes_per_leaf, GlobalLinks links)
    : leaves_(leaves), spines_(spines), nodes_per_leaf_(nodes_per_leaf), global_(links) {
  EXPECTS(leaves >= 1 && spines >= 1 && nodes_per_leaf >= 1);
}

void DragonflyPlusShape::each_edge(const std::function<void(const Edge&)>& visit) const {
  for (std::int64_t group = 0; group < groups(); ++group) {
    for (std::int64_t i = 0; i < leaves_; ++i) {
      for (std::int64_t j = 0; j < spines_; ++j) visit({leaf(group, i), spine(group, j), local});
    }
  }
  for (std::int64_t a = 0; a < groups(); ++a) {
    for (std::int64_t b = a + 1; b < groups(); ++b) {
      for (std::int64_t which = 0; which < global_.per_pair(); ++which) {
        visit(
            {spine(a, global_.holder(a, b, which)), spine(b, global_.holder(b, a, which)), global});
      }
    }
  }
}

std::string DragonflyPlusShape::switch_name(std::int64_t switch_index) const {
  const std::int64_t nth = position(switch_index);
  return "group " + std::to_string(group_of(switch_index)) +
         (nth < leaves_ ? " leaf " + std::to_string(nth)
                        : " spine " + std::to_string(nth - leaves_));
}

std::string DragonflyPlusShape::title() const {
  return "Dragonfly+ of " + std::to_string(groups()) +
         (groups() == 1 ? " group of " : " groups of ") + std::to_string(leaves_) +
         (leaves_ == 1 ? " leaf and " : " leaves and ") + std::to_string(spines_) +
         (spines_ == 1 ? " spine" : " spines");
}

std::string DragonflyPlusShape::parallel_name(std::int64_t edge) const {
  const std::int64_t nth = edge - groups() * leaves_ * spines_;
  if (global_.per_pair() < 2 || nth < 0) return {};
  return "cable " + std::to_string(nth % global_.per_pair());
}

void DragonflyPlusShape::minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
                                 std::vector<Hop>& out) const {
  EXPECTS(position(from) < leaves_ && position(to) < leaves_);
  if (from == to) return;
  const std::int64_t group = group_of(from);
  const std::int64_t peer = group_of(to);
  const auto nth =
      static_cast<std::int64_t>(turn % static_cast<std::uint64_t>(minimal_routes(from, to)));
  if (group == peer) {
    out.push_back(2 * local_edge(group, position(from), nth));
    out.push_back(2 * local_edge(group, position(to), nth) + 1);
    return;
  }
  out.push_back(2 * local_edge(group, position(from), global_.holder(group, peer, nth)));
  out.push_back(group < peer ? 2 * global_edge(group, peer, nth)
                             : 2 * global_edge(peer, group, nth) + 1);
  out.push_back(2 * local_edge(peer, position(to), global_.holder(peer, group, nth)) + 1);
}

std::int64_t DragonflyPlusShape::minimal_routes(std::int64_t from, std::int64_t to) const {
  if (from == to) return 1;
  return group_of(from) == group_of(to) ? spines_ : global_.per_pair();
}

void DragonflyPlusShape::detour(std::int64_t from, std::int64_t to, std::uint64_t choice,
                                std::vector<Hop>& out) const {
  const std::uint64_t first = mixed(choice);
  const std::uint64_t second = mixed(first);
  const std::int64_t middle =
      leaf(third_group(group_of(from), group_of(to), groups(), choice),
           static_cast<std::int64_t>(first % static_cast<std::uint64_t>(leaves_)));
  minimal(from, middle, second, out);
  minimal(middle, to, mixed(second), out);
}

}  // namespace rehearse
