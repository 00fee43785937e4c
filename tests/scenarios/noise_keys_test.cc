// Noise that a scenario gives, and where it says that the numbers come from.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "scenarios/override.h"
#include "tests/scenarios/base_scenario.h"

namespace rehearse {
namespace {

// The source of a quantity; "none" if nothing is told of it.
std::string source_of(const Scenario& scenario, const std::string& quantity) {
  const auto found = std::find_if(scenario.provenance.begin(), scenario.provenance.end(),
                                  [&](const Provenance& p) { return p.quantity == quantity; });
  return found == scenario.provenance.end() ? "none" : found->source;
}

TEST(NoiseKeys, ReplaceThoseOfTheProfile) {
  const Scenario own = base_with({"noise.device_cv=0.25", "noise.node_cv=0.5"});
  EXPECT_EQ(own.noise.compute_cv, own.device.compute_cv);
  EXPECT_EQ(own.noise.device_cv, 0.25);
  EXPECT_EQ(own.noise.node_cv, 0.5);
  EXPECT_EQ(source_of(own, "device_cv, node_cv"), "given in the scenario");
  EXPECT_EQ(source_of(own, "device_cv"), "none");  // the profile's is not in use
  EXPECT_NE(source_of(own, "compute_cv"), "none");

  const Scenario defaults = base_with({"noise={}"});
  EXPECT_EQ(defaults.noise.device_cv, defaults.device.device_cv);
  EXPECT_EQ(defaults.noise.node_cv, 0);
  EXPECT_NE(source_of(defaults, "device_cv"), "none");
}

TEST(NoiseKeys, ASourceIsThatOfTheNumbersItCameWith) {
  JsonDocument document = JsonDocument::parse_text(base_text(), "s.json");
  override_key(document, R"(noise={"node_cv": 0.03, "device_cv": 0.02, "source": "a survey"})");
  EXPECT_EQ(source_of(read_scenario(document), "device_cv, node_cv"), "a survey");
  override_key(document, "seed=2");
  EXPECT_EQ(source_of(read_scenario(document), "device_cv, node_cv"), "a survey");
  override_key(document, "noise.node_cv=0.04");
  EXPECT_EQ(source_of(read_scenario(document), "device_cv, node_cv"), "given in the scenario");
  override_key(document, "noise.source=another survey");
  EXPECT_EQ(source_of(read_scenario(document), "device_cv, node_cv"), "another survey");
}

TEST(NoiseKeys, SlowNodesAndStalls) {
  const Scenario own = base_with({R"(noise.slow_nodes={"share": 0.02, "factor": 1.3})",
                                  R"(noise.stalls={"rate": 40, "length": "500 ms"})"});
  EXPECT_EQ(own.noise.slow_share, 0.02);
  EXPECT_EQ(own.noise.slow_factor, 1.3);
  EXPECT_EQ(own.noise.stall_rate, 40);
  EXPECT_EQ(own.noise.stall_length, Duration(0.5));
  EXPECT_EQ(source_of(own, "slow_nodes, stalls"), "given in the scenario");
  EXPECT_EQ(base_with().noise.slow_factor, 1);

  EXPECT_NE(complaint({"noise.slow_nodes.shares=0.1"}).find("'share'"), std::string::npos);
  EXPECT_NE(complaint({"noise.stall.rate=0.1"}).find("'stalls'"), std::string::npos);
  EXPECT_NE(complaint({"noise.slow_nodes.factor=0.9"}).find("/noise/slow_nodes/factor"),
            std::string::npos);
  EXPECT_NE(complaint({"noise.stalls.length=2 h"}).find("/noise/stalls/length"), std::string::npos);
}

TEST(NoiseKeys, HalfOfAPairChangesNothingAndSaysSo) {
  const auto remarks = [](const std::string& key) { return base_with({key}).remarks.size(); };
  const std::size_t none = base_with().remarks.size();
  EXPECT_EQ(remarks("noise.slow_nodes.share=0.1"), none + 1);
  EXPECT_EQ(remarks("noise.slow_nodes.factor=1.5"), none + 1);
  EXPECT_EQ(remarks("noise.stalls.rate=1"), none + 1);
  EXPECT_EQ(remarks("noise.stalls.length=1 s"), none + 1);
  EXPECT_EQ(remarks(R"(noise.slow_nodes={"share": 0, "factor": 1.5})"), none);
}

TEST(NoiseKeys, OfAStackAreReadAsStrictly) {
  const std::string path = testing::TempDir() + "rehearse_misspelt_stack.json";
  std::ofstream(path) << R"({"name": "misspelt", "noise": {"slow_node": {"share": 0.1}}})";
  EXPECT_NE(complaint({"cluster.network.stack=" + path}).find("did you mean 'slow_nodes'?"),
            std::string::npos);
  std::remove(path.c_str());
}

// What a scenario leaves out holds as its stack says, then as its device says.
TEST(NoiseKeys, OfAStackHoldUnlessTheScenarioGivesItsOwn) {
  const std::string path = testing::TempDir() + "rehearse_noisy_stack.json";
  std::ofstream(path) << R"({"name": "noisy", "library": "nccl",
    "noise": {"compute_cv": 0.03, "slow_nodes": {"share": 0.1, "factor": 1.4},
              "stalls": {"rate": 5, "length": "2 s"}},
    "provenance": [
      {"quantity": "compute_cv", "source": "a paper", "kind": "published"},
      {"quantity": "slow_nodes", "source": "a log", "kind": "measured"}]})";
  const std::string stack = "cluster.network.stack=" + path;
  const Scenario all = base_with({stack});
  EXPECT_EQ(all.noise.compute_cv, 0.03);
  EXPECT_EQ(all.noise.device_cv, all.device.device_cv);
  EXPECT_EQ(all.noise.slow_share, 0.1);
  EXPECT_EQ(all.noise.stall_length, Duration(2));
  EXPECT_EQ(source_of(all, "compute_cv"), "a paper");
  EXPECT_EQ(source_of(all, "slow_nodes"), "a log");

  const Scenario own = base_with({stack, "noise.slow_nodes.share=0.5", "noise.compute_cv=0"});
  EXPECT_EQ(own.noise.compute_cv, 0);
  EXPECT_EQ(own.noise.slow_share, 0.5);
  EXPECT_EQ(own.noise.slow_factor, 1.4);
  EXPECT_EQ(own.noise.stall_rate, 5);
  EXPECT_EQ(source_of(own, "slow_nodes"), "none");
  EXPECT_EQ(source_of(own, "compute_cv, slow_nodes"), "given in the scenario");
  std::remove(path.c_str());
}

}  // namespace
}  // namespace rehearse
