// What Slurm's files say of switches, in either of their forms, and the network of it.
#pragma once

#include <string>
#include <vector>

#include "topologies/shapes/switch_graph.h"

namespace rehearse {

struct SlurmSwitch {
  int line = 0;  // of the file
  std::string name;
  std::string nodes, switches;  // host lists; empty: none
};

struct SlurmNetwork {
  std::vector<SlurmSwitch> switches;
  bool blocks = false;  // of topology/block, which names no switches
  std::vector<std::string> remarks;
};

// One link leads from a switch to each one below it, however often a line names it. Two switches
// that both hold nodes are peers, as in Slurm's dragonflies: they may name each other. Of blocks
// each becomes a switch, and one more joins them. Counts all names before it expands any. Throws
// Error::input with the line for an unknown switch, a name or a node that stands twice, and a
// cycle.
SwitchGraph graph_of_slurm(SlurmNetwork network, const std::string& file,
                           const LinkDefaults& defaults);

}  // namespace rehearse
