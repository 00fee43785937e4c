#include "scenarios/cluster_reader.h"

#include "base/error.h"
#include "scenarios/fit.h"
#include "scenarios/known_keys.h"
#include "scenarios/network_reader.h"

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
    throw node.error_at("device", "the device 'local' does not work yet",
                        "this machine cannot be calibrated yet", "name a device profile");
  }
  try {
    return profiles.device(word, node.file());
  } catch (const Error& error) {
    throw error.at(node.file(), node.path() + "/device");
  }
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
  if (spec.devices > 1 && !(spec.device.bandwidth > Bandwidth(0))) {
    throw node.error_at("devices", "nothing is known of the links between the devices of a node",
                        "", "give 'device_bandwidth' and 'device_latency'");
  }
  return spec;
}

FabricProfile read_stack(ObjectReader& network, ProfileLibrary& profiles) {
  const std::string word = network.optional_string("stack").value_or("ideal");
  try {
    return profiles.fabric(word, network.file());
  } catch (const Error& error) {
    throw error.at(network.file(), network.path() + "/stack");
  }
}

}  // namespace

void read_cluster(ObjectReader cluster, ProfileLibrary& profiles, Scenario& scenario) {
  expect_known(cluster, {"nodes", "node", "network", "placement"});
  scenario.nodes = cluster.integer("nodes", 1, kMostNodes);
  ObjectReader node = cluster.object("node");
  expect_known(node,
               {"device", "devices", "nics", "device_bandwidth", "device_latency", "calibration"});
  ObjectReader network = cluster.object("network");

  scenario.device = read_device(node, profiles);
  scenario.network = read_network(network, scenario.nodes, profiles);
  scenario.node = read_node(node, scenario.network.node.value_or(NodeSpec{}));
  scenario.fabric = read_stack(network, profiles);
  scenario.placement = read_placement(cluster, "placement");
  append(scenario.provenance, scenario.device.provenance);
  append(scenario.provenance, scenario.network.provenance);
  append(scenario.provenance, scenario.fabric.provenance);

  try {
    expect_network_fits(scenario.network, scenario.nodes, scenario.node);
  } catch (const Error& error) {
    throw error.at(network.file(), network.path());
  }
  expect_placement_fits(scenario.placement, scenario.nodes, cluster);
}

}  // namespace rehearse
