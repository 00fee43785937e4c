// The readers of files that list a network switch by switch: docs/formats.md, "Network graph".
//
//   SwitchGraph graph = read_switch_graph(read_text_file(path), path, defaults);
//
// All throw Error::input with the file and its line (of JSON the path). Every one counts what a
// file holds before it makes room for it: at most kMostVertices switches and nodes and kMostLinks
// links (topologies/graph/build.h), and nesting of at most kDeepestNesting.
#pragma once

#include <string>

#include "topologies/shapes/switch_graph.h"

namespace rehearse {

class ObjectReader;

inline constexpr int kDeepestNesting = 64;

// Tells the format from the text. `file` stands in messages; its name decides nothing.
SwitchGraph read_switch_graph(const std::string& text, const std::string& file,
                              const LinkDefaults& defaults);

// {"switches": …, "nodes": …, "links": …}
SwitchGraph read_json_graph(ObjectReader reader, const LinkDefaults& defaults);
// Of networkx: {"nodes": [{"id": …}], "links" or "edges": [{"source": …, "target": …}]}
SwitchGraph read_node_link_graph(ObjectReader reader, const LinkDefaults& defaults);

SwitchGraph read_graphml(const std::string& text, const std::string& file,
                         const LinkDefaults& defaults);
SwitchGraph read_gml(const std::string& text, const std::string& file,
                     const LinkDefaults& defaults);

// topology.conf, of topology/tree or topology/block, and topology.yaml.
SwitchGraph read_slurm_topology(const std::string& text, const std::string& file,
                                const LinkDefaults& defaults);
SwitchGraph read_slurm_yaml(const std::string& text, const std::string& file,
                            const LinkDefaults& defaults);

SwitchGraph read_ibnetdiscover(const std::string& text, const std::string& file,
                               const LinkDefaults& defaults);

}  // namespace rehearse
