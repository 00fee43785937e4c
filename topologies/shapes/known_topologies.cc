// The topologies by their names in scenario files.
#include "base/error.h"
#include "base/json_reader.h"
#include "topologies/shapes/dragonfly.h"
#include "topologies/shapes/dragonfly_plus.h"
#include "topologies/shapes/fat_tree.h"
#include "topologies/shapes/graph_spec.h"
#include "topologies/shapes/hyperx.h"
#include "topologies/shapes/single_switch.h"
#include "topologies/shapes/slim_fly.h"
#include "topologies/shapes/topology_reader.h"
#include "topologies/shapes/torus.h"

namespace rehearse {
namespace {

using Spec = std::shared_ptr<const TopologySpec>;

struct Known {
  const char* name;
  Spec (*read)(ObjectReader& reader);
};

template <typename T>
Spec shared(T spec) {
  return std::make_shared<T>(std::move(spec));
}

constexpr Known kTopologies[] = {
    {"single_switch", [](ObjectReader&) { return shared(SingleSwitchSpec{}); }},
    {"fat_tree", [](ObjectReader& reader) { return shared(read_fat_tree(reader)); }},
    {"dragonfly", [](ObjectReader& reader) { return shared(read_dragonfly(reader)); }},
    {"dragonfly_plus", [](ObjectReader& reader) { return shared(read_dragonfly_plus(reader)); }},
    {"torus", [](ObjectReader& reader) { return shared(read_torus(reader, true)); }},
    {"mesh", [](ObjectReader& reader) { return shared(read_torus(reader, false)); }},
    {"hyperx", [](ObjectReader& reader) { return shared(read_hyperx(reader)); }},
    {"slim_fly", [](ObjectReader& reader) { return shared(read_slim_fly(reader)); }},
    {"file", [](ObjectReader& reader) { return shared(read_graph_spec(reader)); }},
};

}  // namespace

LinkRate read_rate(ObjectReader& reader, const std::string& prefix) {
  const LinkRate rate{reader.bandwidth(prefix + "_bandwidth"),
                      reader.duration(prefix + "_latency")};
  if (rate.bandwidth == Bandwidth(0)) {
    throw reader.error_at(prefix + "_bandwidth", "a bandwidth of zero moves nothing", "",
                          "give a positive rate");
  }
  return rate;
}

std::vector<std::string> topology_names() {
  std::vector<std::string> names;
  for (const Known& known : kTopologies) names.emplace_back(known.name);
  return names;
}

std::shared_ptr<const TopologySpec> read_topology(ObjectReader& reader) {
  return kTopologies[reader.choice("topology", topology_names())].read(reader);
}

}  // namespace rehearse
