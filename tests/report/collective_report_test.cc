#include "report/collective_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace rehearse {
namespace {

using nlohmann::json;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

// Three sizes; an all-reduce of 5 ranks, whose bus factor is 2 * 4 / 5 = 1.6.
CollectiveReport sample() {
  CollectiveReport report;
  report.network = "a < b";
  report.stack = "ideal";
  report.version = "0.1.0";
  report.fidelity = "flow";
  report.seed = 7;
  report.ranks = 5;
  report.ranks_per_node = 2;
  report.prediction.rows = {{8, {9e-6, 10e-6, 11e-6}, "tree", "ll"},
                            {1024, {9e-6, 10e-6, 12e-6}, "tree", "ll"},
                            {1e6, {90e-6, 100e-6, 120e-6}, "ring", "simple"}};
  report.prediction.warnings = {{"extrapolated", "far away", {2}}};
  report.against = {
      held_against(report.prediction, "a.log", {{8, 12.5e-6}, {1e6, 80e-6}, {1024, 10e-6}})};
  return report;
}

TEST(CollectiveReport, HoldsLogsAgainstThePrediction) {
  const MeasuredCollective log = sample().against[0];
  ASSERT_EQ(log.rows.size(), 3u);
  EXPECT_DOUBLE_EQ(log.rows[0].error, -0.2);  // 10 / 12.5 - 1
  EXPECT_DOUBLE_EQ(log.rows[1].error, 0.25);  // 100 / 80 - 1
  EXPECT_DOUBLE_EQ(log.rows[2].error, 0);
  EXPECT_FALSE(log.rows[0].inside);
  EXPECT_FALSE(log.rows[1].inside);
  EXPECT_TRUE(log.rows[2].inside);
  EXPECT_DOUBLE_EQ(log.mean_abs_error, 0.15);  // (0.2 + 0.25 + 0) / 3
  EXPECT_DOUBLE_EQ(log.inside_interval, 1.0 / 3);
}

TEST(CollectiveReport, WritesJson) {
  const json result = json::parse(to_json(sample()));
  EXPECT_EQ(result["format"], "rehearse-collective-1");
  EXPECT_EQ(result["operation"], "all_reduce");
  EXPECT_EQ(result["ranks_per_node"], 2);
  const json& row = result["rows"][2];
  EXPECT_EQ(row["bytes"].dump(), "1000000");
  EXPECT_DOUBLE_EQ(row["time_s"]["p90"], 120e-6);
  EXPECT_NEAR(row["algbw_GBps"].get<double>(), 10, 1e-12);  // 1 MB / 100 us
  EXPECT_NEAR(row["busbw_GBps"].get<double>(), 16, 1e-12);  // times 1.6
  EXPECT_EQ(row["protocol"], "simple");
  EXPECT_EQ(result["against"][0]["file"], "a.log");
  EXPECT_DOUBLE_EQ(result["against"][0]["rows"][1]["measured_s"], 80e-6);
  EXPECT_EQ(result["warnings"][0]["points"], json({2}));
}

TEST(CollectiveReport, WritesCsv) {
  const std::string csv = collective_csv(sample());
  EXPECT_EQ(count(csv, "\n"), 4u);
  EXPECT_NE(csv.find("\nall_reduce,5,1000000,"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",ring,simple\n"), std::string::npos) << csv;
}

TEST(CollectiveReport, WritesATable) {
  const std::string text = collective_table(sample());
  EXPECT_EQ(text.find("all_reduce on 5 ranks, 2 on a node: a < b, stack ideal, fidelity flow"), 0u);
  EXPECT_NE(text.find("1 KiB"), std::string::npos) << text;
  EXPECT_NE(text.find("Mean error 15.0 %, 33.3 % inside the interval, over 3 sizes."),
            std::string::npos)
      << text;
  EXPECT_EQ(warning_line(sample().prediction.warnings[0], sample().prediction),
            "far away (at 1,000,000 B)");
  CollectiveReport bare = sample();
  for (CollectiveRow& row : bare.prediction.rows) row.protocol = "";
  EXPECT_NE(text.find("protocol"), std::string::npos);
  EXPECT_EQ(collective_table(bare).find("protocol"), std::string::npos);
}

TEST(CollectiveReport, NamesSizes) {
  EXPECT_EQ(binary_size(8), "8 B");
  EXPECT_EQ(binary_size(3000), "3,000 B");
  EXPECT_EQ(binary_size(3072), "3 KiB");
  EXPECT_EQ(binary_size(1536 * 1024), "1,536 KiB");
  EXPECT_EQ(binary_size(8.0 * (1 << 30)), "8 GiB");
}

TEST(CollectiveChart, DrawsEveryPointTwice) {
  const std::string svg = collective_chart_svg(sample());
  // Three predicted sizes in two panels and one in the legend; as many measured ones, which are
  // squares, and two bands.
  EXPECT_EQ(count(svg, "<circle"), 7u);
  EXPECT_EQ(count(svg, "<polygon"), 7u + 2u);
  EXPECT_NE(svg.find("a &lt; b"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(CollectiveChart, DrawsASingleSize) {
  CollectiveReport report = sample();
  report.prediction.rows.resize(1);
  report.against.clear();
  const std::string svg = collective_chart_svg(report);
  EXPECT_EQ(count(svg, "<circle"), 3u);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

}  // namespace
}  // namespace rehearse
