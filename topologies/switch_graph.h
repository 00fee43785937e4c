// Switches that are joined in any way, as files list them, and the readers of those files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "topologies/link.h"

namespace rehearse {

class ObjectReader;

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
};

// What links get that have no rate of their own.
struct LinkDefaults {
  std::optional<Bandwidth> bandwidth;
  std::optional<Duration> latency;
};

// The three formats of docs/formats.md, "Network graph". `file` stands in messages. Throw
// Error::input with the JSON path, or the line of the file where there are lines.
SwitchGraph read_json_graph(ObjectReader reader, const LinkDefaults& defaults);
SwitchGraph read_slurm_topology(const std::string& text, const std::string& file,
                                const LinkDefaults& defaults);
SwitchGraph read_graphml(const std::string& text, const std::string& file,
                         const LinkDefaults& defaults);

// Tells the format from the first character that is not white space: { JSON, < GraphML, else Slurm.
SwitchGraph read_switch_graph(const std::string& text, const std::string& file,
                              const LinkDefaults& defaults);

// "n[08-10,3]-ib" is n08-ib, n09-ib, n10-ib and n3-ib; lists of these are separated by commas. As
// in Slurm. Throws Error::input.
std::vector<std::string> expand_host_list(const std::string& list);

// Numbers for names, in the order in which they come.
class NameTable {
 public:
  // The number of a new name; none if it is known.
  std::optional<std::int64_t> add(const std::string& name);
  [[nodiscard]] std::optional<std::int64_t> find(const std::string& name) const;
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // "did you mean 'x'?", or empty.
  [[nodiscard]] std::string suggestion(const std::string& name) const;

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::int64_t> numbers_;
};

}  // namespace rehearse
