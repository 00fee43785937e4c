#include "topologies/files/slurm_switches.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "base/error.h"
#include "topologies/graph/build.h"

namespace rehearse {
namespace {

constexpr const char* kCommonSwitch = "above all blocks";

class SlurmGraph {
 public:
  SlurmGraph(SlurmNetwork network, const std::string& file, const LinkDefaults& defaults)
      : network_(std::move(network)), file_(file), defaults_(defaults) {}

  SwitchGraph read() {
    name_switches();
    expect_few_names();
    for (std::size_t i = 0; i < lines().size(); ++i) attach_nodes(i);
    expect_single_homes();
    for (std::size_t i = 0; i < lines().size(); ++i) join_switches(i);
    if (network_.blocks) join_blocks();
    expect_no_cycle();
    graph_.switches = switches_.names();
    graph_.node_names = nodes_.names();
    graph_.remarks = std::move(network_.remarks);
    return std::move(graph_);
  }

 private:
  // A node that stands on more than one switch.
  struct SecondHome {
    std::string node;
    std::size_t first, second;  // of the lines
  };

  [[nodiscard]] const std::vector<SlurmSwitch>& lines() const { return network_.switches; }
  [[nodiscard]] Error at(std::size_t index, std::string what, std::string why = "",
                         std::string remedy = "") const {
    return Error::input(std::move(what), std::move(why), std::move(remedy))
        .at(file_, "line " + std::to_string(lines()[index].line));
  }
  [[nodiscard]] const char* word() const { return network_.blocks ? "block" : "switch"; }

  void name_switches() {
    for (std::size_t i = 0; i < lines().size(); ++i) {
      const std::string& name = lines()[i].name;
      if (switches_.add(name)) continue;
      const auto first = static_cast<std::size_t>(switches_.find(name).value_or(0));
      throw at(i, std::string(word()) + " '" + name + "' is described twice",
               "first in line " + std::to_string(lines()[first].line));
    }
  }

  void expect_few_names() const {
    double nodes = 0;
    double links = 0;
    for (std::size_t i = 0; i < lines().size(); ++i) {
      try {
        nodes += host_list_size(lines()[i].nodes);
        links += host_list_size(lines()[i].switches);
        expect_size(nodes + static_cast<double>(lines().size()), 2 * links);
      } catch (const Error& error) {
        throw error.at(file_, "line " + std::to_string(lines()[i].line));
      }
    }
  }

  [[nodiscard]] std::vector<std::string> names(std::size_t index, const std::string& list) const {
    if (list.empty()) return {};
    try {
      return expand_host_list(list);
    } catch (const Error& error) {
      throw error.at(file_, "line " + std::to_string(lines()[index].line));
    }
  }

  void attach_nodes(std::size_t index) {
    const auto number = static_cast<std::int64_t>(index);
    for (const std::string& node : names(index, lines()[index].nodes)) {
      if (node == "ALL") {
        throw at(index, "which nodes 'ALL' are stands in slurm.conf", "",
                 "name them, as in Nodes=n[0-3]");
      }
      if (nodes_.add(node)) {
        graph_.nodes.push_back({number});
        graph_.node_lines.push_back(lines()[index].line);
        continue;
      }
      const auto known = static_cast<std::size_t>(nodes_.find(node).value_or(0));
      const auto first = static_cast<std::size_t>(graph_.nodes[known].front());
      if (first != index) second_homes_.push_back({node, first, index});
    }
  }

  void expect_single_homes() const {
    if (second_homes_.empty()) return;
    const SecondHome& home = second_homes_.front();
    const SlurmSwitch& first = lines()[home.first];
    std::string why = "line " + std::to_string(first.line) + " has it on '" + first.name + "'";
    if (second_homes_.size() > 1) {
      const SecondHome& next = second_homes_[1];
      why += "; and " + std::to_string(second_homes_.size() - 1) + " more such, the next is '" +
             next.node + "' of line " + std::to_string(lines()[next.second].line);
    }
    throw at(home.second, "node '" + home.node + "' hangs on a second switch", std::move(why),
             "name it in one line");
  }

  [[nodiscard]] LinkRate rate(std::size_t index) const {
    if (defaults_.bandwidth && defaults_.latency) return {*defaults_.bandwidth, *defaults_.latency};
    throw at(index, "the links of a Slurm topology have no rates", "the file cannot hold any",
             "give 'link_bandwidth' and 'link_latency' beside 'file', as in \"link_bandwidth\": "
             "\"100 Gbit/s\"");
  }

  [[nodiscard]] bool holds_nodes(std::int64_t index) const {
    return !lines()[static_cast<std::size_t>(index)].nodes.empty();
  }

  void join_switches(std::size_t index) {
    const auto number = static_cast<std::int64_t>(index);
    std::unordered_set<std::int64_t> below;
    for (const std::string& name : names(index, lines()[index].switches)) {
      const auto child = switches_.find(name);
      if (!child) {
        throw at(index, "there is no switch '" + name + "'", "", switches_.suggestion(name));
      }
      if (!below.insert(*child).second) continue;
      if (*child != number && holds_nodes(*child) && holds_nodes(number)) {
        if (!peers_.insert(std::minmax(*child, number)).second) continue;
      }
      graph_.edges.push_back({*child, number, rate(index), {}, 1});
    }
  }

  void join_blocks() {
    const std::int64_t top = switches_.add_numbered(kCommonSwitch);
    for (std::size_t i = 0; i < lines().size() && lines().size() > 1; ++i) {
      graph_.edges.push_back({static_cast<std::int64_t>(i), top, rate(i), {}, 1});
    }
    network_.remarks.push_back(
        "the blocks of '" + file_ +
        "' say nothing of switches: each is taken for a switch below a common one, with one link "
        "of 'link_bandwidth', so give the sum of the cables of a block");
  }

  // Takes away switches with nothing above them that is still there, until none is left (Kahn,
  // "Topological sorting of large networks", CACM 5(11), 1962).
  void expect_no_cycle() const {
    std::vector<std::vector<std::int64_t>> below(switches_.names().size());
    std::vector<std::vector<std::int64_t>> above(switches_.names().size());
    std::vector<std::size_t> waiting(switches_.names().size());
    for (const SwitchGraph::Edge& edge : graph_.edges) {
      if (peers_.contains(std::minmax(edge.a, edge.b))) continue;
      below[static_cast<std::size_t>(edge.b)].push_back(edge.a);
      above[static_cast<std::size_t>(edge.a)].push_back(edge.b);
      ++waiting[static_cast<std::size_t>(edge.a)];
    }
    std::vector<std::size_t> free;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i] == 0) free.push_back(i);
    }
    for (std::size_t head = 0; head < free.size(); ++head) {
      for (const std::int64_t child : below[free[head]]) {
        if (--waiting[static_cast<std::size_t>(child)] == 0) {
          free.push_back(static_cast<std::size_t>(child));
        }
      }
    }
    if (free.size() == waiting.size()) return;
    // From a switch that is left, upwards among those that are left, ends on the cycle.
    std::size_t on = 0;
    while (waiting[on] == 0) ++on;
    for (std::size_t step = 0; step < waiting.size(); ++step) {
      const auto next = std::find_if(above[on].begin(), above[on].end(), [&](std::int64_t parent) {
        return waiting[static_cast<std::size_t>(parent)] > 0;
      });
      on = static_cast<std::size_t>(*next);
    }
    throw at(on, "switch '" + lines()[on].name + "' hangs below itself", "a tree has no cycles");
  }

  SlurmNetwork network_;
  const std::string& file_;
  const LinkDefaults& defaults_;
  NameTable switches_, nodes_;
  std::vector<SecondHome> second_homes_;
  std::set<std::pair<std::int64_t, std::int64_t>> peers_;  // the smaller number first
  SwitchGraph graph_;
};

}  // namespace

SwitchGraph graph_of_slurm(SlurmNetwork network, const std::string& file,
                           const LinkDefaults& defaults) {
  return SlurmGraph(std::move(network), file, defaults).read();
}

}  // namespace rehearse
