#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/file_format.h"
#include "base/text_file.h"
#include "kernels/devices/device_profile.h"
#include "kernels/devices/kernel_laws.h"
#include "kernels/models/importers/hf_config.h"
#include "scenarios/check.h"
#include "scenarios/convergence_reader.h"
#include "scenarios/device_prices.h"
#include "scenarios/file_kind.h"
#include "scenarios/profile.h"
#include "scenarios/result_files.h"
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
  FileKind kind;
  const char* words;
  std::set<std::string> keys;              // that tell this kind from the others
  void (*read)(const JsonDocument& file);  // null: who asked reads it
};

// The value of a key as a document of its own.
std::optional<JsonDocument> part(const JsonDocument& file, const char* key) {
  if (!file.value().contains(key)) return std::nullopt;
  return JsonDocument::adopt(file.value().at(key), file.name() + "#/" + key);
}

void check_numbers(ObjectReader reader, std::initializer_list<const char*> keys,
                   const char* more = nullptr) {
  constexpr double kLargest = 1e300;
  for (const char* key : keys) (void)reader.optional_number(key, 0, kLargest);
  if (more != nullptr) (void)reader.optional_object(more);
  reader.finish();
}

// What was found of the machine besides its device and fabric: for people.
void check_noise(ObjectReader noise) {
  if (const auto overlap = noise.optional_object("overlap")) {
    check_numbers(*overlap, {"compute_slowdown", "communication_slowdown"});
  }
  check_numbers(
      noise,
      {"quantum_s", "cv", "worst", "compute_slowdown", "memory_slowdown", "wake_up_s", "load"},
      "overlap");
}

void check_machine_profile(const JsonDocument& file) {
  ObjectReader root = file.root();
  if (const auto noise = root.optional_object("noise")) check_noise(*noise);
  if (root.has("device")) {
    (void)read_profile(file);
    return;
  }
  // Without kernels it is no whole profile, but a good part of one.
  expect_format(root, FileKind::machine);
  (void)root.choice("profile", {"machine"});
  (void)root.object("machine");
  (void)root.optional_object("collectives");
  if (const auto stack = root.optional_object("fabric")) (void)read_stack_profile(*stack);
  root.finish();
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

void check_prices(const JsonDocument& file) {
  if (file.root().has("hour")) {
    (void)read_device_prices(file.root());
  } else {
    (void)read_price_list(file.root());
  }
}

void check_run(const JsonDocument& file) {
  check_run_record(file);
  check_scenario(*part(file, "scenario"));
  if (const auto profile = part(file, "profile")) check_machine_profile(*profile);
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {FileKind::scenario,
       "scenario",
       {"model", "workload", "cluster", "training", "sweep", "data", "precision", "noise",
        "fidelity"},
       check_scenario},
      {FileKind::device,
       "device profile",
       {"peak", "memory_bandwidth", "memory_capacity", "launch_overhead", "host_link_bandwidth",
        "utilisation", "compute_cv", "device_cv", "power_watts", "measured", "kernels",
        "processors"},
       [](const JsonDocument& file) { (void)read_device_profile(file.root()); }},
      {FileKind::kernels,
       "file of kernel laws",
       {"laws", "for_layers"},
       [](const JsonDocument& file) { (void)read_kernels_file(file, 0); }},
      {FileKind::network,
       "network preset",
       {"topology", "routing", "injection_bandwidth", "injection_latency", "ports", "down", "up",
        "link_bandwidth", "local_bandwidth", "global_bandwidth", "nodes_per_router"},
       check_network_file},
      {FileKind::graph,
       "network graph",
       {"switches", "nodes", "links"},
       [](const JsonDocument& file) {
         (void)read_json_graph(file.root(), {Bandwidth(1), Duration(0)});
       }},
      {FileKind::prices,
       "price list",
       {"prices", "currency", "switch", "cable", "nic", "hour"},
       check_prices},
      {FileKind::collective,
       "collective",
       {"operation", "ranks_per_node", "network", "stack", "rows", "against"},
       check_collective},
      {FileKind::comparison, "comparison", {"varied", "rows", "warnings"}, check_comparison},
      {FileKind::prediction,
       "prediction",
       {"points", "scenario", "version", "warnings"},
       check_prediction},
      {FileKind::convergence,
       "convergence",
       {"convergence", "curves"},
       [](const JsonDocument& file) { (void)read_convergence_file(file); }},
      {FileKind::machine,
       "machine profile",
       {"profile", "machine", "device", "fabric", "collectives", "noise"},
       check_machine_profile},
      {FileKind::run,
       "run record",
       {"run", "version", "scenario", "machine", "workers", "threads_per_rank", "global_batch",
        "first_step", "loss", "learning_rate", "evaluation", "evaluations", "ended_by",
        "update_samples", "diverged", "ranks", "profile"},
       check_run},
      {FileKind::stack,
       "stack profile",
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
      {FileKind::measurements, "measurements", {"records"}, nullptr}};
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

// The kind most of whose keys the file has. Stack profiles come last but one: a name and a
// provenance make one, but both are keys of others too.
const Kind& likeliest(const std::vector<std::string>& keys) {
  return *std::max_element(kinds().begin(), kinds().end(), [&](const Kind& a, const Kind& b) {
    return matches(keys, a) < matches(keys, b);
  });
}

// Null for a kind that nothing reads.
const Kind* find(FileKind kind) {
  const auto found = std::find_if(kinds().begin(), kinds().end(),
                                  [&](const Kind& one) { return one.kind == kind; });
  return found != kinds().end() ? &*found : nullptr;
}

const Kind& kind_of(const JsonDocument& file) {
  if (file.value().is_array()) return *find(FileKind::measurements);
  if (const auto stated = stated_kind(file)) {
    if (const Kind* kind = find(*stated)) return *kind;
    throw Error::input("this is a '" + format_of(*stated) + "'", "nothing reads such files", "")
        .at(file.name(), "/format");
  }
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
  if (looks_like_hf_config(file)) {
    (void)read_hf_config(file);
    return "configuration of Hugging Face";
  }
  if (is_node_link_graph(file)) {
    (void)read_node_link_graph(file.root(), any);
    return "network graph (JSON of networkx)";
  }
  const Kind& kind = kind_of(file);
  if (kind.read != nullptr) kind.read(file);
  return kind.words;
}

std::string kind_of_file(const JsonDocument& file) {
  constexpr std::ptrdiff_t kEnough = 2;  // one key alone may be a slip
  if (file.value().is_array()) return find(FileKind::measurements)->words;
  if (!file.value().is_object()) return "";
  if (const auto stated = stated_kind(file)) {
    const Kind* kind = find(*stated);
    return kind != nullptr ? kind->words : std::string(kFileKindNames.text(*stated));
  }
  const std::vector<std::string> keys = file.root().keys();
  const Kind& best = likeliest(keys);
  return matches(keys, best) < kEnough ? "" : best.words;
}

}  // namespace rehearse
