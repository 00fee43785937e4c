#include "topologies/shapes/fat_tree.h"

#include <algorithm>

#include "base/contract.h"
#include "base/quantity_text.h"

namespace rehearse {

FatTreeShape::FatTreeShape(std::vector<std::int64_t> down, std::vector<std::int64_t> up,
                           std::int64_t rails, std::int64_t nics, std::optional<std::int64_t> ports)
    : down_(std::move(down)), up_(std::move(up)), rails_(rails), nics_(nics), ports_(ports) {
  EXPECTS(down_.size() == up_.size() + 1 && 1 <= rails && rails <= nics);
  std::int64_t nodes = 1;
  std::int64_t twins = 1;
  for (std::size_t i = 0; i < down_.size(); ++i) {
    EXPECTS(down_[i] >= 1 && (i == up_.size() || up_[i] >= 1));
    nodes_below_.push_back(nodes *= down_[i]);
    columns_.push_back(twins);
    if (i < up_.size()) twins *= up_[i];
  }
  first_switch_ = {0};
  first_edge_ = {0};
  for (int level = 0; level < levels(); ++level) {
    const std::int64_t count = subtrees(level) * columns(level);
    first_switch_.push_back(first_switch_.back() + count);
    if (level + 1 < levels()) first_edge_.push_back(first_edge_.back() + count * this->up(level));
  }
}

FatTreeShape::TreePosition FatTreeShape::position_of(std::int64_t switch_index) const {
  EXPECTS(0 <= switch_index && switch_index < switches());
  const auto above = std::upper_bound(first_switch_.begin(), first_switch_.end(), switch_index);
  const int level = static_cast<int>(above - first_switch_.begin()) - 1;
  const std::int64_t within = switch_index - *(above - 1);
  return {level, within / columns(level), within % columns(level)};
}

void FatTreeShape::each_edge(const std::function<void(const Edge&)>& visit) const {
  for (int level = 0; level + 1 < levels(); ++level) {
    for (std::int64_t subtree = 0; subtree < subtrees(level); ++subtree) {
      for (std::int64_t column = 0; column < columns(level); ++column) {
        const std::int64_t lower = switch_at(level, subtree, column);
        for (std::int64_t port = 0; port < up(level); ++port) {
          visit({lower,
                 switch_at(level + 1, subtree / down(level + 1), column + port * columns(level)),
                 level});
        }
      }
    }
  }
}

std::int64_t FatTreeShape::groups() const {
  if (levels() == 1) return 1;
  // The leaves of one block of nodes are a group.
  return levels() == 2 ? subtrees(0) / rails_ : subtrees(levels() - 2);
}

std::int64_t FatTreeShape::group_of(std::int64_t switch_index) const {
  if (levels() == 1) return 0;
  const TreePosition at = position_of(switch_index);
  if (at.level + 1 == levels()) return -1;
  if (levels() == 2) return at.subtree / rails_;
  return at.subtree * nodes_below(at.level) / nodes_below(levels() - 2);
}

std::string FatTreeShape::switch_name(std::int64_t switch_index) const {
  const TreePosition at = position_of(switch_index);
  const std::string within = std::to_string(at.subtree * columns(at.level) + at.column);
  if (at.level == 0) return "leaf switch " + within;
  if (at.level + 1 == levels()) return "top switch " + within;
  return "level " + std::to_string(at.level) + " switch " + within;
}

std::string FatTreeShape::title() const {
  const std::string height = levels() == 1 ? " level" : " levels";
  return "Fat-tree of " + std::to_string(levels()) + height +
         (rails_ > 1 ? ", " + std::to_string(rails_) + " rails" : "");
}

std::int64_t FatTreeShape::twin_of(std::int64_t switch_index) const {
  const TreePosition at = position_of(switch_index);
  return switch_at(at.level, at.subtree, 0);
}

int FatTreeShape::turning_level(std::int64_t from, std::int64_t to) const {
  int level = 0;
  while (from / leaves_below(level) != to / leaves_below(level)) ++level;
  return level;
}

void FatTreeShape::minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
                           std::vector<Hop>& out) const {
  EXPECTS(from < subtrees(0) && to < subtrees(0));
  const int top = turning_level(from, to);
  std::int64_t column = 0;
  for (int level = 0; level < top; ++level) {
    const auto arity = static_cast<std::uint64_t>(up(level));
    const auto port = static_cast<std::int64_t>(turn % arity);
    turn /= arity;
    out.push_back(2 * edge_up(level, from / leaves_below(level), column, port));
    column += port * columns(level);
  }
  for (int level = top; level-- > 0;) {
    const std::int64_t port = column / columns(level);
    column %= columns(level);
    out.push_back(2 * edge_up(level, to / leaves_below(level), column, port) + 1);
  }
}

std::int64_t FatTreeShape::minimal_routes(std::int64_t from, std::int64_t to) const {
  return columns(turning_level(from, to));
}

std::uint64_t FatTreeShape::turn_of(const Flow& flow) const {
  // The number of the destination's port among the ports of all leaves.
  const std::int64_t nic = flow.dst_port - std::int64_t{flow.dst} * nics_;
  const std::int64_t per_place = (nics_ + rails_ - 1) / rails_;
  const std::int64_t place =
      leaf_of(flow.dst, static_cast<int>(nic)) * down(0) + flow.dst % down(0);
  const std::uint64_t offset = flow.key == 0 ? 0 : mixed(flow.key) >> 32;
  return static_cast<std::uint64_t>(place * per_place + nic / rails_) + offset;
}

}  // namespace rehearse
