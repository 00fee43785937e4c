#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/text_file.h"
#include "kernels/devices/device_profile.h"
#include "scenarios/check.h"
#include "scenarios/file_kind.h"
#include "scenarios/profile.h"
#include "scenarios/schema.h"
#include "scenarios/uncalibrated_scenario.h"
#include "topologies/files/graph_format.h"
#include "topologies/files/graph_readers.h"
#include "topologies/graph/build.h"
#include "topologies/graph/network_cost.h"
#include "topologies/graph/network_spec.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {
namespace {

struct Kind {
  const char* words;
  const char* schema;
  std::set<std::string> keys;              // that tell this kind from the others
  void (*read)(const JsonDocument& file);  // null: the schema alone decides
};

// The value of a key as a document of its own.
std::optional<JsonDocument> part(const JsonDocument& file, const char* key) {
  if (!file.value().contains(key)) return std::nullopt;
  return JsonDocument::adopt(file.value().at(key), file.name() + "#/" + key);
}

void check_machine_profile(const JsonDocument& file) {
  // Without kernels it is no whole profile, but a good part of one.
  if (file.value().contains("device")) (void)read_profile(file);
  if (const auto stack = part(file, "fabric")) (void)read_stack_profile(stack->root());
  for (const char* key : {"device", "fabric"}) {
    if (const auto inner = part(file, key)) expect_schema(load_schema(key), *inner);
  }
}

// Names of links and switches can be held against the network only.
void check_failed_parts(const NetworkSpec& spec, std::optional<std::int64_t> nodes,
                        const NodeSpec& node) {
  if (spec.failed && nodes) (void)build_any_network(spec, *nodes, node);
}

void check_scenario(const JsonDocument& file) {
  const Scenario scenario = load_uncalibrated(file);
  check_failed_parts(scenario.network, scenario.nodes, scenario.node);
}

void check_network_file(const JsonDocument& file) {
  const NetworkSpec spec = read_network_spec(file.root());
  check_failed_parts(spec, spec.nodes ? spec.nodes : spec.topology->capacity(),
                     spec.node.value_or(NodeSpec{}));
}

void check_run_record(const JsonDocument& file) {
  if (const auto scenario = part(file, "scenario")) {
    check_scenario(*scenario);
    expect_schema(load_schema("scenario"), *scenario);
  }
  if (const auto profile = part(file, "profile")) {
    check_machine_profile(*profile);
    expect_schema(load_schema("profile"), *profile);
  }
}

void check_comparison(const JsonDocument& file) {
  const nlohmann::json& rows = file.value().value("rows", nlohmann::json::array());
  if (!rows.is_array()) return;  // the schema tells why not
  const JsonDocument schema = load_schema("prediction");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].is_object() || !rows[i].contains("prediction")) continue;
    const std::string name = file.name() + "#/rows/" + std::to_string(i) + "/prediction";
    expect_schema(schema, JsonDocument::adopt(rows[i].at("prediction"), name));
  }
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"scenario",
       "scenario",
       {"model", "workload", "cluster", "training", "sweep", "data", "precision", "noise",
        "fidelity"},
       check_scenario},
      {"device profile",
       "device",
       {"peak", "memory_bandwidth", "memory_capacity", "launch_overhead", "host_link_bandwidth",
        "utilisation", "compute_cv", "device_cv", "power_watts", "measured"},
       [](const JsonDocument& file) { (void)read_device_profile(file.root()); }},
      {"network preset",
       "network",
       {"topology", "routing", "injection_bandwidth", "injection_latency", "ports", "down", "up",
        "link_bandwidth", "local_bandwidth", "global_bandwidth", "nodes_per_router"},
       check_network_file},
      {"network graph",
       "graph",
       {"switches", "nodes", "links"},
       [](const JsonDocument& file) {
         (void)read_json_graph(file.root(), {Bandwidth(1), Duration(0)});
       }},
      {"price list",
       "prices",
       {"prices", "currency", "switch", "cable", "nic"},
       [](const JsonDocument& file) { (void)read_price_list(file.root()); }},
      {"collective",
       "collective",
       {"operation", "ranks_per_node", "network", "stack", "rows", "against"},
       nullptr},
      {"comparison", "comparison", {"varied", "rows", "warnings"}, check_comparison},
      {"prediction", "prediction", {"points", "scenario", "version", "warnings"}, nullptr},
      {"machine profile",
       "profile",
       {"profile", "machine", "device", "fabric", "collectives", "noise"},
       check_machine_profile},
      {"run record",
       "run",
       {"run", "version", "scenario", "machine", "workers", "threads_per_rank", "global_batch",
        "first_step", "loss", "learning_rate", "evaluation", "diverged", "ranks", "profile"},
       check_run_record},
      {"fabric profile",
       "fabric",
       {"name",
        "provenance",
        "stream_bandwidth",
        "stream_rate_spread",
        "step_latency",
        "message_latency",
        "local_stream_bandwidth",
        "local_step_latency",
        "max_ranks",
        "messages",
        "local_messages",
        "reduce_bandwidth",
        "local_reduce_bandwidth",
        "staging_bandwidth",
        "receive_loop_bandwidth",
        "gather_copy_bandwidth",
        "wire_efficiency",
        "acknowledgement_share",
        "idle_burst",
        "rendezvous_from",
        "departure_skew",
        "library",
        "library_version",
        "nic_family",
        "nic_rate",
        "inside",
        "departure_spread",
        "announcement",
        "wake_up"},
       [](const JsonDocument& file) { (void)read_stack_profile(file.root()); }},
      {"measurements", "measurements", {}, nullptr}};
  return all;
}

// Keys of the file that are keys of the kind.
std::ptrdiff_t matches(const std::vector<std::string>& keys, const Kind& kind) {
  return std::count_if(keys.begin(), keys.end(),
                       [&](const std::string& key) { return kind.keys.contains(key); });
}

// The keys of networkx; our own graphs name their switches.
bool is_node_link_graph(const JsonDocument& file) {
  const nlohmann::json& all = file.value();
  return all.is_object() && !all.contains("switches") && all.contains("nodes") &&
         (all.contains("links") || all.contains("edges")) && all.at("nodes").is_array();
}

// The kind most of whose keys the file has. Fabric profiles come last but one: a name and a
// provenance make one, but both are keys of others too.
const Kind& likeliest(const std::vector<std::string>& keys) {
  return *std::max_element(kinds().begin(), kinds().end(), [&](const Kind& a, const Kind& b) {
    return matches(keys, a) < matches(keys, b);
  });
}

const Kind& kind_of(const JsonDocument& file) {
  if (file.value().is_array()) return kinds().back();
  refuse_foreign(file);
  const std::vector<std::string> keys = file.root().keys();
  const Kind& best = likeliest(keys);
  if (matches(keys, best) > 0) return best;
  throw Error::input("cannot tell what this file is", "no key of any kind of file stands in it",
                     "give a scenario, profile, prediction or measurements")
      .at(file.name(), "/");
}

}  // namespace

std::string check_file(const std::string& path) {
  // Rates that a graph leaves to the network that names it are none of its mistakes.
  const LinkDefaults any{Bandwidth(1), Duration(0)};
  const std::string text = read_text_file(path);
  const auto format = graph_format(text);
  if (format && *format != GraphFormat::json) {
    (void)read_switch_graph(text, path, any);
    return "network graph (" + std::string(to_text(*format)) + ")";
  }
  JsonDocument file = JsonDocument::parse_text("{}", path);
  try {
    file = JsonDocument::parse_text(text, path);
  } catch (const Error&) {
    const OtherFormat other = other_format(text);
    if (format || other.name.empty()) throw;
    throw Error::input("cannot tell what this file is", "it seems to be " + other.name,
                       other.remedy)
        .at(path, "/");
  }
  if (is_node_link_graph(file)) {
    (void)read_node_link_graph(file.root(), any);
    return "network graph (JSON of networkx)";
  }
  const Kind& kind = kind_of(file);
  if (kind.read != nullptr) kind.read(file);
  expect_schema(load_schema(kind.schema), file);
  return kind.words;
}

std::string kind_of_file(const JsonDocument& file) {
  constexpr std::ptrdiff_t kEnough = 2;  // one key alone may be a slip
  if (file.value().is_array()) return kinds().back().words;
  if (!file.value().is_object()) return "";
  const std::vector<std::string> keys = file.root().keys();
  const Kind& best = likeliest(keys);
  return matches(keys, best) < kEnough ? "" : best.words;
}

}  // namespace rehearse
