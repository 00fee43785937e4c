// Switches that are joined in any way, as files list them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "topologies/graph/link.h"

namespace rehearse {

struct SwitchGraph {
  struct Edge {
    std::int64_t a, b;              // switches
    LinkRate rate;                  // of one cable, from a to b
    std::optional<Bandwidth> back;  // from b to a, if that differs
    int cables = 1;
  };
  std::vector<std::string> switches;             // their names
  std::vector<std::vector<std::int64_t>> nodes;  // the switch of each NIC of each node
  std::vector<Edge> edges;

  // What a file may tell besides; empty where it does not.
  std::vector<std::string> node_names;
  std::vector<std::int32_t> node_lines;  // of the file, where each node is named
  std::vector<std::int32_t> ports;       // of each switch; 0: not told
  std::optional<Bandwidth> injection;    // of one NIC
  // One line each: what was passed over or taken for granted.
  std::vector<std::string> remarks;
};

// The most NICs of a node; 0 without nodes.
std::size_t most_nics(const SwitchGraph& graph);

// What links get that have no rate of their own.
struct LinkDefaults {
  std::optional<Bandwidth> bandwidth;
  std::optional<Duration> latency;
  // What a plain number of the file counts; absent: such numbers are passed over with a remark.
  std::optional<Bandwidth> rate_unit = {};
  std::optional<Duration> latency_unit = {};
};

// The names in "n[08-10,3]-ib, m": n08-ib, n09-ib, n10-ib, n3-ib and m. As in Slurm: commas and
// white space part them, and empty ones are passed over. Throws Error::input, also if there are
// more than a million.
std::vector<std::string> expand_host_list(const std::string& list);
// How many these are, told without expanding them. As a double: of a list that nobody can expand,
// too. Throws Error::input.
double host_list_size(const std::string& list);

// Numbers for names, in the order in which they come.
class NameTable {
 public:
  // The number of a new name; none if it is known.
  std::optional<std::int64_t> add(const std::string& name);
  // The number of `name`, or of `name (2)`, `name (3)` … if that is known.
  std::int64_t add_numbered(const std::string& name);
  [[nodiscard]] std::optional<std::int64_t> find(const std::string& name) const;
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // "did you mean 'x'?", or empty.
  [[nodiscard]] std::string suggestion(const std::string& name) const;

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::int64_t> numbers_;
  std::unordered_map<std::string, int> repeated_;
};

}  // namespace rehearse
