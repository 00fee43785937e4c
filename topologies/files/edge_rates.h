// Rates, latencies and cables of the edges of an AttributeGraph.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "topologies/files/attribute_graph.h"
#include "topologies/files/attribute_words.h"

namespace rehearse {

class EdgeRates {
 public:
  EdgeRates(const AttributeGraph& raw, const LinkDefaults& defaults);

  // Of an edge between switches. Throws Error::input with `file` and the edge.
  LinkRate rate(std::size_t edge, const std::string& file);
  [[nodiscard]] int cables(std::size_t edge, const std::string& file) const;
  // An edge of a node: its rate, if it has one, is that of a NIC.
  void count_node_edge(std::size_t edge, const std::string& file);

  // After all edges: the lowest rate of the nodes' edges, the attributes that were of no use, and
  // what else was taken for granted.
  [[nodiscard]] std::optional<Bandwidth> of_nodes() const { return lowest_; }
  [[nodiscard]] std::set<std::string> passed_over() const { return passed_over_; }
  [[nodiscard]] std::vector<std::string> remarks(const std::string& file) const;

  // "edge 7", for messages.
  static std::string place(std::size_t edge) { return "edge " + std::to_string(edge); }

 private:
  [[nodiscard]] const std::string* value(std::size_t edge, EdgeWord word) const;
  std::optional<Bandwidth> bandwidth(std::size_t edge);
  std::optional<Duration> latency(std::size_t edge);
  [[nodiscard]] Bandwidth own_bandwidth(const std::string& text) const;
  std::optional<Bandwidth> other_rate(std::size_t key, const std::string& text);

  const AttributeGraph& raw_;
  const LinkDefaults& defaults_;
  std::vector<EdgeWord> words_;  // of each key
  std::set<std::string> passed_over_;
  std::set<std::string> without_unit_;  // attributes of plain numbers
  std::size_t with_rate_ = 0;
  std::size_t without_rate_ = 0;
  std::optional<Bandwidth> lowest_, highest_;  // of the edges of nodes
};

}  // namespace rehearse
