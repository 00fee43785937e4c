// Training steps whose gradients the switches sum.
#include <gtest/gtest.h>

#include "predict/predict.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

class InNetwork : public TinyFiles {
 protected:
  PredictedPoint predicted(std::vector<std::string> assignments, const std::string& algorithm) {
    for (const char* more : {"sweep.workers=[8]", "training.allreduce.overlap=false",
                             R"(cluster.network.in_network_reduction={"bandwidth": "10 GB/s"})"}) {
      assignments.emplace_back(more);
    }
    assignments.push_back("training.allreduce.algorithm=" + algorithm);
    return predict(load_scenario(write("s.json", tiny_scenario()), assignments), {}).points.back();
  }
};

// 512 * 4096 + 4096 + 4096 * 1000 + 1000 parameters of 4 bytes at 10 GB/s.
constexpr double kSeconds = 6'198'248 * 4.0 / 10e9;

TEST_F(InNetwork, LoadsEveryLinkOnce) {
  for (const std::string fidelity : {"flow", "analytic"}) {
    SCOPED_TRACE(fidelity);
    const PredictedPoint p = predicted({"fidelity=" + fidelity}, "in_network");
    EXPECT_NEAR(p.busiest_link_utilization * p.step_time.p50, kSeconds, 1e-9);
    EXPECT_DOUBLE_EQ(p.mean_hops, 1);
    // What a ring takes longer, but for latencies: 2 * 7/8 - 1 of it.
    const PredictedPoint ring = predicted({"fidelity=" + fidelity}, "ring");
    EXPECT_NEAR(ring.communication_total - p.communication_total, 0.75 * kSeconds, 1e-4);
  }
}

// Nodes of two: each device moves half of the buffer to its neighbour and back over its link to the
// hub, and half of it over the NIC, which carries both halves.
TEST_F(InNetwork, SumsInsideTheNodesFirst) {
  const PredictedPoint p = predicted({R"(cluster.node={"device": "p100-pcie-16gb", "devices": 2,
                                  "device_bandwidth": "10 GB/s", "device_latency": "1 us"})"},
                                     "in_network");
  // Device links: half to the neighbour twice, half to the NIC.
  EXPECT_NEAR(p.busiest_link_utilization * p.step_time.p50, 1.5 * kSeconds, 1e-6);
  // To the neighbour and to the switch alike it is two links.
  EXPECT_DOUBLE_EQ(p.mean_hops, 2);
}

}  // namespace
}  // namespace rehearse
