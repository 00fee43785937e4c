// Predictions where images are shared out by tiles.
#include <gtest/gtest.h>

#include "base/error.h"
#include "predict/predict.h"
#include "tests/predict/known_device.h"

namespace rehearse {
namespace {

// One node of 8 GPUs on one switch, without noise: 10 GB/s and 2 us from one to another.
Scenario scenario(const std::string& spatial, const std::string& workers,
                  const std::string& fidelity, const std::vector<std::string>& more = {}) {
  JsonDocument document = JsonDocument::parse_text(R"({
    "model": {"zoo": "resnet50"},
    "data": {"samples": 100000, "classes": 1000},
    "cluster": {"nodes": 16, "node": {"device": "p100-pcie-16gb", "devices": 1},
                "network": {"topology": "single_switch", "injection_bandwidth": "10 GB/s",
                            "injection_latency": "1 us", "stack": "ideal"}},
    "training": {"framework": "pytorch", "batch": {"per_worker": 16}},
    "noise": {"compute_cv": 0, "device_cv": 0}
  })",
                                                   "s.json");
  document.set("sweep.workers=" + workers);
  document.set("fidelity=" + fidelity);
  if (!spatial.empty()) document.set("training.parallelism.spatial=" + spatial);
  for (const std::string& assignment : more) document.set(assignment);
  return with_known_time(read_scenario(document));
}

PredictedPoint point(const std::string& spatial, const std::string& workers,
                     const std::string& fidelity, const std::vector<std::string>& more = {}) {
  return predict(scenario(spatial, workers, fidelity, more), {}).points.at(0);
}

double part(const PredictedPoint& point, StepPhase phase) { return point.breakdown[phase].value(); }

TEST(Spatial, OneTileIsThePlainJob) {
  for (const std::string fidelity : {"analytic", "flow"}) {
    const PredictedPoint plain = point("", "[4]", fidelity);
    for (const std::string one : {"1", "[1, 1]"}) {
      const PredictedPoint tiled = point(one, "[4]", fidelity);
      EXPECT_EQ(tiled.step_time.p50, plain.step_time.p50);
      EXPECT_EQ(tiled.memory.total(), plain.memory.total());
      EXPECT_FALSE(tiled.layout.has_value());
    }
  }
}

TEST(Spatial, TilesCountAsDevicesOfAReplica) {
  const PredictedPoint p = point("[2, 2]", "[8]", "analytic");
  EXPECT_EQ(p.global_batch, 2 * 16);
  ASSERT_TRUE(p.layout.has_value());
  EXPECT_EQ(p.layout->data, 2);
  EXPECT_EQ(p.layout->tiles, (Tiles{2, 2}));
  // Of the operations of a sample a rank does a quarter, which is what MFU counts.
  EXPECT_EQ(p.flops_per_device, point("", "[2]", "analytic").flops_per_device / 4);
}

// One replica: nothing else is on the links while halos travel. Each fidelity has the gradients of
// all ranks besides.
TEST(Spatial, AnalyticAndFlowAgree) {
  for (const std::string spatial : {"2", "4", "[2, 2]"}) {
    const std::string workers = spatial == "2" ? "[2]" : "[4]";
    const std::vector<std::string> after{R"(training.allreduce.overlap=false)"};
    const PredictedPoint closed = point(spatial, workers, "analytic", after);
    const PredictedPoint flow = point(spatial, workers, "flow", after);
    EXPECT_NEAR(flow.step_time.p50 / closed.step_time.p50, 1, 0.02) << spatial;
    EXPECT_NEAR(part(flow, StepPhase::compute) / part(closed, StepPhase::compute), 1, 0.01);
    EXPECT_NEAR(flow.breakdown.sum().value(), flow.step_time.p50, 1e-9);
    const double shares = part(closed, StepPhase::exposed_communication);
    EXPECT_NEAR(part(flow, StepPhase::exposed_communication) / shares, 1, 0.05) << spatial;
  }
}

// With gradients on their way under the backward pass: analytic fidelity hides them behind what is
// computed, flow also behind halos, with which they share the links.
TEST(Spatial, GradientsTravelBesideHalos) {
  for (const std::string spatial : {"2", "[2, 2]"}) {
    const std::string workers = spatial == "2" ? "[4]" : "[8]";
    const PredictedPoint closed = point(spatial, workers, "analytic");
    const PredictedPoint flow = point(spatial, workers, "flow");
    EXPECT_GT(flow.communication_hidden, 0);
    EXPECT_NEAR(flow.step_time.p50 / closed.step_time.p50, 1, 0.12) << spatial;
    const PredictedPoint message = point(spatial, workers, "message");
    EXPECT_NEAR(message.step_time.p50 / flow.step_time.p50, 1, 0.02) << spatial;
  }
}

// ResNet-50 at 224 has maps of 112 to 7 rows, all of which divide by 7; of 6 tiles the largest has
// 2 of the last 7 rows, and 3 of 14, which is more than a sixth.
TEST(Spatial, SmallMapsStopScaling) {
  const auto computed = [](int tiles) {
    const std::string n = std::to_string(tiles);
    return part(point(n, "[" + n + "]", "analytic"), StepPhase::compute);
  };
  EXPECT_LT(computed(4), computed(2));
  EXPECT_LT(computed(7), computed(4));
  EXPECT_GT(computed(6), computed(7) * 7 / 6);
}

TEST(Spatial, ActivationsDivideByTheTilesButForHalos) {
  const auto activations = [](const std::string& spatial, const std::string& workers) {
    return point(spatial, workers, "analytic").memory[MemoryPart::activations].value();
  };
  const double whole = activations("", "[1]");
  const double four = activations("4", "[4]");
  EXPECT_GT(four, whole / 4);
  EXPECT_LT(four, whole / 4 * 1.25);
  EXPECT_EQ(point("4", "[4]", "analytic").memory[MemoryPart::weights],
            point("", "[1]", "analytic").memory[MemoryPart::weights]);
}

// More bandwidth is never slower; ten times less makes what is exposed grow.
TEST(Spatial, HalosTakeTheLinks) {
  const std::vector<std::string> slow{R"(cluster.network.injection_bandwidth="1 GB/s")"};
  for (const std::string fidelity : {"analytic", "flow"}) {
    EXPECT_GT(part(point("4", "[4]", fidelity, slow), StepPhase::exposed_communication),
              3 * part(point("4", "[4]", fidelity), StepPhase::exposed_communication));
  }
}

TEST(Spatial, IsRefusedByName) {
  const auto says = [](const std::string& spatial, const std::vector<std::string>& more,
                       const std::string& text) {
    try {
      (void)scenario(spatial, "[16]", "analytic", more);
      ADD_FAILURE() << "accepted " << spatial;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    }
  };
  const std::string at = "s.json: /training/parallelism";
  says("8", {}, at + "/spatial: layer 'layer4.0.downsample.0' (convolution) cannot be shared out");
  says("[2, 2, 2]", {}, at + "/spatial: a list of 3 (tiles lie in rows and columns)");
  says("0", {}, at + "/spatial: 0 is out of range");
  says("3", {}, "16 devices do not form replicas of 3 (training.parallelism.spatial has as many");
  says("2", {"training.parallelism.pipeline=2"}, at + "/pipeline: images are shared out by tiles");
  says("2", {"training.parallelism.dense=2"}, "dense layers are split beside");
  says("2", {"training.strategy=async_ps"}, at + "/spatial: layouts work under strategy 'sync'");
  says("2", {R"(model={"zoo": "vit_b16"})"}, "(attention) cannot be shared out over 2 x 1 tiles");
}

}  // namespace
}  // namespace rehearse
