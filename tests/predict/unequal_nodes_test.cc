// Nodes of unequal speed in a prediction: devices of a node wait for each other only where they
// differ themselves, nodes always.
#include <gtest/gtest.h>

#include "predict/predict.h"
#include "tests/predict/known_device.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

// Seconds of eight workers on nodes of so many devices, in which nothing hides a wait.
double step_time(int devices, const std::string& noise, const std::string& fidelity) {
  JsonDocument scenario = JsonDocument::parse_text(tiny_scenario(), "s.json");
  scenario.set("cluster.node.devices=" + std::to_string(devices));
  scenario.set("cluster.node.device_bandwidth=50 GB/s");
  scenario.set("cluster.node.device_latency=1 us");
  scenario.set("training.allreduce.batching=buckets");
  scenario.set("training.allreduce.fusion=25 MiB");
  scenario.set("training.allreduce.overlap=false");
  scenario.set("sweep.workers=[8]");
  scenario.set("noise=" + noise);
  scenario.set("fidelity=" + fidelity);
  return predict(with_known_time(read_scenario(scenario)), {}).points.front().step_time.p50;
}

// What unequal speeds add to the step, as a share of a device's work.
double added(int devices, const std::string& noise, const std::string& fidelity) {
  const std::string quiet = R"({"compute_cv": 0, "device_cv": 0, "node_cv": 0})";
  const double work = 0.93e-3;  // compute and optimizer of a device
  return (step_time(devices, noise, fidelity) - step_time(devices, quiet, fidelity)) / work;
}

TEST(UnequalNodes, WaitForTheSlowestNode) {
  const std::string nodes = R"({"compute_cv": 0, "device_cv": 0, "node_cv": 0.1})";
  const std::string devices = R"({"compute_cv": 0, "device_cv": 0.1, "node_cv": 0})";
  for (const std::string fidelity : {"flow", "analytic"}) {
    SCOPED_TRACE(fidelity);
    // The expected maximum of 1, 2, 4 and 8 normal values: 0, 0.564, 1.029, 1.424.
    EXPECT_NEAR(added(8, nodes, fidelity), 0, 0.03);
    EXPECT_NEAR(added(4, nodes, fidelity), 0.056, 0.03);
    EXPECT_NEAR(added(2, nodes, fidelity), 0.103, 0.03);
    EXPECT_NEAR(added(1, nodes, fidelity), 0.142, 0.03);
    EXPECT_NEAR(added(8, devices, fidelity), 0.142, 0.03);
  }
}

}  // namespace
}  // namespace rehearse
