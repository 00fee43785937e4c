#include "predict/local_scenario.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "scenarios/uncalibrated_scenario.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

// The tiny scenario, changed, as it runs here.
JsonDocument moved(int ranks, const std::vector<std::string>& assignments = {}) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "tiny.json");
  for (const std::string& assignment : assignments) document.set(assignment);
  move_here(document, ranks);
  return document;
}

TEST(LocalScenario, TellsItsDevice) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "tiny.json");
  EXPECT_FALSE(is_local(document));
  document.set("cluster.node.device=local");
  EXPECT_TRUE(is_local(document));
  EXPECT_FALSE(is_local(JsonDocument::parse_text(R"({"cluster": 5})", "s")));
  EXPECT_FALSE(is_local(JsonDocument::parse_text("[]", "s")));
}

TEST(LocalScenario, AnotherClusterGivesWay) {
  const Scenario s = load_uncalibrated(moved(2));
  EXPECT_TRUE(is_local(moved(2)));
  EXPECT_EQ(s.nodes, 1);
  EXPECT_EQ(s.node.devices, 2);
  EXPECT_EQ(s.workers, (std::vector<std::int64_t>{2}));
  EXPECT_EQ(s.worker_batch(2), 32);
  EXPECT_EQ(text_of(moved(2)), text_of(moved(2)));
}

TEST(LocalScenario, FaultsAreThoseOfTheirCluster) {
  const std::string faults = R"(faults={"node_mtbf": "10 d", "checkpoint_cost": "1 s"})";
  EXPECT_EQ(text_of(moved(2, {faults})), text_of(moved(2)));
  const std::string local = R"(cluster={"nodes": 1, "node": {"device": "local"}})";
  EXPECT_TRUE(load_uncalibrated(moved(2, {faults, local})).faults);
}

// A record of the run may be read anywhere.
TEST(LocalScenario, HoldsTheConvergenceOfAFile) {
  const std::string path = testing::TempDir() + "rehearse_local_convergence.json";
  std::ofstream(path) << R"({"format": "rehearse-convergence-1", "convergence": {
      "target": {"loss": 0.5}, "samples_at_small_batch": 1000, "critical_batch": 64}})";
  const JsonDocument document = moved(2, {"convergence=" + path});
  std::filesystem::remove(path);
  EXPECT_EQ(load_uncalibrated(document).convergence->critical_batch, 64);
}

TEST(LocalScenario, SwitchesThatAddAreNotReal) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "tiny.json");
  EXPECT_NO_THROW(expect_real(document));
  document.set("training.allreduce.algorithm=in_network");
  try {
    expect_real(document);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "tiny.json: /training/allreduce/algorithm: training with in-network reduction "
                 "does not work (MPI has no switches that add): use --set "
                 "training.allreduce.algorithm=native");
  }
}

TEST(LocalScenario, ALocalClusterStays) {
  const std::vector<std::string> two{
      R"(cluster={"nodes": 1, "node": {"device": "local", "devices": 2}})"};
  EXPECT_EQ(devices_per_node(moved(1, two)), 2);
  EXPECT_EQ(load_uncalibrated(moved(1, two)).workers, (std::vector<std::int64_t>{1}));
  // One that does not say how it is divided is divided among the ranks.
  EXPECT_EQ(devices_per_node(moved(3, {R"(cluster={"nodes": 1, "node": {"device": "local"}})"})),
            3);
}

// Of the smallest point of the sweep, 4 workers, where 64 samples are 16 each.
TEST(LocalScenario, TheBatchStaysAsTheSweepHasIt) {
  const auto batch = [](const std::vector<std::string>& assignments) {
    const Scenario s = load_uncalibrated(moved(2, assignments));
    return std::pair{s.worker_batch(2), s.global_batch_at(2)};
  };
  using Pair = std::pair<std::int64_t, std::int64_t>;
  const std::string global = R"(training.batch={"global": 64})";
  const std::string from_four = "sweep.workers=[4, 8]";
  EXPECT_EQ(batch({global, from_four}), (Pair{32, 64}));
  EXPECT_EQ(batch({global, from_four, "sweep.scaling=weak"}), (Pair{16, 32}));
  EXPECT_EQ(batch({global, "sweep.workers=4", "sweep.scaling=weak"}), (Pair{16, 32}));
  EXPECT_EQ(batch({global, R"(sweep={"scaling": "weak"})"}), (Pair{64, 128}));  // from one worker
  EXPECT_EQ(batch({from_four}), (Pair{32, 64}));
  EXPECT_EQ(batch({from_four, "sweep.scaling=strong"}), (Pair{64, 128}));  // 4 of 32 each
}

}  // namespace
}  // namespace rehearse
