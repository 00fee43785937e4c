#include "topologies/shape.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {
namespace {

// Position of the pair a < b among the pairs of n things: (0,1) (0,2) … (0,n-1) (1,2) …
std::int64_t pair_index(std::int64_t a, std::int64_t b, std::int64_t n) {
  EXPECTS(0 <= a && a < b && b < n);
  return a * (2 * n - a - 1) / 2 + (b - a - 1);
}

std::int64_t pairs(std::int64_t n) { return n * (n - 1) / 2; }

}  // namespace

FatTreeShape::FatTreeShape(std::vector<std::int64_t> down, std::vector<std::int64_t> up)
    : down_(std::move(down)), up_(std::move(up)) {
  EXPECTS(down_.size() == up_.size() + 1);
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

FatTreeShape::Place FatTreeShape::place_of(std::int64_t switch_index) const {
  EXPECTS(0 <= switch_index && switch_index < switches());
  const auto above = std::upper_bound(first_switch_.begin(), first_switch_.end(), switch_index);
  const int level = static_cast<int>(above - first_switch_.begin()) - 1;
  const std::int64_t within = switch_index - *(above - 1);
  return {level, within / columns(level), within % columns(level)};
}

DragonflyShape::DragonflyShape(std::int64_t groups, std::int64_t chassis, std::int64_t slots,
                               std::int64_t nodes_per_router, std::int64_t links_per_pair)
    : groups_(groups),
      chassis_(chassis),
      slots_(slots),
      nodes_per_router_(nodes_per_router),
      links_per_pair_(links_per_pair) {
  EXPECTS(groups >= 1 && chassis >= 1 && slots >= 1 && nodes_per_router >= 1);
  EXPECTS(links_per_pair >= 0);
}

std::int64_t DragonflyShape::edges() const {
  return groups_ * (chassis_ * pairs(slots_) + slots_ * pairs(chassis_)) +
         pairs(groups_) * links_per_pair_;
}

std::int64_t DragonflyShape::rank1_edge(std::int64_t group, std::int64_t chassis, std::int64_t a,
                                        std::int64_t b) const {
  return (group * chassis_ + chassis) * pairs(slots_) + pair_index(a, b, slots_);
}

std::int64_t DragonflyShape::rank2_edge(std::int64_t group, std::int64_t slot, std::int64_t a,
                                        std::int64_t b) const {
  const std::int64_t rank1 = groups_ * chassis_ * pairs(slots_);
  return rank1 + (group * slots_ + slot) * pairs(chassis_) + pair_index(a, b, chassis_);
}

std::int64_t DragonflyShape::global_edge(std::int64_t a, std::int64_t b, std::int64_t which) const {
  EXPECTS(0 <= which && which < links_per_pair_);
  const std::int64_t local = groups_ * (chassis_ * pairs(slots_) + slots_ * pairs(chassis_));
  return local + pair_index(a, b, groups_) * links_per_pair_ + which;
}

std::int64_t switches_of(const NetworkShape& shape) {
  if (const auto* tree = std::get_if<FatTreeShape>(&shape)) return tree->switches();
  if (const auto* dragonfly = std::get_if<DragonflyShape>(&shape)) return dragonfly->switches();
  return 1;
}

std::int64_t edges_of(const NetworkShape& shape) {
  if (const auto* tree = std::get_if<FatTreeShape>(&shape)) return tree->edges();
  if (const auto* dragonfly = std::get_if<DragonflyShape>(&shape)) return dragonfly->edges();
  return 0;
}

}  // namespace rehearse
