#include "runtime/collectives/double_tree.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {
namespace {

// The in-order binary tree over 0 .. count-1 with root 0, whose only child is the root of a tree in
// which a node's level is the number of trailing zero bits of its number.
int parent_of(int node, int count) {
  if (node == 0) return -1;
  const int low = node & -node;
  const int above = (node ^ low) | (low << 1);
  return above < count ? above : node ^ low;
}

}  // namespace

DoubleTree::DoubleTree(NodeRanks where, std::int64_t elements, int channels)
    : Stage(where.ranks, elements), where_(where), channels_(channels) {
  EXPECTS(channels >= 1);
  if (where.ranks == 1) return;
  for (std::size_t i = 0; i < trees_.size(); ++i) {
    NodeTree& tree = trees_[i];
    lay(tree, i == 1);
    const int nodes = where.nodes();
    int farthest = 0;
    for (int node = 0; node < nodes; ++node) {
      const auto v = static_cast<std::size_t>(node);
      farthest = std::max(farthest, tree.depth[v] + where.size(node) - 1);
      tree.levels = std::max(tree.levels, tree.depth[v]);
    }
    rounds_ = std::max(rounds_, tree.height[static_cast<std::size_t>(tree.root)] + farthest);
  }
}

// The second tree is the first one mirrored, or, over an odd number of nodes, moved on by one.
void DoubleTree::lay(NodeTree& tree, bool second) const {
  const int nodes = where_.nodes();
  const auto count = static_cast<std::size_t>(nodes);
  const auto moved = [&](int node) {
    if (node < 0 || !second) return node;
    return nodes % 2 == 0 ? nodes - 1 - node : (node + 1) % nodes;
  };
  tree.root = moved(0);
  tree.parent.assign(count, -1);
  tree.height.assign(count, 0);
  tree.depth.assign(count, 0);
  tree.children.assign(count, {-1, -1});
  for (int node = 1; node < nodes; ++node) {
    const int me = moved(node);
    const int parent = moved(parent_of(node, nodes));
    tree.parent[static_cast<std::size_t>(me)] = parent;
    auto& children = tree.children[static_cast<std::size_t>(parent)];
    children[children[0] < 0 ? 0 : 1] = me;
  }
  // From the root down, and back.
  std::vector<int> order{tree.root};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (const int child : tree.children[static_cast<std::size_t>(order[i])]) {
      if (child < 0) continue;
      tree.depth[static_cast<std::size_t>(child)] =
          tree.depth[static_cast<std::size_t>(order[i])] + 1;
      order.push_back(child);
    }
  }
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    int height = where_.size(*node) - 1;  // of the chain behind the head
    for (const int child : tree.children[static_cast<std::size_t>(*node)]) {
      if (child >= 0) height = std::max(height, tree.height[static_cast<std::size_t>(child)] + 1);
    }
    tree.height[static_cast<std::size_t>(*node)] = height;
  }
}

int DoubleTree::head(int node, int channel) const {
  const int full = where_.size(0);
  const int place = static_cast<int>(std::int64_t{channel} * full / channels_);
  return where_.first(node) + place % where_.size(node);
}

DoubleTree::Seat DoubleTree::seat(int rank, int channel, const NodeTree& tree) const {
  const int node = where_.node_of(rank);
  const auto v = static_cast<std::size_t>(node);
  const int first = where_.first(node);
  const int size = where_.size(node);
  const int behind = (rank - head(node, channel) + size) % size;  // the head of the chain
  const auto neighbour = [&](int step) { return first + (rank - first + step + size) % size; };
  Seat seat;
  seat.depth = tree.depth[v] + behind;
  std::size_t children = 0;
  if (behind + 1 < size) seat.children[children++] = neighbour(1);
  if (behind > 0) {
    seat.parent = neighbour(-1);
    seat.height = size - 1 - behind;
    return seat;
  }
  if (tree.parent[v] >= 0) seat.parent = head(tree.parent[v], channel);
  for (const int child : tree.children[v]) {
    if (child >= 0) seat.children[children++] = head(child, channel);
  }
  seat.height = tree.height[v];
  return seat;
}

// Calls visit(tree, channel, begin, size) for each part of the data.
template <typename Visit>
void DoubleTree::visit_parts(const Visit& visit) const {
  if (ranks() == 1) return;
  const int parts = 2 * channels_;
  for (int channel = 0; channel < channels_; ++channel) {
    for (int i = 0; i < 2; ++i) {
      const NodeTree& tree = trees_[static_cast<std::size_t>(i)];
      const std::int64_t begin = part_begin(elements(), parts, 2 * channel + i);
      const std::int64_t size = part_begin(elements(), parts, 2 * channel + i + 1) - begin;
      visit(tree, channel, begin, size);
    }
  }
}

void DoubleTree::actions(int rank, int round, std::vector<Action>& out) const {
  using Kind = Action::Kind;
  visit_parts([&](const NodeTree& tree, int channel, std::int64_t begin, std::int64_t size) {
    const Seat me = seat(rank, channel, tree);
    const int top = tree.height[static_cast<std::size_t>(tree.root)];
    const auto act = [&](Kind kind, int peer) { out.push_back({kind, peer, begin, size}); };
    if (me.parent >= 0) {
      if (round == me.height) act(Kind::send, me.parent);
      if (round == top + me.depth - 1) act(Kind::receive, me.parent);
    }
    for (const int child : me.children) {
      if (child < 0) continue;
      if (round == seat(child, channel, tree).height) act(Kind::receive_add, child);
      if (round == top + me.depth) act(Kind::send, child);
    }
  });
}

std::vector<Phase> DoubleTree::phases() const {
  if (rounds_ == 0) return {};
  return {{0, rounds_, steps()}};
}

PhaseSteps DoubleTree::steps() const {
  const int levels = std::max(trees_[0].levels, trees_[1].levels);
  const int inside = 2 * (where_.size(0) - 1);
  const int stages = levels > 0 ? 2 * levels : inside;
  return {.inside = inside, .between = 2 * levels, .filling = std::max(0, stages - 1)};
}

namespace {

void add_to(std::vector<Volume>& out, std::size_t first, int peer, std::int64_t elements) {
  for (std::size_t i = first; i < out.size(); ++i) {
    if (out[i].peer != peer) continue;
    out[i].elements += elements;
    ++out[i].messages;
    return;
  }
  out.push_back({peer, elements, 1});
}

}  // namespace

void DoubleTree::volumes(int rank, const Phase&, std::vector<Volume>& out) const {
  const std::size_t first = out.size();
  visit_parts([&](const NodeTree& tree, int channel, std::int64_t, std::int64_t size) {
    const Seat me = seat(rank, channel, tree);
    if (me.parent >= 0) add_to(out, first, me.parent, size);
    for (const int child : me.children) {
      if (child >= 0) add_to(out, first, child, size);
    }
  });
}

void DoubleTree::added(int rank, const Phase&, std::vector<Volume>& out) const {
  const std::size_t first = out.size();
  visit_parts([&](const NodeTree& tree, int channel, std::int64_t, std::int64_t size) {
    for (const int child : seat(rank, channel, tree).children) {
      if (child >= 0) add_to(out, first, child, size);
    }
  });
}

}  // namespace rehearse
