// topology.conf of Slurm's plugin topology/tree (Slurm Workload Manager, man topology.conf):
//
//   SwitchName=leaf0 Nodes=n[0-3]       # one line per switch; keys in any case
//   SwitchName=top Switches=leaf[0-1]
//
// LinkSpeed is passed over, as Slurm does. A switch below several others has a link to each.
#include <algorithm>
#include <cctype>
#include <sstream>

#include "base/error.h"
#include "topologies/switch_graph.h"

namespace rehearse {
namespace {

struct SwitchLine {
  int line = 0;
  std::string name, nodes, switches;  // the last two are lists, empty if absent
};

class SlurmReader {
 public:
  explicit SlurmReader(const std::string& file) : file_(file) {}

  SwitchGraph read(const std::string& text, LinkRate rate) {
    read_lines(text);
    if (lines_.empty()) throw at(1, "no switch is described", "there is no 'SwitchName'");
    NameTable nodes;
    for (std::size_t index = 0; index < lines_.size(); ++index) {
      const auto number = static_cast<std::int64_t>(index);
      for (const std::string& node : names(lines_[index], lines_[index].nodes)) {
        if (!nodes.add(node)) {
          throw at(lines_[index].line, "node '" + node + "' hangs on a second switch",
                   "a node of a tree has one leaf");
        }
        graph_.nodes.push_back({number});
      }
      join_switches(number, rate);
    }
    expect_no_cycle();
    graph_.switches = switches_.names();
    return std::move(graph_);
  }

 private:
  [[nodiscard]] Error at(int line, std::string what, std::string why = "",
                         std::string remedy = "") const {
    return Error::input(std::move(what), std::move(why), std::move(remedy))
        .at(file_, "line " + std::to_string(line));
  }

  void read_lines(const std::string& text) {
    std::istringstream input(text);
    std::string line;
    for (int number = 1; std::getline(input, line); ++number) {
      const int first = number;
      std::string more;
      while (line.ends_with('\\') && std::getline(input, more)) {
        line.pop_back();
        line += more;
        ++number;
      }
      line.erase(std::min(line.find('#'), line.size()));
      read_line(line, first);
    }
  }

  void read_line(const std::string& line, int number) {
    std::istringstream words(line);
    std::string word;
    SwitchLine found{number, "", "", ""};
    bool empty = true;
    while (words >> word) {
      empty = false;
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos || equals + 1 == word.size()) {
        throw at(number, "'" + word + "' is not KEY=VALUE");
      }
      std::string key = word.substr(0, equals);
      std::transform(key.begin(), key.end(), key.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      set(found, key, word.substr(equals + 1));
    }
    if (empty) return;
    if (found.name.empty()) throw at(number, "the line names no switch", "", "add 'SwitchName='");
    if (found.nodes.empty() && found.switches.empty()) {
      throw at(number, "nothing hangs on switch '" + found.name + "'", "",
               "add 'Nodes=' or 'Switches='");
    }
    if (!switches_.add(found.name)) {
      throw at(number, "switch '" + found.name + "' is described twice");
    }
    lines_.push_back(std::move(found));
  }

  void set(SwitchLine& line, const std::string& key, std::string value) const {
    if (key == "switchname") {
      line.name = std::move(value);
    } else if (key == "nodes") {
      line.nodes = std::move(value);
    } else if (key == "switches") {
      line.switches = std::move(value);
    } else if (key == "blockname" || key == "blocksizes") {
      throw at(line.line, "blocks are not read", "topology/block says nothing of switches",
               "describe the switches, as for topology/tree");
    } else if (key != "linkspeed") {
      throw at(line.line, "unknown key '" + key + "'",
               "known are SwitchName, Nodes, Switches and LinkSpeed");
    }
  }

  [[nodiscard]] std::vector<std::string> names(const SwitchLine& line,
                                               const std::string& list) const {
    if (list.empty()) return {};
    try {
      return expand_host_list(list);
    } catch (const Error& error) {
      throw error.at(file_, "line " + std::to_string(line.line));
    }
  }

  void join_switches(std::int64_t number, LinkRate rate) {
    const SwitchLine& line = lines_[static_cast<std::size_t>(number)];
    for (const std::string& name : names(line, line.switches)) {
      const auto child = switches_.find(name);
      if (!child) {
        throw at(line.line, "there is no switch '" + name + "'", "", switches_.suggestion(name));
      }
      graph_.edges.push_back({*child, number, rate, {}, 1});
    }
  }

  // Takes away switches with nothing above them that is still there, until none is left (Kahn,
  // "Topological sorting of large networks", CACM 5(11), 1962).
  void expect_no_cycle() const {
    std::vector<std::vector<std::int64_t>> below(lines_.size());
    std::vector<std::int64_t> above(lines_.size());
    for (const SwitchGraph::Edge& edge : graph_.edges) {
      below[static_cast<std::size_t>(edge.b)].push_back(edge.a);
      ++above[static_cast<std::size_t>(edge.a)];
    }
    std::vector<std::size_t> free;
    for (std::size_t i = 0; i < above.size(); ++i) {
      if (above[i] == 0) free.push_back(i);
    }
    for (std::size_t head = 0; head < free.size(); ++head) {
      for (const std::int64_t child : below[free[head]]) {
        if (--above[static_cast<std::size_t>(child)] == 0) {
          free.push_back(static_cast<std::size_t>(child));
        }
      }
    }
    if (free.size() == lines_.size()) return;
    // From a switch that is left, upwards among those that are left, ends on the cycle.
    std::size_t on = 0;
    while (above[on] == 0) ++on;
    for (std::size_t step = 0; step < lines_.size(); ++step) {
      for (const SwitchGraph::Edge& edge : graph_.edges) {
        if (static_cast<std::size_t>(edge.a) != on) continue;
        if (above[static_cast<std::size_t>(edge.b)] == 0) continue;
        on = static_cast<std::size_t>(edge.b);
        break;
      }
    }
    throw at(lines_[on].line, "switch '" + lines_[on].name + "' hangs below itself",
             "a tree has no cycles");
  }

  const std::string& file_;
  std::vector<SwitchLine> lines_;
  NameTable switches_;
  SwitchGraph graph_;
};

}  // namespace

SwitchGraph read_slurm_topology(const std::string& text, const std::string& file,
                                const LinkDefaults& defaults) {
  if (!defaults.bandwidth || !defaults.latency) {
    throw Error::input("the links of a Slurm topology have no rates", "the file cannot hold any",
                       "give 'link_bandwidth' and 'link_latency' beside 'file'");
  }
  return SlurmReader(file).read(text, {*defaults.bandwidth, *defaults.latency});
}

}  // namespace rehearse
