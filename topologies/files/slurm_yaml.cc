// topology.yaml of Slurm 25.05 and later (Slurm Workload Manager, man topology.yaml): a list of
// topologies, of which one is the cluster's default.
//
//   - topology: main
//     cluster_default: true
//     tree:
//       switches:
//         - switch: top
//           children: leaf[0-1]
//         - switch: leaf0
//           nodes: n[0-3]
#include <algorithm>

#include "base/error.h"
#include "base/json_reader.h"
#include "topologies/files/graph_readers.h"
#include "topologies/files/slurm_switches.h"
#include "topologies/files/yaml_tree.h"

namespace rehearse {
namespace {

class YamlReader {
 public:
  YamlReader(const YamlNode& root, const std::string& file) : root_(root), file_(file) {}

  SlurmNetwork read() {
    const YamlNode& chosen = choose();
    SlurmNetwork found;
    if (const YamlNode* tree = chosen.find("tree")) {
      found.switches = read_list(*tree, "switches", "switch", "children");
    } else if (const YamlNode* block = chosen.find("block")) {
      found.switches = read_list(*block, "blocks", "block", "");
      found.blocks = true;
    } else {
      throw at(chosen, "the topology names no switches",
               "read are those with 'tree' or 'block'; 'flat' has none",
               "add one of them, or use \"topology\": \"single_switch\" without a file");
    }
    if (root_.items.size() > 1) {
      const YamlNode* name = chosen.find("topology");
      found.remarks.push_back("'" + file_ + "' holds " + std::to_string(root_.items.size()) +
                              " topologies; '" + (name == nullptr ? "" : name->text) +
                              "' is read: it is the " +
                              (is_default(chosen) ? "cluster's default" : "first"));
    }
    return found;
  }

 private:
  [[nodiscard]] Error at(const YamlNode& node, std::string what, std::string why = "",
                         std::string remedy = "") const {
    return Error::input(std::move(what), std::move(why), std::move(remedy))
        .at(file_, "line " + std::to_string(std::max(1, node.line)));
  }

  static bool is_default(const YamlNode& topology) {
    const YamlNode* value = topology.find("cluster_default");
    static const std::vector<std::string> kYes{"true", "True", "TRUE", "yes", "Yes", "on"};
    return value != nullptr && std::find(kYes.begin(), kYes.end(), value->text) != kYes.end();
  }

  [[nodiscard]] const YamlNode& choose() const {
    if (root_.kind != YamlNode::Kind::sequence || root_.items.empty()) {
      throw at(root_, "no topology is described", "topology.yaml is a list",
               "begin with '- topology: NAME'");
    }
    for (const YamlNode& topology : root_.items) {
      if (topology.kind != YamlNode::Kind::map) {
        throw at(topology, "this is no topology", "", "write '- topology: NAME'");
      }
      for (const auto& [key, value] : topology.entries) {
        expect_known(value, key,
                     {"topology", "cluster_default", "tree", "block", "flat", "ring", "torus3d"});
      }
    }
    const auto chosen = std::find_if(root_.items.begin(), root_.items.end(), is_default);
    return chosen == root_.items.end() ? root_.items.front() : *chosen;
  }

  void expect_known(const YamlNode& value, const std::string& key,
                    const std::vector<std::string>& known) const {
    if (std::find(known.begin(), known.end(), key) != known.end()) return;
    const auto near = nearest(key, known);
    throw at(value, "unknown key '" + key + "'", "known are " + list_of(known),
             near ? "did you mean '" + *near + "'?" : "");
  }

  // A host list, written as one text or as a list of texts.
  [[nodiscard]] std::string host_list(const YamlNode& node) const {
    if (node.kind == YamlNode::Kind::scalar) return node.text;
    std::string list;
    for (const YamlNode& item : node.items) {
      if (item.kind != YamlNode::Kind::scalar) throw at(item, "this is no name");
      list += (list.empty() ? "" : ",") + item.text;
    }
    if (node.kind == YamlNode::Kind::map) throw at(node, "this is no list of names");
    return list;
  }

  [[nodiscard]] std::vector<SlurmSwitch> read_list(const YamlNode& parent, const std::string& list,
                                                   const std::string& word,
                                                   const std::string& below) const {
    const YamlNode* entries = parent.find(list);
    if (entries == nullptr || entries->kind != YamlNode::Kind::sequence || entries->items.empty()) {
      throw at(parent, "no " + word + " is described", "", "list them below '" + list + ":'");
    }
    std::vector<SlurmSwitch> found;
    for (const YamlNode& entry : entries->items) {
      SlurmSwitch one{entry.line, "", "", ""};
      for (const auto& [key, value] : entry.entries) {
        expect_known(value, key,
                     below.empty() ? std::vector<std::string>{word, "nodes"}
                                   : std::vector<std::string>{word, "nodes", below, "link_speed"});
        if (key == word) one.name = value.text;
        if (key == "nodes") one.nodes = host_list(value);
        if (key == below) one.switches = host_list(value);
      }
      if (one.name.empty()) throw at(entry, "the entry has no '" + word + "'");
      found.push_back(std::move(one));
    }
    return found;
  }

  const YamlNode& root_;
  const std::string& file_;
};

}  // namespace

SwitchGraph read_slurm_yaml(const std::string& text, const std::string& file,
                            const LinkDefaults& defaults) {
  const YamlNode root = parse_yaml(text, file);
  return graph_of_slurm(YamlReader(root, file).read(), file, defaults);
}

}  // namespace rehearse
