#include "scenarios/profile_library.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "scenarios/check.h"
#include "scenarios/scenario.h"
#include "tests/scenarios/base_scenario.h"

namespace rehearse {
namespace {

// A folder of its own for each test, removed afterwards.
class Library : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("rehearse_library_" +
               std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + "_" +
               std::to_string(testing::UnitTest::GetInstance()->random_seed()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

  std::filesystem::path folder_;
};

TEST_F(Library, ReadsEachFileOnce) {
  ProfileLibrary library;
  const DeviceProfile& first = library.device("p100-pcie-16gb", "s.json");
  EXPECT_EQ(&first, &library.device("p100-pcie-16gb", "elsewhere/t.json"));
  EXPECT_EQ(library.stack("ideal", "s.json").name, "ideal");
}

TEST_F(Library, PathsStartAtTheScenario) {
  const std::string stack = write("mine.json", R"({"name": "mine", "step_latency": "2 us"})");
  const std::string scenario = write("s.json", base_text());
  EXPECT_EQ(load_scenario(scenario, {"cluster.network.stack=mine.json"}).stack.name, "mine");
  EXPECT_EQ(load_scenario(scenario, {"cluster.network.stack=./mine.json"}).stack.name, "mine");
  EXPECT_EQ(load_scenario(scenario, {"cluster.network.stack=" + stack}).stack.name, "mine");
}

TEST_F(Library, AGraphLiesBesideThePresetThatNamesIt) {
  std::filesystem::create_directory(folder_ / "nets");
  (void)write("nets/tree.conf",
              "SwitchName=a Nodes=n[0-3]\nSwitchName=b Nodes=n[4-7]\n"
              "SwitchName=top Switches=a,b\n");
  (void)write("nets/mine.json", R"({"topology": "file", "file": "tree.conf",
      "injection_bandwidth": "10 GB/s", "injection_latency": "1 us",
      "link_bandwidth": "40 GB/s", "link_latency": "1 us",
      "failed": {"links": [], "switches": [], "link_fraction": 0, "switch_fraction": 0, "seed": 3},
      "node": {"devices": 4, "device_bandwidth": "10 GB/s", "device_latency": "1 us",
               "inside": "all_to_all", "pair_bandwidth": "20 GB/s", "pair_latency": "1 us"}})");
  const std::string scenario = write("s.json", base_text());
  const Scenario s = load_scenario(scenario, {R"(cluster.network={"preset": "nets/mine.json"})"});
  EXPECT_EQ(s.network.topology->name(), "file");
  EXPECT_EQ(s.network.topology->capacity(), 8);
  EXPECT_EQ(s.node.inside, NodeSpec::Inside::all_to_all);
  EXPECT_EQ(s.node.pair.bandwidth, Bandwidth(20e9));
  EXPECT_EQ(check_file((folder_ / "nets/mine.json").string()), "network preset");
  EXPECT_EQ(check_file(scenario), "scenario");
  const std::string graph = write("g.json", R"({"description": "one", "switches": ["a"],
      "nodes": [{"switches": ["a"], "count": 8, "name": "n"}], "links": []})");
  EXPECT_EQ(check_file(graph), "network graph");
}

TEST_F(Library, AProfileWithoutKernelsIsSoundButNotEnough) {
  const std::string noise = write("noise.json", R"({"profile": "machine",
      "machine": {"cpu": "c", "cores": 2, "memory": "1 GB"},
      "noise": {"quantum_s": 0.1, "cv": 0.01, "worst": 1.1, "compute_slowdown": 1,
                "memory_slowdown": 1.5}})");
  EXPECT_EQ(check_file(noise), "machine profile");
  try {
    (void)read_profile(JsonDocument::parse_file(noise));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("rehearse calibrate kernels"), std::string::npos)
        << error.what();
  }
}

TEST_F(Library, NamesOfFailedPartsAreHeldAgainstTheNetwork) {
  const auto trouble = [&](const std::string& name, const std::string& text) -> std::string {
    try {
      return check_file(write(name, text));
    } catch (const Error& error) {
      return error.what();
    }
  };
  const auto network = [](const std::string& failed) {
    return R"({"topology": "torus", "dimensions": [4, 2], "injection_bandwidth": "10 GB/s",
               "injection_latency": "1 us", "link_bandwidth": "10 GB/s", "link_latency": "1 us",
               "failed": {"switches": [")" +
           failed + R"("]}})";
  };
  EXPECT_EQ(trouble("net.json", network("switch (3, 1)")), "network preset");
  EXPECT_NE(trouble("net.json", network("switch (4, 1)")).find("'switch (4, 1)'"),
            std::string::npos);
  std::string scenario = base_text();
  scenario.replace(scenario.find(R"("injection_latency": "1 us")"), 0,
                   R"("failed": {"switches": ["swich"]}, )");
  EXPECT_NE(trouble("s.json", scenario).find("'swich'"), std::string::npos);
}

TEST_F(Library, BadProfilesAreToldOfTheirOwnFile) {
  const std::string stack = write("mine.json", R"({"name": "mine", "step_latency": 2})");
  const std::string broken = write("broken.json", "{");
  const std::string scenario = write("s.json", base_text());
  const auto line = [&](const std::string& path) -> std::string {
    try {
      load_scenario(scenario, {"cluster.network.stack=" + path});
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(line("mine.json"), stack +
                                   ": /step_latency: 2 has no unit (quantities carry their unit): "
                                   "write for example \"5 ms\"");
  EXPECT_TRUE(line("broken.json").starts_with(broken + ": /: not valid JSON"))
      << line("broken.json");
  EXPECT_EQ(line("none.json"), scenario +
                                   ": /cluster/network/stack: fabric profile 'none.json' is not a "
                                   "file (the path is taken from the folder of the scenario): "
                                   "check the path");
}

TEST_F(Library, EnvironmentNamesTheFolder) {
  EXPECT_TRUE(std::filesystem::is_directory(scenarios_folder() + "/devices"));
}

}  // namespace
}  // namespace rehearse
