#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "report/collective_report.h"
#include "report/svg/chart_axes.h"
#include "report/svg/chart_heading.h"
#include "report/svg/comparison_chart.h"
#include "report/svg/scaling_chart.h"
#include "report/svg/series_style.h"
#include "report/text/telling_names.h"
#include "svg_check.h"
#include "tests/report/sample.h"

namespace rehearse {
namespace {

using Names = std::vector<std::string>;

const std::string kLong =
    "a very long name of a scenario with <angle brackets>, \"quotes\" & 80 characters or more in "
    "it";
const std::string kSquare = "训练时间预测器在一千个图形处理器上的网络拓扑结构比较实验的名称非常长";

bool has_words(const std::string& svg, const std::string& words) {
  const Names all = words_of(svg);
  return std::ranges::any_of(
      all, [&](const std::string& text) { return text.find(words) != std::string::npos; });
}

Comparison compared(const Names& values, const std::vector<std::int64_t>& workers) {
  Comparison comparison{{"cluster.network.preset"}, {}, {}, ""};
  double factor = 1;
  for (const std::string& value : values) {
    Prediction prediction = sample_prediction(workers);
    for (PredictedPoint& point : prediction.points) {
      for (double* q : {&point.step_time.p10, &point.step_time.p50, &point.step_time.p90}) {
        *q *= factor;
      }
    }
    comparison.rows.push_back({{value}, prediction, {}});
    factor *= 1.1;
  }
  return comparison;
}

Names many_names(std::size_t count) {
  Names names;
  for (std::size_t i = 0; i < count; ++i) names.push_back("name " + std::to_string(i));
  return names;
}

TEST(ScalingPicture, IsReadable) {
  const Names facts{"resnet50 in fp32", "64 samples per worker", kLong, kSquare};
  Prediction prediction = sample_prediction({1, 2, 4, 8, 16, 1000, 1024, 100000});
  for (const std::string& name : {std::string("tiny"), kLong, kSquare}) {
    prediction.scenario = name;
    EXPECT_EQ(unreadable_words(scaling_chart_svg(prediction, facts)), Names{});
  }
  EXPECT_EQ(unreadable_words(scaling_chart_svg(sample_prediction({7}))), Names{});
  for (PredictedPoint& point : prediction.points) point.has_samples = false;
  EXPECT_EQ(unreadable_words(scaling_chart_svg(prediction)), Names{});
}

TEST(ScalingPicture, ItsAxesEndAtTheData) {
  // 32 samples in 0.1 s on one worker are 320 / s; on 4096 the ideal is 1,310,720.
  const std::string svg = scaling_chart_svg(sample_prediction({1, 64, 4096}), {"a P100"});
  EXPECT_TRUE(has_words(svg, "1,000,000"));
  EXPECT_FALSE(has_words(svg, "10 M"));
  EXPECT_FALSE(has_words(svg, "120 %"));
  EXPECT_TRUE(has_words(svg, "100 %"));
  EXPECT_TRUE(has_words(svg, "a P100; fidelity flow"));
}

TEST(ChartAxes, LogarithmicOnesEndAtNiceNumbers) {
  const ChartPanel::Axis axis = log_axis(320, 1'200'000);
  EXPECT_DOUBLE_EQ(axis.least, 200);
  EXPECT_DOUBLE_EQ(axis.most, 2e6);
  EXPECT_EQ(log_ticks(axis), (std::vector<double>{1e3, 1e4, 1e5, 1e6}));
  EXPECT_EQ(log_ticks(log_axis(3, 40)), (std::vector<double>{2, 5, 10, 20, 50}));
  const ChartPanel::Axis one = log_axis(100, 100);
  EXPECT_DOUBLE_EQ(one.least, 100);
  EXPECT_DOUBLE_EQ(one.most, 200);
  EXPECT_EQ(log_ticks(one), (std::vector<double>{100, 150, 200}));
  EXPECT_LE(log_ticks(log_axis(1e-30, 1e30)).size(), kMostTicks);
}

TEST(ChartAxes, EfficiencyEndsAtOneHundredPercent) {
  EXPECT_DOUBLE_EQ(efficiency_axis(0, 0.7).most, 1);
  EXPECT_DOUBLE_EQ(efficiency_axis(0, 1).most, 1);
  EXPECT_DOUBLE_EQ(efficiency_axis(0, 1.02).most, 1.05);
  EXPECT_DOUBLE_EQ(efficiency_axis(0, 2.5).most, 2.5);
}

TEST(ChartAxes, LabelsHaveNoIdleZeros) {
  EXPECT_EQ(whole("10.0 ms"), "10 ms");
  EXPECT_EQ(whole("2.50 GB/s"), "2.5 GB/s");
  EXPECT_EQ(whole("100 ms"), "100 ms");
  EXPECT_EQ(whole("0.500"), "0.5");
  EXPECT_EQ(tick_number(20e6), "20 M");
  EXPECT_EQ(tick_number(0.05), "0.05");
}

TEST(ComparisonPicture, IsReadable) {
  for (const std::size_t rows : {1U, 2U, 10U, 37U, 400U}) {
    const Comparison comparison = compared(many_names(rows), {1, 2, 4, 1024});
    EXPECT_EQ(unreadable_words(comparison_chart_svg(comparison, {kLong})), Names{}) << rows;
  }
  EXPECT_EQ(unreadable_words(comparison_chart_svg(compared({kLong, kSquare, "x"}, {1, 2}))),
            Names{});
}

TEST(ComparisonPicture, OfOnePointIsReadable) {
  for (const std::size_t rows : {1U, 3U, 40U, 400U}) {
    const std::string svg = comparison_chart_svg(compared(many_names(rows), {64}));
    EXPECT_EQ(unreadable_words(svg), Names{}) << rows;
    EXPECT_TRUE(has_words(svg, "64 workers"));
    EXPECT_TRUE(has_words(svg, "name 0"));
  }
  const std::string many = comparison_chart_svg(compared(many_names(400), {64}));
  EXPECT_TRUE(has_words(many, "The best 40 of 400 rows"));
  EXPECT_EQ(unreadable_words(comparison_chart_svg(compared({kLong, kSquare, "x"}, {8}))), Names{});
}

TEST(ComparisonPicture, TellsEqualRowsApart) {
  // The same three times: other colours, other dashes, and side by side.
  Comparison comparison = compared({"a", "b", "c"}, {1, 2});
  for (ComparedRow& row : comparison.rows) row.prediction = sample_prediction({1, 2});
  const std::string svg = comparison_chart_svg(comparison);
  std::set<std::string> lines;
  for (std::size_t at = svg.find("<polyline"); at != std::string::npos;
       at = svg.find("<polyline", at + 1)) {
    lines.insert(svg.substr(at, svg.find(" fill", at) - at));
  }
  EXPECT_EQ(lines.size(), 6U);  // two panels
}

TEST(ComparisonPicture, GreysWhatItDoesNotName) {
  const std::string svg = comparison_chart_svg(compared(many_names(37), {1, 2}));
  EXPECT_TRUE(has_words(svg, "and 27 rows more"));
  EXPECT_TRUE(has_words(svg, "Named: the best 10"));
  EXPECT_TRUE(has_words(svg, "name 9"));
  EXPECT_FALSE(has_words(svg, "name 10"));
}

TEST(SeriesStyles, AreAllDifferent) {
  std::set<std::string_view> colours, dashes;
  for (std::size_t i = 0; i < kSeriesStyles; ++i) {
    colours.insert(series_style(i).colour);
    dashes.insert(series_style(i).dashes);
  }
  EXPECT_EQ(colours.size(), kSeriesStyles);
  EXPECT_EQ(dashes.size(), kSeriesStyles);
}

TEST(TellingNames, KeepWhatDiffers) {
  EXPECT_EQ(telling_names({"/data/nets/a.json", "/data/nets/b.json"}), (Names{"a", "b"}));
  EXPECT_EQ(telling_names({"/data/a/net.json", "/data/b/net.json"}), (Names{"a/net", "b/net"}));
  EXPECT_EQ(telling_names({"x/net.json", "x/net.yaml"}), (Names{"net.json", "net.yaml"}));
  EXPECT_EQ(telling_names({"x/net.json", "x/net.json"}), (Names{"net", "net"}));
  EXPECT_EQ(telling_names({"8", "16"}), (Names{"8", "16"}));
  EXPECT_EQ(telling_names({"aries-piz-daint", "/nets/mine.json"}),
            (Names{"aries-piz-daint", "mine"}));
  const Names json = telling_names({R"({"topology": "fat_tree", "ports": 36, "levels": 3})",
                                    R"({"topology": "fat_tree", "ports": 64, "levels": 3})"});
  EXPECT_EQ(json, (Names{R"(…", "ports": 36, "levels":…)", R"(…", "ports": 64, "levels":…)"}));
  EXPECT_EQ(telling_names({}), Names{});
}

TEST(CollectivePicture, IsReadable) {
  CollectiveReport report;
  report.network = kLong;
  report.stack = "ideal";
  report.ranks = 5;
  report.ranks_per_node = 2;
  for (double bytes = 8; bytes < 2e10; bytes *= 2) {
    const double time = 10e-6 + bytes / 20e9;
    report.prediction.rows.push_back({bytes, {0.9 * time, time, 1.2 * time}, "ring", "simple"});
  }
  EXPECT_EQ(unreadable_words(collective_chart_svg(report)), Names{});
  for (int i = 0; i < 8; ++i) {
    const std::string file = "/logs/of/" + kSquare + "/" + std::to_string(i) + "/run.log";
    report.against.push_back(held_against(report.prediction, file, {{8, 12e-6}, {1024, 11e-6}}));
  }
  const std::string svg = collective_chart_svg(report);
  EXPECT_EQ(unreadable_words(svg), Names{});
  EXPECT_TRUE(has_words(svg, "0/run: mean error"));
  EXPECT_TRUE(has_words(svg, "and 3 logs more"));
  report.prediction.rows.resize(1);
  report.against.clear();
  EXPECT_EQ(unreadable_words(collective_chart_svg(report)), Names{});
}

}  // namespace
}  // namespace rehearse
