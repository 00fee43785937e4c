#include "scenarios/cluster_reader.h"

#include "base/error.h"
#include "base/numbers.h"
#include "scenarios/fit.h"
#include "scenarios/known_keys.h"
#include "scenarios/network_reader.h"
#include "scenarios/stack_choice.h"
#include "topologies/shapes/graph_spec.h"

namespace rehearse {
namespace {

constexpr std::int64_t kMostNodes = 1'000'000;
constexpr std::int64_t kMostPerNode = 1024;

void append(std::vector<Provenance>& all, const std::vector<Provenance>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

DeviceProfile read_device(ObjectReader& node, ProfileLibrary& profiles) {
  const std::string word = node.string("device");
  if (word == "local") {
    if (profiles.local()) return profiles.local()->device;
    throw node.error_at("device", "nothing is known of this machine", "",
                        "run rehearse calibrate and give its result with --profile");
  }
  try {
    return profiles.device(word, node.file());
  } catch (const Error& error) {
    throw error.at(node.file(), node.path() + "/device");
  }
}

// It says what the nodes of a preset usually have; a scenario says what its own have elsewhere.
void refuse_usual_device(ObjectReader& network) {
  auto node = network.optional_object("node");
  if (!node || !node->has("device")) return;
  throw node->error_at("device", "the device of a scenario's nodes is not told here",
                       "only a preset tells its usual device", "give it in 'cluster.node.device'");
}

// The keys of the scenario override the node that the preset describes, one by one.
NodeSpec read_node(ObjectReader& node, NodeSpec spec) {
  if (const auto devices = node.optional_integer("devices", 1, kMostPerNode)) {
    spec.devices = static_cast<int>(*devices);
  }
  if (const auto nics = node.optional_integer("nics", 1, kMostPerNode)) {
    spec.nics = static_cast<int>(*nics);
  }
  const bool rate_known = spec.device.bandwidth > Bandwidth(0);
  if (const auto bandwidth = node.optional_bandwidth("device_bandwidth")) {
    if (*bandwidth == Bandwidth(0)) {
      throw node.error_at("device_bandwidth", "a bandwidth of zero moves nothing", "",
                          "give a positive rate");
    }
    spec.device.bandwidth = *bandwidth;
    if (!rate_known) spec.device.latency = node.duration("device_latency");
  }
  if (const auto latency = node.optional_duration("device_latency")) spec.device.latency = *latency;
  read_inside(node, spec);
  if (spec.devices > 1 && !(spec.device.bandwidth > Bandwidth(0))) {
    throw node.error_at("devices", "nothing is known of the links between the devices of a node",
                        "", "give 'device_bandwidth' and 'device_latency'");
  }
  return spec;
}

// The scenario's stack, else the preset's, else the best match. A scenario of one node never leaves
// it: nothing need be known of adapters there.
void read_stack(ObjectReader& network, ProfileLibrary& profiles, Scenario& scenario) {
  if (scenario.local && !network.has("stack")) {
    scenario.stack = scenario.local->stack;
    return;
  }
  const auto named = [&](const std::string& word) -> const StackProfile& {
    try {
      return profiles.stack(word, network.file());
    } catch (const Error& error) {
      throw error.at(network.file(), network.path() + "/stack");
    }
  };
  if (scenario.network.stack || scenario.nodes == 1) {
    scenario.stack = named(scenario.network.stack.value_or("ideal"));
    return;
  }
  const StackWanted wanted{scenario.network.nic, scenario.network.injection.bandwidth,
                           scenario.device.is_accelerator(), scenario.device.architecture};
  std::optional<StackMatch> match = best_stack(profiles.stacks(), wanted);
  if (!match) match = no_stack(named("ideal"), wanted);
  scenario.stack = std::move(match->stack);
  scenario.assumed_stack = {match->relative_error, std::move(match->why)};
}

// The devices of this machine reach each other through its memory; what a message costs is in the
// measured fabric, so that the links of the graph only have to be out of the way.
constexpr const char* kLocalNetwork = R"({
  "topology": "single_switch", "injection_bandwidth": "1 TB/s", "injection_latency": "0 s",
  "provenance": [{"quantity": "links inside this machine", "kind": "assumed",
                  "source": "never the bottleneck: messages cost what was measured"}]})";

std::optional<Bandwidth> read_rate(ObjectReader& storage, const char* key) {
  const std::optional<Bandwidth> rate = storage.optional_bandwidth(key);
  if (!rate || *rate > Bandwidth(0)) return rate;
  throw storage.error_at(key, "a bandwidth of zero reads nothing", "", "give a positive rate");
}

void read_supply(ObjectReader& cluster, ObjectReader& node, InputSupply& supply) {
  supply.cores = static_cast<int>(node.optional_integer("cores", 1, kMostPerNode).value_or(0));
  auto storage = cluster.optional_object("storage");
  if (!storage) return;
  expect_known(*storage, {"bandwidth", "node_bandwidth"});
  supply.storage = read_rate(*storage, "bandwidth");
  supply.node_storage = read_rate(*storage, "node_bandwidth");
}

// Other threads than this machine was calibrated with, where the calibration tells what they are
// worth.
void take_threads(Scenario& scenario) {
  const MeasuredDevice* measured = scenario.device.measured.get();
  if (measured == nullptr || measured->threads == 0 || scenario.threads == 0) return;
  const int before = measured->threads, now = scenario.threads;
  if (before == now) return;
  const std::optional<double> slower = slower_with(measured->scaling, now);
  if (!slower || now * measured->devices > before * measured->devices) {
    scenario.remarks.push_back(
        "cluster.node.threads is not used in predictions: this machine was calibrated with " +
        std::to_string(before) + " per device" +
        (slower ? ", which are all cores" : ", and the profile does not tell how kernels scale"));
    return;
  }
  scenario.device.measured =
      std::make_shared<const MeasuredDevice>(at_threads(*measured, now, *slower));
  scenario.provenance.push_back({"cluster.node.threads",
                                 "kernels with " + std::to_string(now) + " threads take " +
                                     readable(*slower) + " times as long as with " +
                                     std::to_string(before) + ": measured with one network",
                                 Provenance::Kind::measured});
}

// How the cores of a node are shared out.
void read_cores(ObjectReader& node, Scenario& scenario) {
  scenario.threads =
      static_cast<int>(node.optional_integer("threads", 1, kMostPerNode).value_or(0));
  scenario.helpers =
      static_cast<int>(node.optional_integer("helpers", 0, kMostPerNode).value_or(0));
  take_threads(scenario);
  const MeasuredDevice* measured = scenario.device.measured.get();
  if (scenario.helpers == 0) return;
  if (scenario.device.is_accelerator()) {
    scenario.remarks.push_back(
        "cluster.node.helpers is not used: the device is a GPU, which computes on no core");
    scenario.helpers = 0;
    return;
  }
  if (measured != nullptr && measured->threads == 0) return;  // of a machine yet to be measured
  const int cores = scenario.cores();
  if (cores == 0) {
    throw node.error_at("helpers", "nothing is known of the cores that they are taken from", "",
                        "give 'cores'");
  }
  if (scenario.helpers < cores) return;
  throw node.error_at("helpers",
                      std::to_string(scenario.helpers) + " of " + std::to_string(cores) +
                          " cores only communicate: none is left to compute",
                      "", "use fewer");
}

void expect_as_calibrated(const ObjectReader& node, const Scenario& scenario) {
  const MeasuredDevice& measured = *scenario.device.measured;
  if (measured.devices == scenario.node.devices) return;
  throw node.error_at("devices",
                      "this machine was calibrated as " + std::to_string(measured.devices) +
                          " devices, not " + std::to_string(scenario.node.devices),
                      "each is a share of its cores",
                      "calibrate with --devices " + std::to_string(scenario.node.devices));
}

}  // namespace

void read_cluster(ObjectReader cluster, ProfileLibrary& profiles, Scenario& scenario) {
  expect_known(cluster, {"nodes", "node", "network", "placement", "mapping", "storage"});
  scenario.nodes = cluster.integer("nodes", 1, kMostNodes);
  expect_object(cluster, "node", {.of_text = {"device"}, .of_number = {"devices"}});
  expect_object(cluster, "network", {.of_text = {"preset", "topology"}});
  ObjectReader node = cluster.object("node");
  expect_known(node, {"device", "devices", "nics", "device_bandwidth", "device_latency", "inside",
                      "pair_bandwidth", "pair_latency", "switches", "switch_bandwidth",
                      "switch_latency", "rings", "calibration", "cores", "helpers", "threads"});
  scenario.device = read_device(node, profiles);
  if (scenario.device.measured) scenario.local = profiles.local();
  const bool own_network = scenario.local && scenario.nodes == 1 && !cluster.has("network");
  const JsonDocument memory = JsonDocument::parse_text(kLocalNetwork, cluster.file());
  scenario.network_known = !own_network;
  ObjectReader network = own_network ? memory.root() : cluster.object("network");
  refuse_usual_device(network);

  scenario.network = read_network(network, scenario.nodes, profiles);
  if (const SwitchGraph* graph = graph_of(*scenario.network.topology)) {
    scenario.remarks.insert(scenario.remarks.end(), graph->remarks.begin(), graph->remarks.end());
  }
  NodeSpec inside = scenario.network.node.value_or(NodeSpec{});
  if (scenario.local && !scenario.network.node) inside.device = {Bandwidth(1e12), Duration(0)};
  scenario.node = read_node(node, inside);
  if (scenario.local) expect_as_calibrated(node, scenario);
  read_stack(network, profiles, scenario);
  read_supply(cluster, node, scenario.supply);
  read_cores(node, scenario);
  scenario.placement = read_placement(cluster, "placement");
  scenario.placement.mapping = read_mapping(cluster, "mapping");
  append(scenario.provenance, scenario.device.provenance);
  append(scenario.provenance, scenario.network.provenance);
  append(scenario.provenance, scenario.stack.provenance);

  try {
    expect_network_fits(scenario.network, scenario.nodes, scenario.node);
  } catch (const Error& error) {
    throw error.at(network.file(), network.path());
  }
  expect_placement_fits(scenario.placement, scenario.nodes, cluster);
}

}  // namespace rehearse
