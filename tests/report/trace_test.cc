#include "report/trace.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace rehearse {
namespace {

TEST(Trace, HasARowPerRankAndStream) {
  // Begins are shifted so that the earliest is 0: 2.0 s -> 0, 2.5 s -> 500,000 us.
  const std::string text = to_chrome_trace({{0, "device", "forward", 2.0, 2.5},
                                            {1, "network", "allreduce", 2.5, 2.75},
                                            {0, "network", "allreduce", 2.5, 2.5}});
  const auto events = nlohmann::json::parse(text).at("traceEvents");
  int processes = 0;
  int threads = 0;
  std::vector<nlohmann::json> spans;
  for (const auto& event : events) {
    if (event["name"] == "process_name") ++processes;
    if (event["name"] == "thread_name") ++threads;
    if (event["ph"] == "X") spans.push_back(event);
  }
  EXPECT_EQ(processes, 2);
  EXPECT_EQ(threads, 3);
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[1]["pid"], 1);
  EXPECT_EQ(spans[1]["tid"], spans[2]["tid"]);
  EXPECT_NE(spans[0]["tid"], spans[1]["tid"]);
  EXPECT_DOUBLE_EQ(spans[0]["ts"].get<double>(), 0);
  EXPECT_DOUBLE_EQ(spans[1]["ts"].get<double>(), 5e5);
  EXPECT_DOUBLE_EQ(spans[1]["dur"].get<double>(), 2.5e5);
}

// Ranks 0 and 1 of the first case are processes 0 and 1, rank 0 of the second is process 2, and
// both begin at 0.
TEST(Trace, CasesLieBelowEachOther) {
  const std::string text = cases_to_chrome_trace(
      {{"a=1", {{0, "device", "forward", 2.0, 2.5}, {1, "device", "forward", 2.0, 2.5}}},
       {"a=2", {{0, "device", "forward", 7.0, 8.0}}}});
  std::vector<std::string> processes;
  std::vector<double> begins;
  const auto events = nlohmann::json::parse(text).at("traceEvents");
  for (const auto& event : events) {
    if (event["name"] == "process_name") {
      EXPECT_EQ(event["pid"], processes.size());
      processes.push_back(event["args"]["name"]);
    }
    if (event["ph"] == "X") begins.push_back(event["ts"]);
  }
  EXPECT_EQ(processes, (std::vector<std::string>{"a=1: rank 0", "a=1: rank 1", "a=2: rank 0"}));
  EXPECT_EQ(begins, (std::vector<double>{0, 0, 0}));
}

TEST(Trace, MayBeEmpty) {
  EXPECT_TRUE(nlohmann::json::parse(to_chrome_trace({})).at("traceEvents").empty());
}

}  // namespace
}  // namespace rehearse
