// Noise that a scenario gives, and where it says that the numbers come from.
#include <gtest/gtest.h>

#include <algorithm>

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

}  // namespace
}  // namespace rehearse
