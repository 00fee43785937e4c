// Batch normalisation over all workers: two all-reduces of two values per channel in a step.
#include <gtest/gtest.h>

#include "base/error.h"
#include "predict/predict.h"

namespace rehearse {
namespace {

Prediction predicted(const std::string& sync, const std::string& fidelity,
                     const std::string& more = "") {
  return predict(read_scenario(JsonDocument::parse_text(
                     R"({"model": {"input": {"channels": 3, "height": 32, "width": 32}, "layers": [
        {"kind": "convolution", "channels": 64, "kernel": 3, "padding": 1},
        {"kind": "batch_norm", "sync": )" +
                         sync + R"(}, {"kind": "relu"}, {"kind": "flatten"},
        {"kind": "dense", "features": 10}]},
      "data": {"samples": 50000},
      "cluster": {"nodes": 8, "node": {"device": "p100-pcie-16gb"},
                  "network": {"preset": "infiniband-edr-fat-tree", "stack": "ideal"}},
      "training": {"batch": {"per_worker": 32}, "allreduce": {"overlap": false})" +
                         more + R"(},
      "sweep": {"workers": [1, 8]}, "fidelity": ")" +
                         fidelity + R"("})",
                     "s.json")),
                 {});
}

TEST(SynchronisedNorm, AddsAnAllReduceToEachDirection) {
  for (const char* fidelity : {"analytic", "flow", "message"}) {
    const Prediction plain = predicted("false", fidelity), joined = predicted("true", fidelity);
    // One worker has nobody to wait for.
    EXPECT_EQ(plain.points[0].step_time.p50, joined.points[0].step_time.p50);
    const double more = joined.points[1].communication_total - plain.points[1].communication_total;
    // Twice, at least the latency of one message to another node; at most a millisecond each.
    EXPECT_GT(more, 2e-6);
    EXPECT_LT(more, 2e-3);
    EXPECT_GT(joined.points[1].step_time.p50, plain.points[1].step_time.p50);
  }
}

TEST(SynchronisedNorm, IsForStrategySync) {
  try {
    (void)predicted("true", "flow", R"(, "strategy": "local_sgd")");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("normalises over all workers"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace rehearse
