// The networks that the benchmarks compare: a line each.
#pragma once

#include <string>
#include <vector>

namespace rehearse {

struct Topology {
  std::string name;
  std::string network;  // a preset or an object, see network_spec
};

// 10 GB/s everywhere; the Aries as it is.
inline std::vector<Topology> topologies() {
  const std::string injection =
      R"("injection_bandwidth": "10 GB/s", "injection_latency": "500 ns")";
  const std::string tree = injection + R"(, "link_bandwidth": "10 GB/s", "link_latency": "100 ns")";
  const std::string dragonfly = injection + R"(,
      "local_bandwidth": "10 GB/s", "local_latency": "100 ns",
      "global_bandwidth": "10 GB/s", "global_latency": "500 ns")";
  return {
      {"single switch", R"({"topology": "single_switch", )" + injection + "}"},
      {"fat-tree", R"({"topology": "fat_tree", "ports": 36, )" + tree + "}"},
      {"fat-tree 4 : 1",
       R"({"topology": "fat_tree", "ports": 40, "oversubscription": [4], )" + tree + "}"},
      {"dragonfly",
       R"({"topology": "dragonfly", "routers_per_group": 12, "nodes_per_router": 6,
           "global_links_per_router": 6, )" +
           dragonfly + "}"},
      {"Aries", "aries-piz-daint"},
      {"Dragonfly+",
       R"({"topology": "dragonfly_plus", "leaves_per_group": 8, "spines_per_group": 8,
           "nodes_per_leaf": 8, "global_links_per_spine": 8, )" +
           dragonfly + "}"},
      {"torus", R"({"topology": "torus", )" + tree + "}"},
      {"HyperX",
       R"({"topology": "hyperx", "dimensions": [18, 18], "nodes_per_switch": 18, )" + tree + "}"},
      {"Slim Fly",
       R"({"topology": "slim_fly", "local_bandwidth": "10 GB/s", "local_latency": "100 ns",
           "global_bandwidth": "10 GB/s", "global_latency": "500 ns", )" +
           injection + "}"},
  };
}

// As a scenario says it under cluster.network.
inline std::string network_object(const std::string& network) {
  return network.find('{') == std::string::npos ? R"({"preset": ")" + network + R"("})" : network;
}

}  // namespace rehearse
