#include "scenarios/find_scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "scenarios/scenario.h"

namespace rehearse {
namespace {

std::string said_of(const std::string& word) {
  try {
    (void)open_scenario(word);
  } catch (const Error& error) {
    return error.what();
  }
  return "opened";
}

bool says(const std::string& word, const std::string& part) {
  const std::string text = said_of(word);
  if (text.find(part) != std::string::npos) return true;
  ADD_FAILURE() << word << " says: " << text;
  return false;
}

TEST(FindScenario, TakesNamesWithoutFolderOrEnding) {
  const std::string shipped = scenarios_folder() + "/resnet50_strong.json";
  for (const char* word : {"resnet50_strong", "resnet50_strong.json", "scenarios/resnet50_strong",
                           "./scenarios/resnet50_strong.json"}) {
    // Tests run in a folder without scenarios.
    EXPECT_TRUE(std::filesystem::equivalent(find_scenario(word), shipped)) << word;
    EXPECT_TRUE(names_scenario(word));
  }
  EXPECT_EQ(find_scenario("/nowhere/resnet50_strong"), "/nowhere/resnet50_strong");
  EXPECT_FALSE(names_scenario("nothing_like_it"));
  EXPECT_FALSE(names_scenario(std::string("a\0b", 3)));
}

TEST(FindScenario, PrefersOwnFiles) {
  const std::string own = testing::TempDir() + "rehearse_resnet50_strong";
  std::ofstream(own + ".json") << "{}";
  EXPECT_EQ(find_scenario(own), own + ".json");
  EXPECT_TRUE(says(testing::TempDir() + "rehearse_resnet50_strng", own + ".json"));
  std::filesystem::remove(own + ".json");
}

TEST(FindScenario, SaysWhatAMisspeltNameMayMean) {
  EXPECT_TRUE(says("resnet50_strng", "did you mean 'resnet50_strong'?"));
  EXPECT_TRUE(says("scenarios/resnet50-strong.json", "did you mean 'resnet50_strong'?"));
  EXPECT_TRUE(
      says("/nowhere/resnet50_strong.json", "did you mean 'resnet50_strong', which ships?"));
  EXPECT_TRUE(says("resnet50", "'resnet50' is a model: give a scenario and --model resnet50"));
  EXPECT_TRUE(says("aries-piz-daint", "'aries-piz-daint' is a network"));
  EXPECT_TRUE(says("p100-pcie-16gb", "'p100-pcie-16gb' is a device"));
  EXPECT_TRUE(says("xyzzyplughxyzzyplugh", "rehearse list scenarios"));
}

TEST(ShippedScenarios, AreSortedNames) {
  const std::vector<std::string> names = shipped_scenarios();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_NE(std::find(names.begin(), names.end(), "cnn_local"), names.end());
}

}  // namespace
}  // namespace rehearse
