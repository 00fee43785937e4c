#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kernels/models/zoo.h"
#include "report/model_report.h"
#include "report/network_report.h"
#include "report/plan_report.h"
#include "report/validation_report.h"
#include "tests/report/sample.h"
#include "topologies/graph/build.h"

namespace rehearse {
namespace {

using nlohmann::json;

TEST(PlanReport, SaysWhatIsRecommended) {
  const Prediction prediction = sample_prediction({1, 2});
  PlanOptions options;
  options.deadline_s = 7200;
  options.samples = 6400;
  Plan plan;
  PlannedPoint late, right;
  late.steps = 200;
  late.time_s = {19, 20, 21};
  late.meets_deadline = false;
  right.point = 1;
  right.steps = 100;
  right.time_s = {10, 11, 12};
  late.node_hours = right.node_hours = {0.1, 0.2, 0.3};
  plan.points = {late, right};
  plan.recommended = 1;
  plan.why = "2 workers, the only ones in time";
  const std::string text = plan_table(prediction, options, plan);
  EXPECT_NE(text.find("6,400 samples, deadline 2.00 h"), std::string::npos) << text;
  EXPECT_NE(text.find("Recommended: 2 workers, the only ones in time"), std::string::npos) << text;
  const json parsed = json::parse(to_json(prediction, options, plan));
  EXPECT_EQ(parsed["recommended"].dump(), R"({"nodes":2,"workers":2})");
  EXPECT_EQ(parsed["budget_node_hours"], nullptr);
  EXPECT_EQ(parsed["points"][0]["meets_deadline"], false);

  plan.recommended.reset();
  EXPECT_EQ(json::parse(to_json(prediction, options, plan))["recommended"], nullptr);
}

TEST(ModelReport, SumsItsRows) {
  const Model model = zoo_model("lenet5");
  const auto rows = layer_table(model, Precision::fp32);
  const ModelReport report{&model, Precision::fp32, 1, rows,
                           training_memory(model, 1, Precision::fp32, 0)};
  const json parsed = json::parse(to_json(report));
  std::int64_t parameters = 0;
  double flops = 0;
  for (const json& row : parsed["layers"]) {
    parameters += row["parameters"].get<std::int64_t>();
    flops += row["forward_flops"].get<double>();
  }
  EXPECT_EQ(parameters, model.parameter_count());
  EXPECT_EQ(parsed["parameters"], model.parameter_count());
  EXPECT_DOUBLE_EQ(parsed["forward_flops"].get<double>(), flops);
  // fp32: 4 bytes of weight and of gradient for each parameter.
  EXPECT_EQ(parsed["memory_bytes"]["weights"], 4 * model.parameter_count());
  EXPECT_EQ(parsed["memory_bytes"]["optimizer"], 0);
  EXPECT_NE(model_table(report).find("lenet5 in fp32"), std::string::npos);
}

TEST(NetworkReport, CountsLinksOfEachClass) {
  // Four nodes on one switch: 4 connections, 8 directed links; half can send 2 * 10 GB/s.
  NetworkSpec spec;
  spec.injection = {Bandwidth(10e9), Duration(1e-6)};
  const Network network = build_network(spec, 4, NodeSpec{});
  const auto router = make_router(network, Routing::minimal);
  const NetworkFacts found = facts(network, *router);
  const json parsed = json::parse(to_json("net", network, &found));
  EXPECT_EQ(parsed["link_classes"].dump(),
            R"([{"bandwidth_bytes_per_s":10000000000.0,"class":"injection","latency_s":1e-06,)"
            R"("links":8}])");
  const std::string text = network_table("net", network, found);
  EXPECT_NE(text.find("20.0 GB/s, 100.0 % of what half of the nodes can send"), std::string::npos)
      << text;
}

TEST(ValidationReport, ListsErrorsAndWhatCouldNotBeCompared) {
  Validation validation;
  validation.records = {{"a", "step_time", 0.2, 0.21, 0.2, 0.22, "s", false, "paper"},
                        {"b", "step_time", 0.2, 0.2, 0.2, 0.2, "s", true, "paper"}};
  validation.unmapped = {{"c", "no such model"}};
  validation.mean_error = validation.worst_error = 0.05;
  validation.records[0].family = "f";
  validation.records[0].assumed = {"layout_assumed"};
  validation.families["f"] = {.records = 1,
                              .mean_error = 0.05,
                              .median_error = 0.04,
                              .worst_error = 0.06,
                              .inside_interval = 1,
                              .assumed = 1};
  const std::string text = validation_table(validation);
  EXPECT_NE(text.find("Mean error 5.0 %, worst 5.0 %"), std::string::npos) << text;
  EXPECT_NE(text.find("over 1 record that"), std::string::npos) << text;
  EXPECT_NE(text.find("c: no such model"), std::string::npos) << text;
  const json parsed = json::parse(to_json(validation));
  EXPECT_NEAR(parsed["records"][0]["signed_error"].get<double>(), 0.05, 1e-12);
  EXPECT_EQ(parsed["unmapped"][0]["id"], "c");
  EXPECT_FALSE(parsed["records"][0].contains("machine"));
  EXPECT_EQ(parsed["records"][0]["family"], "f");
  EXPECT_EQ(parsed["records"][0]["assumed"].dump(), R"(["layout_assumed"])");
  EXPECT_FALSE(parsed["records"][1].contains("assumed"));
  EXPECT_EQ(parsed["families"].dump(),
            R"({"f":{"inside_interval":1.0,"mean_error":0.05,"median_error":0.04,"records":1,)"
            R"("worst_error":0.06}})");
  EXPECT_NE(text.find("f             1       5.0 %   4.0 %  6.0 %  100.0 %                   1"),
            std::string::npos)
      << text;
}

// 0.18 s were measured and 0.15 s predicted; at the speed of the run the prediction is 0.189 s.
TEST(ValidationReport, SaysHowFastTheMachineWas) {
  Validation validation;
  validation.records = {{"a @ 1", "step_time", 0.18, 0.15, 0.14, 0.16, "s", false, "run.json"}};
  validation.records[0].phases = {{"compute", 0.18, 0.15}};
  validation.records[0].machine = {.slowdown = 1.26, .predicted = 0.189};
  const std::string text = validation_table(validation);
  EXPECT_NE(text.find("Fixed work took 1.26 times as long as when the machine was calibrated. At "
                      "that speed: 189.0 ms, +5.0 %."),
            std::string::npos)
      << text;
  const json machine = json::parse(to_json(validation))["records"][0]["machine"];
  EXPECT_DOUBLE_EQ(machine["slowdown"].get<double>(), 1.26);
  EXPECT_NEAR(machine["signed_error"].get<double>(), 0.05, 1e-12);
}

}  // namespace
}  // namespace rehearse
