#include "report/prediction_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/contract.h"
#include "tests/report/sample.h"

namespace rehearse {
namespace {

using nlohmann::json;

std::vector<std::string> keys(const nlohmann::ordered_json& object) {
  std::vector<std::string> result;
  for (const auto& [key, value] : object.items()) result.push_back(key);
  return result;
}

TEST(PredictionJson, HasTheFieldsOfTheContractInOrder) {
  Prediction prediction = sample_prediction({1, 2});
  prediction.warnings = {{"extrapolated", "x", {1}}};
  prediction.provenance = {{"peak", "data sheet", Provenance::Kind::published}};
  const auto parsed = nlohmann::ordered_json::parse(to_json(prediction));
  EXPECT_EQ(keys(parsed), (std::vector<std::string>{"format", "scenario", "version", "fidelity",
                                                    "seed", "points", "warnings", "provenance"}));
  const auto& point = parsed["points"][1];
  EXPECT_EQ(keys(point),
            (std::vector<std::string>{
                "workers", "nodes", "global_batch", "step_time_s", "step_jitter_s", "samples_per_s",
                "speedup", "efficiency", "breakdown_s", "communication_s", "flops_per_device",
                "model_flops_utilization", "memory_per_device_bytes", "fits", "network",
                "epoch_time_s", "node_hours_per_epoch", "energy_per_epoch_j"}));
  EXPECT_EQ(keys(point["breakdown_s"]),
            (std::vector<std::string>{"compute", "recompute", "exposed_communication",
                                      "straggler_wait", "pipeline_bubble", "server_wait",
                                      "input_wait", "optimizer", "offload", "other"}));
  EXPECT_EQ(keys(point["memory_per_device_bytes"]),
            (std::vector<std::string>{"weights", "gradients", "optimizer", "activations",
                                      "transient", "buffers", "framework", "total"}));
  EXPECT_EQ(keys(point["network"]),
            (std::vector<std::string>{"busiest_link", "busiest_link_utilization", "mean_hops"}));
  EXPECT_EQ(parsed["warnings"].dump(), R"([{"code":"extrapolated","what":"x","points":[1]}])");
  EXPECT_EQ(parsed["provenance"].dump(),
            R"([{"quantity":"peak","source":"data sheet","kind":"published"}])");
  EXPECT_EQ(point["memory_per_device_bytes"]["total"].dump(), "2000000000");
}

PilotReport sample_pilot() {
  PilotReport pilot;
  pilot.records = {{"mine.json", "a", 2, 0.12, 0.1, 0.119}};
  pilot.parameters = {{"device_time", 0.12, 0.02, 1.19, true}, {"latency", 0.7, 0.69, 1, false}};
  pilot.largest_workers = 512;
  pilot.largest_width = 0.13;
  pilot.next_measurement = {{"50 steps on 256 nodes", 0.07}, {"50 steps on 2 nodes", 0.12}};
  return pilot;
}

TEST(PredictionJson, HoldsThePilot) {
  Prediction prediction = sample_prediction({1, 512});
  prediction.pilot = sample_pilot();
  const auto parsed = nlohmann::ordered_json::parse(to_json(prediction));
  EXPECT_EQ(parsed["pilot"]["records"].dump(),
            R"([{"file":"mine.json","id":"a","workers":2,"measured":0.12,"predicted_before":0.1,)"
            R"("predicted_after":0.119}])");
  EXPECT_EQ(parsed["pilot"]["parameters"][0].dump(),
            R"({"name":"device_time","prior_rel_error":0.12,"posterior_rel_error":0.02,)"
            R"("factor":1.19,"settled":true})");
  EXPECT_EQ(parsed["pilot"]["next_measurement"][1].dump(),
            R"({"what":"50 steps on 2 nodes","narrows_to":0.12})");
}

// 0.1 / 0.12 - 1 = -16.7 %, 0.119 / 0.12 - 1 = -0.8 %.
TEST(PredictionTable, TellsWhatThePilotSays) {
  Prediction prediction = sample_prediction({1, 512});
  EXPECT_EQ(prediction_table(prediction).find("pilot"), std::string::npos);
  prediction.pilot = sample_pilot();
  const std::string table = prediction_table(prediction);
  for (const char* part :
       {"-16.7 %", "-0.8 %", "device_time", "± 12.0 %", "yes",
        "p10 – p90 at 512 workers spans 13.0 % of the median. It would narrow to 7.0 % with 50 "
        "steps on 256 nodes; to 12.0 % with 50 steps on 2 nodes."}) {
    EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
  }
}

// 2 workers reach the target in 50 s, 4 in 60 s.
Prediction until_a_target() {
  Prediction prediction = sample_prediction({1, 2, 4});
  prediction.target = "test_accuracy 0.76";
  double seconds = 100;
  for (PredictedPoint& p : prediction.points) {
    p.goodput = 0.875;
    p.staleness = StalenessSummary{.mean = 1.25, .p50 = 1, .p90 = 2.5, .max = 4};
    p.to_target = ToTarget{.samples = 1e6, .steps = 10, .time = {45, seconds, 120}};
    p.to_target->node_hours = 3.5;
    seconds = seconds == 100 ? 50 : 60;
  }
  return prediction;
}

TEST(PredictionJson, HoldsTheWayToATarget) {
  const auto parsed = nlohmann::ordered_json::parse(to_json(until_a_target()));
  EXPECT_EQ(parsed["target"], "test_accuracy 0.76");
  const auto& point = parsed["points"][1];
  EXPECT_EQ(point["goodput"], 0.875);
  EXPECT_EQ(point["staleness"].dump(), R"({"mean":1.25,"p50":1.0,"p90":2.5,"max":4})");
  EXPECT_EQ(point["samples_to_target"], 1e6);
  EXPECT_EQ(point["time_to_target_s"].dump(), R"({"p10":45.0,"p50":50.0,"p90":120.0})");
  EXPECT_EQ(point["node_hours_to_target"], 3.5);
}

TEST(PredictionTable, MarksWhereMoreWorkersDoNotHelp) {
  const std::string text = prediction_table(until_a_target());
  for (const char* part : {"Until test_accuracy 0.76, failures counted:", "87.5 %", "1.25", "2.50",
                           "1,000,000", "45.0 s – 2.00 min", "3.50"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  const std::size_t mark = text.find("<- more workers do not help");
  ASSERT_NE(mark, std::string::npos) << text;
  const std::size_t line = text.rfind('\n', mark) + 1;
  EXPECT_NE(text.substr(line, mark - line).find("50.0 s"), std::string::npos) << text;
  // The best is the last: nothing to mark.
  Prediction growing = until_a_target();
  growing.points[2].to_target->time.p50 = 40;
  EXPECT_EQ(prediction_table(growing).find("<-"), std::string::npos);
}

TEST(PredictionCsv, EndsWithTheWayToATarget) {
  const std::string csv = prediction_csv(until_a_target());
  EXPECT_NE(csv.find(",1.25,0.875,1e+06,45,50,120,3.5\n"), std::string::npos) << csv;
  const std::string without = prediction_csv(sample_prediction({1}));
  EXPECT_NE(without.find(",,,,,,\n"), std::string::npos) << without;
}

TEST(PredictionJson, NumbersReadBackExactly) {
  Prediction prediction = sample_prediction({1});
  prediction.points[0].samples_per_s = 0.1 + 0.2;
  prediction.points[0].epoch_time = 1.0 / 3;
  const json parsed = json::parse(to_json(prediction));
  EXPECT_EQ(parsed["points"][0]["samples_per_s"].get<double>(), 0.1 + 0.2);
  EXPECT_EQ(parsed["points"][0]["epoch_time_s"].get<double>(), 1.0 / 3);
}

TEST(PredictionJson, RefusesNumbersThatJsonCannotHold) {
  Prediction prediction = sample_prediction({1});
  prediction.points[0].speedup = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(to_json(prediction), ContractViolation);
}

TEST(PredictionJson, ReplacesTextThatIsNotUtf8) {
  Prediction prediction = sample_prediction({1});
  prediction.scenario = "caf\xe9";
  EXPECT_EQ(json::parse(to_json(prediction))["scenario"], "caf\xef\xbf\xbd");
}

TEST(PredictionTable, ShowsCurveBreakdownAndSources) {
  Prediction prediction = sample_prediction({1, 2});
  prediction.points[1].fits = false;
  prediction.warnings = {{"extrapolated", "beyond 16 ranks", {1}}};
  prediction.provenance = {{"peak", "data sheet", Provenance::Kind::published}};
  const std::string text = prediction_table(prediction);
  // 64 samples in 110 ms are 582 a second; 1 worker makes 320, so the efficiency is 582 / 640.
  for (const char* part :
       {"tiny: fidelity flow, seed 7", "110 ms", "582", "90.9 %", "105 ms – 116 ms", "2.00 GB",
        "NO", "node 0 -> switch 0", "[published] peak: data sheet"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  // Warnings go to stderr.
  EXPECT_EQ(text.find("beyond 16 ranks"), std::string::npos);
  EXPECT_EQ(warning_line(prediction.warnings[0], prediction), "beyond 16 ranks (at 2 workers)");
  EXPECT_EQ(text.find("pipeline bubble"), std::string::npos);  // zero everywhere
}

}  // namespace
}  // namespace rehearse
