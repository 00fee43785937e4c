// Other jobs' traffic in predictions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "predict/predict.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

// The tiny scenario on a tree of leaves with two nodes and one link up; workers on nodes 0 and 2.
Prediction predicted(const std::vector<std::string>& more) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "tiny.json");
  document.set(R"(cluster.network={"topology": "fat_tree", "injection_bandwidth": "10 GB/s",
    "injection_latency": "1 us", "down": [2, 4], "up": [1], "link_bandwidth": "10 GB/s",
    "link_latency": "1 us", "stack": "ideal"})");
  document.set("cluster.placement=[0,2]");
  document.set("sweep.workers=[2]");
  for (const std::string& assignment : more) document.set(assignment);
  return predict(read_scenario(document), {});
}

bool warns(const Prediction& prediction, const std::string& text) {
  return std::any_of(
      prediction.warnings.begin(), prediction.warnings.end(), [&](const Warning& warning) {
        return warning.code == "no_effect" && warning.what.find(text) != std::string::npos;
      });
}

TEST(BackgroundKey, SlowsDownWhatSharesLinks) {
  const Prediction alone = predicted({});
  EXPECT_FALSE(warns(alone, "background"));
  for (const std::string fidelity : {"flow", "message"}) {
    const Prediction beside = predicted(
        {R"(background={"pattern": "all_to_all", "share": 0.5})", "fidelity=" + fidelity});
    EXPECT_GT(beside.points[0].step_time.p50, 1.02 * alone.points[0].step_time.p50);
    EXPECT_FALSE(warns(beside, "background"));
  }
}

// Prices of algorithms are infinite where other jobs fill every link; the prediction is not.
TEST(BackgroundKey, MayFillTheLinks) {
  const Prediction full =
      predicted({R"(background={"pattern": "all_to_all", "share": 1})", "fidelity=flow",
                 "training.allreduce.algorithm=auto", R"(cluster.network.stack="nccl-v100-edr")"});
  EXPECT_TRUE(std::isfinite(full.points[0].step_time.p90));
}

TEST(BackgroundKey, SaysWhenItChangesNothing) {
  EXPECT_TRUE(warns(predicted({R"(background={"pattern": "bursty"})"}), "background.pattern"));
  EXPECT_TRUE(warns(predicted({R"(background={"share": 0.5})", "cluster.nodes=3"}),
                    "fewer than two nodes"));
}

}  // namespace
}  // namespace rehearse
