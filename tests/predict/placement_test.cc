// Placement, seen by a simulated all-reduce: a ring over neighbours is never slower than one over
// nodes anywhere.
#include <gtest/gtest.h>

#include "predict/predict.h"

namespace rehearse {
namespace {

// Seconds of communication of a step with nothing but the network to wait for.
double communication(const std::string& network, const std::string& placement, int seed) {
  const Prediction prediction =
      predict(load_scenario(std::string(REHEARSE_SOURCE_DIR) + "/scenarios/vgg16_piz_daint.json",
                            {"cluster.network=" + network, "cluster.network.stack=ideal",
                             "cluster.nodes=1536", "cluster.placement=" + placement,
                             R"(noise={"compute_cv": 0, "device_cv": 0})", "sweep.workers=[64]",
                             "training.allreduce.algorithm=ring",
                             "training.allreduce.overlap=false", "seed=" + std::to_string(seed)}),
              {});
  return prediction.points.front().communication_total;
}

TEST(Placement, ARingOfNeighboursIsNotSlower) {
  for (const char* network : {"aries-piz-daint", "ethernet-25g-leaf-spine"}) {
    const double contiguous = communication(network, "contiguous", 1);
    EXPECT_GT(contiguous, 0);
    for (const char* other : {"random", R"({"kind": "linear", "free": 0.3})"}) {
      for (const int seed : {1, 2}) {
        EXPECT_LE(contiguous, communication(network, other, seed) * (1 + 1e-9))
            << network << " " << other << " " << seed;
      }
    }
  }
}

TEST(Placement, ARandomRingCrossesGroups) {
  // 64 of 1536 nodes in four groups of 384: most steps of the ring share global links of 4.7 GB/s,
  // where neighbours share nothing and use local links of 5.25 GB/s.
  EXPECT_GT(communication("aries-piz-daint", "random", 1),
            1.1 * communication("aries-piz-daint", "contiguous", 1));
}

}  // namespace
}  // namespace rehearse
