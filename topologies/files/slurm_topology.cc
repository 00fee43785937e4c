// topology.conf of Slurm's plugins topology/tree and topology/block (Slurm Workload Manager, man
// topology.conf), and what `scontrol show topology` prints of them:
//
//   SwitchName=leaf0 Nodes=n[0-3]       # one line per switch; keys in any case
//   SwitchName=top Switches=leaf[0-1]
//   BlockName=b1 Nodes=n[0-17]
//   BlockSizes=18
//
// LinkSpeed is passed over, as Slurm does.
#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "topologies/files/graph_readers.h"
#include "topologies/files/slurm_lines.h"
#include "topologies/files/slurm_switches.h"

namespace rehearse {
namespace {

template <std::size_t N>
bool is_one_of(const std::string& word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class ConfReader {
 public:
  explicit ConfReader(const std::string& file) : file_(file) {}

  SlurmNetwork read(const std::string& text) {
    for (const SlurmLine& line : slurm_lines(text)) {
      try {
        read_line(line);
      } catch (const Error& error) {
        throw error.at(file_, "line " + std::to_string(line.number));
      }
    }
    if (found_.switches.empty()) {
      throw Error::input("no switch is described", "there is no 'SwitchName'").at(file_, "line 1");
    }
    return std::move(found_);
  }

 private:
  void read_line(const SlurmLine& line) {
    constexpr std::string_view kInclude = "include";
    if (line.text.size() > kInclude.size() && line.text[kInclude.size()] == ' ' &&
        std::equal(kInclude.begin(), kInclude.end(), line.text.begin(),
                   [](char a, char b) { return a == (b | 0x20); })) {
      throw Error::input("an 'include' is not followed", "", "put the lines of that file here");
    }
    SlurmSwitch found{line.number, "", "", ""};
    bool is_block = false;
    bool higher_level = false;
    for (SlurmPair& pair : slurm_pairs(line.text)) {
      if (pair.lower == "switchname" || pair.lower == "blockname") {
        found.name = std::move(pair.value);
        is_block = pair.lower == "blockname";
      } else if (pair.lower == "nodes") {
        found.nodes = std::move(pair.value);
      } else if (pair.lower == "switches") {
        found.switches = std::move(pair.value);
      } else if (pair.lower == "level") {
        higher_level = pair.value != "0";
      } else if (!is_passed_over(pair, line.number)) {
        return;
      }
    }
    if (found.name.empty()) throw Error::input("the line names no switch", "", "add 'SwitchName='");
    if (found.name.find_first_of(",[") != std::string::npos) {
      throw Error::input("'" + found.name + "' is several names", "a line describes one switch");
    }
    // scontrol lists the nodes of all switches below as well.
    if (higher_level && !found.switches.empty()) found.nodes.clear();
    if (found.nodes.empty() && found.switches.empty() && is_block) {
      throw Error::input("block '" + found.name + "' has no nodes", "", "add 'Nodes='");
    }
    if (!found_.switches.empty() && is_block != found_.blocks) {
      throw Error::input("blocks and switches stand in one file", "Slurm reads one of them",
                         "keep one kind");
    }
    found_.blocks = is_block;
    found_.switches.push_back(std::move(found));
  }

  // False: the whole line is of no use here.
  bool is_passed_over(const SlurmPair& pair, int line) {
    static constexpr std::array<std::string_view, 3> kSilent{"linkspeed", "blockindex",
                                                             "blocksize"};
    static constexpr std::array<std::string_view, 2> kLines{"blocksizes", "aggregatedblock"};
    static constexpr std::array<std::string_view, 3> kOfSlurmConf{"topologyplugin", "topologyparam",
                                                                  "routeplugin"};
    if (is_one_of(pair.lower, kSilent)) return true;
    if (is_one_of(pair.lower, kLines)) return false;
    if (is_one_of(pair.lower, kOfSlurmConf)) {
      found_.remarks.push_back("line " + std::to_string(line) + " of '" + file_ + "': '" +
                               pair.key + "' belongs to slurm.conf and is passed over");
      return false;
    }
    throw Error::input("unknown key '" + pair.lower + "'",
                       "known are SwitchName, Nodes, Switches, LinkSpeed, BlockName and "
                       "BlockSizes");
  }

  const std::string& file_;
  SlurmNetwork found_;
};

}  // namespace

SwitchGraph read_slurm_topology(const std::string& text, const std::string& file,
                                const LinkDefaults& defaults) {
  return graph_of_slurm(ConfReader(file).read(text), file, defaults);
}

}  // namespace rehearse
