// Scenarios whose device is a share of this machine.
#include <gtest/gtest.h>

#include "base/error.h"
#include "scenarios/profile_library.h"
#include "scenarios/uncalibrated_scenario.h"
#include "tests/scenarios/base_scenario.h"
#include "tests/scenarios/made_up_profile.h"

namespace rehearse {
namespace {

JsonDocument local_scenario(const std::vector<std::string>& assignments = {}) {
  JsonDocument document = JsonDocument::parse_text(base_text(), "s.json");
  document.set(R"(cluster={"nodes": 1, "node": {"device": "local", "devices": 2}})");
  document.set("sweep.workers=[1, 2]");
  for (const std::string& assignment : assignments) document.set(assignment);
  return document;
}

// Null: nothing is known of the machine.
std::string line_of(const JsonDocument& document, const std::shared_ptr<const Profile>& profile) {
  ProfileLibrary profiles;
  profiles.set_local(profile);
  try {
    (void)read_scenario(document, profiles);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(LocalDevice, IsWhatTheProfileSays) {
  ProfileLibrary profiles;
  profiles.set_local(read_made_up_profile(2));
  const Scenario s = read_scenario(local_scenario(), profiles);
  EXPECT_EQ(s.local, profiles.local());
  EXPECT_EQ(s.device.name, "local");
  EXPECT_EQ(s.device.measured->devices, 2);
  EXPECT_EQ(s.stack.name, "measured");
  EXPECT_EQ(s.noise.compute_cv, 0.02);
  EXPECT_EQ(s.provenance.front().source, "made up");
  // The memory of the node is the network: its links are out of the way of what was measured.
  EXPECT_EQ(s.node.device.bandwidth, Bandwidth(1e12));
  EXPECT_EQ(s.node.device.latency, Duration(0));
  EXPECT_EQ(s.network.injection.bandwidth, Bandwidth(1e12));
}

TEST(LocalDevice, OthersDoNotLookAtTheProfile) {
  ProfileLibrary profiles;
  profiles.set_local(read_made_up_profile(2));
  const Scenario s = read_scenario(JsonDocument::parse_text(base_text(), "s.json"), profiles);
  EXPECT_FALSE(s.local);
  EXPECT_EQ(s.stack.name, "ideal");
}

TEST(LocalDevice, NeedsAProfile) {
  EXPECT_EQ(line_of(local_scenario(), nullptr),
            "s.json: /cluster/node/device: nothing is known of this machine: run rehearse "
            "calibrate and give its result with --profile");
}

TEST(LocalDevice, IsDividedAsItWasCalibrated) {
  EXPECT_EQ(line_of(local_scenario(), read_made_up_profile(2)), "accepted");
  EXPECT_EQ(line_of(local_scenario(), read_made_up_profile(4)),
            "s.json: /cluster/node/devices: this machine was calibrated as 4 devices, not 2 (each "
            "is a share of its cores): calibrate with --devices 2");
}

TEST(LocalDevice, SeveralNodesNeedANetwork) {
  EXPECT_EQ(line_of(local_scenario({"cluster.nodes=2"}), read_made_up_profile(2)),
            "s.json: /cluster/network: this key is missing (it is required): add it");
  EXPECT_EQ(line_of(local_scenario({"cluster.nodes=2",
                                    R"(cluster.network={"topology": "single_switch",
      "injection_bandwidth": "1 GB/s", "injection_latency": "1 us"})"}),
                    read_made_up_profile(2)),
            "accepted");
}

TEST(LocalDevice, ANamedStackComesBeforeTheMeasuredOne) {
  ProfileLibrary profiles;
  profiles.set_local(read_made_up_profile(2));
  const Scenario s = read_scenario(local_scenario({R"(cluster.network={"topology": "single_switch",
      "injection_bandwidth": "1 GB/s", "injection_latency": "1 us", "stack": "ideal"})"}),
                                   profiles);
  EXPECT_EQ(s.stack.name, "ideal");
}

TEST(Unmeasured, TellsWhatIsToBeMeasured) {
  const Scenario s = load_uncalibrated(local_scenario());
  EXPECT_EQ(s.worker_batch(2), 32);
  EXPECT_EQ(s.node.devices, 2);
  EXPECT_EQ(load_uncalibrated(JsonDocument::parse_text(base_text(), "s.json")).device.name,
            "v100-sxm2-16gb");
}

TEST(Unmeasured, DevicesPerNode) {
  EXPECT_EQ(devices_per_node(local_scenario()), 2);
  EXPECT_EQ(devices_per_node(local_scenario({R"(cluster.node={"device": "local"})"})), 1);
  EXPECT_EQ(devices_per_node(local_scenario({"cluster.node.devices=many"})), 1);
  EXPECT_EQ(devices_per_node(local_scenario({"cluster=7"})), 1);
  EXPECT_EQ(line_of(local_scenario({"cluster.node.devices=0"}), read_made_up_profile(2)),
            "s.json: /cluster/node/devices: 0 is out of range (it must be between 1 and 1024)");
}

}  // namespace
}  // namespace rehearse
