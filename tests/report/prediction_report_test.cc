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
