#include "report/comparison.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/svg/comparison_chart.h"
#include "tests/report/sample.h"

namespace rehearse {
namespace {

// `key` x has values 1 and 2, y has values a and b; x scales the step by `factor`.
Comparison two_by_two(double factor) {
  Comparison comparison{{"x", "y"}, {}, {}, ""};
  for (const char* x : {"1", "2"}) {
    for (const char* y : {"a", "b"}) {
      Prediction prediction = sample_prediction({1, 2});
      if (*x == '2') prediction.points[1].step_time.p50 *= factor;
      comparison.rows.push_back({{x, y}, prediction, {}});
    }
  }
  return comparison;
}

TEST(NoEffect, NamesTheKeyThatChangedNothing) {
  // y never matters; x does when it stretches one point by 1 %, and not by 0.01 %.
  const auto one = no_effects(two_by_two(1.01));
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].code, "no_effect");
  EXPECT_EQ(one[0].what.substr(0, 37), "y changes nothing by more than 0.1 % ");
  EXPECT_EQ(no_effects(two_by_two(1.0001)).size(), 2u);
}

// Rows that differ in the way to their target alone.
TEST(NoEffect, LooksAtTheTargetAndAtFailures) {
  Comparison comparison = two_by_two(1.01);
  for (ComparedRow& row : comparison.rows) {
    for (PredictedPoint& p : row.prediction.points) p.goodput = row.values[1] == "a" ? 0.9 : 0.8;
  }
  EXPECT_TRUE(no_effects(comparison).empty());
  const std::string table = comparison_table(comparison);
  EXPECT_NE(table.find("goodput"), std::string::npos) << table;
  EXPECT_NE(table.find("80.0 %"), std::string::npos) << table;
  EXPECT_EQ(table.find("time to target"), std::string::npos) << table;
  comparison = two_by_two(1.01);
  for (ComparedRow& row : comparison.rows) {
    for (PredictedPoint& p : row.prediction.points) {
      p.to_target = ToTarget{.samples = row.values[1] == "a" ? 1e6 : 2e6, .time = {90, 90, 90}};
    }
  }
  EXPECT_TRUE(no_effects(comparison).empty());
  EXPECT_NE(comparison_table(comparison).find("1.50 min"), std::string::npos);
}

TEST(NoEffect, SaysWhy) {
  Comparison single{{"cluster.network.routing"}, {}, {}, ""};
  for (const char* x : {"1", "2"}) single.rows.push_back({{x}, sample_prediction({1}), {}});
  EXPECT_NE(no_effects(single).at(0).what.find("a single worker does not communicate"),
            std::string::npos);

  Comparison bound = single;
  for (ComparedRow& row : bound.rows) {
    row.prediction = sample_prediction({2, 4});
    // 0.5 ms of 110 ms are 0.5 %.
    row.prediction.points[1].breakdown[StepPhase::exposed_communication] = Duration(0.0005);
  }
  EXPECT_NE(no_effects(bound).at(0).what.find("bound by compute: exposed communication is at most "
                                              "0.5 %"),
            std::string::npos);

  Comparison other = bound;
  other.varied = {"training.optimizer.lr"};
  EXPECT_NE(no_effects(other).at(0).what.find("no predicted time depends on it"),
            std::string::npos);
}

// Two rows of eight workers whose exposed communication is 10 of 110 ms, and whose busiest link is
// in use for `busy` of the 20 ms of all communication.
std::string why(LinkClass cls, double busy) {
  Comparison comparison{{"cluster.network.topology"}, {}, {}, ""};
  for (const char* x : {"fat_tree", "dragonfly"}) {
    Prediction prediction = sample_prediction({4, 8});
    for (PredictedPoint& point : prediction.points) {
      point.breakdown[StepPhase::exposed_communication] = Duration(0.01);
      point.communication_total = 0.02;
      point.busiest_link_class = cls;
      point.busiest_link_utilization = busy * 0.02 / point.step_time.p50;
    }
    comparison.rows.push_back({{x}, prediction, {}});
  }
  return no_effects(comparison).at(0).what;
}

TEST(NoEffect, NamesTheBottleneck) {
  EXPECT_NE(why(LinkClass::injection, 0.95).find("its bottleneck is injection"), std::string::npos);
  EXPECT_NE(why(LinkClass::intra_node, 0.95).find("its bottleneck is inside the nodes"),
            std::string::npos);
  EXPECT_NE(why(LinkClass::up, 0.95).find("does not decide its bottleneck"), std::string::npos);
  const std::string stream = why(LinkClass::injection, 0.3);
  EXPECT_NE(stream.find("in use for at most 30.0 % of that time"), std::string::npos) << stream;
  EXPECT_NE(stream.find("stream_bandwidth"), std::string::npos) << stream;
}

TEST(NoEffect, IsSilentAboutASingleValue) {
  Comparison comparison{{"x"}, {{{"1"}, sample_prediction({1}), {}}}, {}, ""};
  EXPECT_TRUE(no_effects(comparison).empty());
}

TEST(Comparison, JsonHoldsValuesAsJsonIfTheyParse) {
  Comparison comparison{{"a.b", "c"}, {{{"[1,2]", "ring"}, sample_prediction({1}), {}}}, {}, ""};
  const auto parsed = nlohmann::json::parse(to_json(comparison));
  EXPECT_EQ(parsed["varied"].dump(), R"(["a.b","c"])");
  EXPECT_EQ(parsed["rows"][0]["values"].dump(), R"({"a.b":[1,2],"c":"ring"})");
  EXPECT_EQ(parsed["rows"][0]["prediction"]["points"][0]["workers"], 1);
  EXPECT_TRUE(parsed["warnings"].empty());
}

TEST(Comparison, HoldsWhatTheNetworksCost) {
  Comparison comparison{{"x"}, {}, {}, "coins"};
  for (const char* x : {"a", "b", "c"}) {
    comparison.rows.push_back({{x}, sample_prediction({1}), {}});
  }
  NetworkCost cost;
  cost.nodes = 16;
  cost.endpoints = 32;
  cost.switches = 20;
  cost.electrical_cables = 16;
  cost.optical_cables = 1032;
  cost.switch_price = 100;
  cost.cable_price = 5000;
  cost.nic_price = 60;
  comparison.rows[0].network = {"Fat-tree of 3 levels", cost};
  cost.unpriced = "NICs of 1.00 TB/s";
  comparison.rows[1].network = {"Single switch", cost};

  const std::string text = comparison_table(comparison);
  EXPECT_NE(text.find("The networks, in coins"), std::string::npos) << text;
  // 5160 in all, 161.25 per endpoint.
  EXPECT_NE(text.find("1,032  5,160           161"), std::string::npos) << text;
  const auto parsed = nlohmann::json::parse(to_json(comparison));
  const auto& network = parsed["rows"][0]["network"];
  EXPECT_EQ(network["optical_cables"], 1032);
  EXPECT_EQ(network["cost"]["total"], 5160);
  EXPECT_EQ(network["cost"]["per_endpoint"], 161.25);
  EXPECT_EQ(network["cost"]["currency"], "coins");
  EXPECT_TRUE(parsed["rows"][1]["network"]["cost"].is_null());
  EXPECT_FALSE(parsed["rows"][2].contains("network"));
  EXPECT_EQ(unpriced_parts(comparison).at(0).what,
            "the price list has no price for NICs of 1.00 TB/s");
}

TEST(Comparison, TellsOfOneNetworkOnce) {
  Comparison comparison{{"x"}, {}, {}, "coins"};
  NetworkCost cost;
  cost.nodes = 16;
  for (const char* x : {"a", "b"}) {
    comparison.rows.push_back(
        {{x}, sample_prediction({1}), ComparedNetwork{"Single switch", cost}});
  }
  const std::string same = comparison_table(comparison);
  EXPECT_NE(same.find("The network of all rows, in coins"), std::string::npos) << same;
  EXPECT_EQ(same.find("Single switch"), same.rfind("Single switch")) << same;
  comparison.rows[1].network->cost.nodes = 32;
  const std::string different = comparison_table(comparison);
  EXPECT_NE(different.find("The networks, in coins"), std::string::npos) << different;
  EXPECT_NE(different.find("Single switch"), different.rfind("Single switch")) << different;
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(ComparisonChart, HasALineAndALegendForEveryRow) {
  const std::string svg = comparison_chart_svg(two_by_two(1.5));
  EXPECT_EQ(occurrences(svg, "<polyline"), 8U);
  for (const char* label : {">1, a<", ">1, b<", ">2, a<", ">2, b<", ">x, y<"}) {
    EXPECT_EQ(occurrences(svg, label), 1U) << label;
  }
  // A bar from p10 to p90 is three lines, at 4 rows of 2 points; the legend has one for each row.
  EXPECT_EQ(occurrences(svg, "stroke-width=\"1.4\""), 3U * 4 * 2);
  EXPECT_NE(svg.find("Time of a step"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(ComparisonChart, ComparesThroughputWhereTheBatchDiffers) {
  Comparison comparison = two_by_two(1.5);
  comparison.rows[1].prediction.points[0].global_batch *= 2;
  EXPECT_NE(comparison_chart_svg(comparison).find("Samples per second"), std::string::npos);
}

TEST(Comparison, TableComparesWithTheFirstRow) {
  const std::string text = comparison_table(two_by_two(1.5));
  EXPECT_NE(text.find("+50.0 %"), std::string::npos) << text;
}

}  // namespace
}  // namespace rehearse
