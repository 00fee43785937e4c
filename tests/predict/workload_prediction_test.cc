#include "predict/workload_prediction.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "predict/collective.h"

namespace rehearse {
namespace {

Scenario scenario_of(const std::string& collectives, const std::string& workers) {
  return read_scenario(JsonDocument::parse_text(R"({
    "name": "exchange",
    "workload": {"collectives": )" + collectives + R"(},
    "cluster": {
      "nodes": 4,
      "node": {"device": "v100-sxm2-16gb", "devices": 2,
               "device_bandwidth": "20 GB/s", "device_latency": "1 us"},
      "network": {"topology": "single_switch", "injection_bandwidth": "10 GB/s",
                  "injection_latency": "1 us", "stack": "ideal"}
    },
    "sweep": {"workers": )" + workers + R"(}, "fidelity": "analytic"})",
                                                "s.json"));
}

CollectiveRow row_of(const Scenario& scenario, Operation operation, int ranks, int ranks_per_node,
                     double bytes, int stride = 1) {
  CollectiveQuestion question;
  question.scenario = &scenario;
  question.operation = operation;
  question.ranks = ranks;
  question.ranks_per_node = ranks_per_node;
  question.bytes = {bytes};
  question.algorithm = Algorithm::automatic;
  question.stride = stride;
  return predict_collective(question).rows.at(0);
}

TEST(WorkloadPrediction, AddsUpTheCollectives) {
  const Scenario scenario = scenario_of(
      R"([{"all_reduce": "1 MB", "times": 3}, {"all_gather": "4 kB", "group": 2}])", "[4, 8]");
  const Prediction prediction = predict(scenario, {});
  EXPECT_EQ(prediction.scenario, "exchange");
  EXPECT_EQ(prediction.fidelity, "analytic");
  ASSERT_EQ(prediction.points.size(), 2u);
  for (const PredictedPoint& point : prediction.points) {
    const int ranks = static_cast<int>(point.workers);
    const CollectiveRow all = row_of(scenario, Operation::all_reduce, ranks, 2, 1e6);
    const CollectiveRow pairs = row_of(scenario, Operation::all_gather, 2, 2, 4e3);
    EXPECT_DOUBLE_EQ(point.step_time.p10, 3 * all.time.p10 + pairs.time.p10);
    EXPECT_DOUBLE_EQ(point.step_time.p50, 3 * all.time.p50 + pairs.time.p50);
    EXPECT_DOUBLE_EQ(point.step_time.p90, 3 * all.time.p90 + pairs.time.p90);
    EXPECT_EQ(point.breakdown[StepPhase::exposed_communication].value(), point.step_time.p50);
    EXPECT_EQ(point.communication_total, point.step_time.p50);
    EXPECT_EQ(point.breakdown[StepPhase::compute].value(), 0);
    EXPECT_EQ(point.nodes, ranks / 2);
    EXPECT_FALSE(point.has_samples);
  }
}

// Ranks 0, 2, 4, 6 and 1, 3, 5, 7: one of each on every node.
TEST(WorkloadPrediction, PlacesGroupsByTheirStride) {
  const Scenario scenario =
      scenario_of(R"([{"all_gather": "4 MB", "group": 4, "stride": 2}])", "8");
  EXPECT_DOUBLE_EQ(predict(scenario, {}).points.at(0).step_time.p50,
                   row_of(scenario, Operation::all_gather, 4, 1, 4e6, 2).time.p50);
}

TEST(WorkloadPrediction, OneRankSendsNothing) {
  const Prediction prediction = predict(scenario_of(R"([{"all_reduce": "1 MB"}])", "[1, 2]"), {});
  EXPECT_EQ(prediction.points.at(0).step_time.p50, 0);
  EXPECT_GT(prediction.points.at(1).step_time.p50, 0);
}

TEST(WorkloadPrediction, LeavesNoTrace) {
  std::vector<TraceSpan> spans;
  PredictOptions options;
  options.trace = &spans;
  EXPECT_THROW(predict(scenario_of(R"([{"all_reduce": "1 MB"}])", "2"), options), Error);
}

}  // namespace
}  // namespace rehearse
