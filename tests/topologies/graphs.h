// Networks from the text of a file.
#pragma once

#include "networks.h"
#include "topologies/files/graph_readers.h"
#include "topologies/shapes/graph_spec.h"

namespace rehearse {

inline NetworkSpec of_graph_text(const std::string& text, const LinkDefaults& defaults = {}) {
  GraphSpec spec;
  spec.file = "net";
  spec.graph = std::make_shared<const SwitchGraph>(read_switch_graph(text, "net", defaults));
  NetworkSpec network = with_injection();
  network.topology = std::make_shared<GraphSpec>(std::move(spec));
  return network;
}

inline LinkDefaults ten_gigabytes() { return {Bandwidth(10e9), Duration(1e-7)}; }

}  // namespace rehearse
