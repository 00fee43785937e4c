#include "report/comparison.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/report/sample.h"

namespace rehearse {
namespace {

// `key` x has values 1 and 2, y has values a and b; x scales the step by `factor`.
Comparison two_by_two(double factor) {
  Comparison comparison{{"x", "y"}, {}, {}};
  for (const char* x : {"1", "2"}) {
    for (const char* y : {"a", "b"}) {
      Prediction prediction = sample_prediction({1, 2});
      if (*x == '2') prediction.points[1].step_time.p50 *= factor;
      comparison.rows.push_back({{x, y}, prediction});
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

TEST(NoEffect, SaysWhy) {
  Comparison single{{"cluster.network.routing"}, {}, {}};
  for (const char* x : {"1", "2"}) single.rows.push_back({{x}, sample_prediction({1})});
  EXPECT_NE(no_effects(single).at(0).what.find("a single worker does not communicate"),
            std::string::npos);

  Comparison bound = single;
  for (ComparedRow& row : bound.rows) {
    row.prediction = sample_prediction({2, 4});
    // 0.5 ms of 110 ms are 0.5 %.
    row.prediction.points[1].breakdown.exposed_communication = 0.0005;
  }
  EXPECT_NE(no_effects(bound).at(0).what.find("bound by compute: exposed communication is at most "
                                              "0.5 %"),
            std::string::npos);

  Comparison other = bound;
  other.varied = {"training.optimizer.lr"};
  EXPECT_NE(no_effects(other).at(0).what.find("no predicted time depends on it"),
            std::string::npos);
}

TEST(NoEffect, IsSilentAboutASingleValue) {
  Comparison comparison{{"x"}, {{{"1"}, sample_prediction({1})}}, {}};
  EXPECT_TRUE(no_effects(comparison).empty());
}

TEST(Comparison, JsonHoldsValuesAsJsonIfTheyParse) {
  Comparison comparison{{"a.b", "c"}, {{{"[1,2]", "ring"}, sample_prediction({1})}}, {}};
  const auto parsed = nlohmann::json::parse(to_json(comparison));
  EXPECT_EQ(parsed["varied"].dump(), R"(["a.b","c"])");
  EXPECT_EQ(parsed["rows"][0]["values"].dump(), R"({"a.b":[1,2],"c":"ring"})");
  EXPECT_EQ(parsed["rows"][0]["prediction"]["points"][0]["workers"], 1);
  EXPECT_TRUE(parsed["warnings"].empty());
}

TEST(Comparison, TableComparesWithTheFirstRow) {
  const std::string text = comparison_table(two_by_two(1.5));
  EXPECT_NE(text.find("+50.0 %"), std::string::npos) << text;
}

}  // namespace
}  // namespace rehearse
