#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "kernels/device_profile.h"
#include "scenarios/check.h"
#include "scenarios/scenario.h"
#include "scenarios/schema.h"
#include "topologies/fabric_profile.h"
#include "topologies/network_spec.h"

namespace rehearse {
namespace {

using nlohmann::json;

struct Kind {
  const char* words;
  const char* schema;
  std::set<std::string> keys;              // that tell this kind from the others
  void (*read)(const JsonDocument& file);  // null: the schema alone decides
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"scenario",
       "scenario",
       {"model", "cluster", "training", "sweep", "data", "precision", "noise", "fidelity"},
       [](const JsonDocument& file) { (void)read_scenario(file); }},
      {"device profile",
       "device",
       {"peak", "memory_bandwidth", "memory_capacity", "launch_overhead", "host_link_bandwidth",
        "utilisation", "compute_cv", "device_cv", "power_watts"},
       [](const JsonDocument& file) { (void)read_device_profile(file.root()); }},
      {"network preset",
       "network",
       {"topology", "routing", "injection_bandwidth", "injection_latency", "ports", "down", "up",
        "link_bandwidth", "local_bandwidth", "global_bandwidth", "nodes_per_router"},
       [](const JsonDocument& file) { (void)read_network_spec(file.root()); }},
      {"prediction", "prediction", {"points", "scenario", "version", "warnings"}, nullptr},
      {"fabric profile",
       "fabric",
       {"name", "provenance", "stream_bandwidth", "stream_rate_spread", "step_latency",
        "message_latency", "local_stream_bandwidth", "local_step_latency", "max_ranks", "messages",
        "local_messages", "reduce_bandwidth", "local_reduce_bandwidth", "staging_bandwidth"},
       [](const JsonDocument& file) { (void)read_fabric_profile(file.root()); }},
      {"measurements", "measurements", {}, nullptr}};
  return all;
}

// The kind most of whose keys the file has. Fabric profiles come last but one: a name and a
// provenance make one, but both are keys of others too.
const Kind& kind_of(const JsonDocument& file) {
  if (file.value().is_array()) return kinds().back();
  const std::vector<std::string> keys = file.root().keys();
  const auto matches = [&](const Kind& kind) {
    return std::count_if(keys.begin(), keys.end(),
                         [&](const std::string& key) { return kind.keys.contains(key); });
  };
  const auto best =
      std::max_element(kinds().begin(), kinds().end(),
                       [&](const Kind& a, const Kind& b) { return matches(a) < matches(b); });
  if (matches(*best) > 0) return *best;
  throw Error::input("cannot tell what this file is", "no key of any kind of file stands in it",
                     "give a scenario, profile, prediction or measurements")
      .at(file.name(), "/");
}

}  // namespace

std::string check_file(const std::string& path) {
  const JsonDocument file = JsonDocument::parse_file(path);
  const Kind& kind = kind_of(file);
  if (kind.read != nullptr) kind.read(file);
  expect_schema(load_schema(kind.schema), file);
  return kind.words;
}

}  // namespace rehearse
