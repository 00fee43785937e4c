// Ranks that fill nodes one after the other; the last node may hold fewer.
#pragma once

#include <algorithm>

namespace rehearse {

struct NodeRanks {
  int ranks = 1;
  int per_node = 1;

  [[nodiscard]] int nodes() const { return (ranks + per_node - 1) / per_node; }
  [[nodiscard]] int node_of(int rank) const { return rank / per_node; }
  [[nodiscard]] int first(int node) const { return node * per_node; }
  [[nodiscard]] int size(int node) const { return std::min(per_node, ranks - first(node)); }
  [[nodiscard]] bool whole() const { return ranks % per_node == 0; }
};

}  // namespace rehearse
