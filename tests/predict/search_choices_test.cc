// What a search chooses beside layouts: Horovod's fusion and cycle, and machines.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "predict/open_layouts.h"
#include "predict/search_machines.h"
#include "scenarios/open_layout.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

// The tiny scenario on four workers with what is not fixed open.
Scenario open_job(const std::vector<std::string>& sets, const std::vector<std::string>& fixed) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "tiny.json");
  document.set("sweep.workers=[4]");
  document.set("fidelity=analytic");
  for (const std::string& set : sets) document.set(set);
  for (const std::string& open : open_layout(document, fixed)) document.set(open);
  return read_scenario(document);
}

const std::vector<std::string> kHorovod{"training.framework=horovod"};

TEST(SearchFusion, TriesEveryPairOfTheOpenKeys) {
  EXPECT_EQ(open_job({}, {}).all_reduce.open.size(), 0U);
  EXPECT_EQ(fusions_of(open_job(kHorovod, {})).size(), 30U);  // 6 buffers x 5 cycles
  EXPECT_EQ(fusions_of(open_job({"training.allreduce.cycle=2 ms"}, {})).size(), 30U);
  const std::vector<GradientFusion> six = fusions_of(open_job(kHorovod, {"cycle=3 ms"}));
  ASSERT_EQ(six.size(), 6U);
  for (const GradientFusion& one : six) EXPECT_EQ(one.cycle, Duration(3e-3));
  EXPECT_EQ(fusions_of(open_job(kHorovod, {"cycle=3 ms", "allreduce.fusion=1 MiB"})).size(), 1U);
}

TEST(SearchFusion, IsHorovodsOnly) {
  EXPECT_THROW(open_job({}, {"fusion=1 MiB"}), Error);
  EXPECT_THROW(open_job({R"(training.allreduce={"fusion": "auto"})"}, {}), Error);
  EXPECT_THROW(predict(open_job(kHorovod, {}), {}), Error);
}

// Without pipelines and with one microbatch there is one plain layout of the batch of 32, with six
// pairs; ZeRO 1 to 3 beside it does not go through cycles.
TEST(SearchFusion, PlainLayoutsCountOnceForEachPair) {
  const std::vector<std::string> fixed{"pipeline=1", "microbatch=32", "recompute=\"none\"",
                                       "offload.optimizer=0", "cycle=1 ms"};
  const SearchResult result = search(open_job(kHorovod, fixed), {.top = 20});
  const WorkersSearch& found = result.by_workers.back();
  EXPECT_EQ(found.candidates, 6 + 3);
  EXPECT_EQ(found.fitting, 6 + 3);
  int fused = 0;
  for (const FoundLayout& one : found.best) {
    EXPECT_EQ(one.fusion.has_value(), one.layout.is_plain());
    fused += one.fusion ? 1 : 0;
  }
  EXPECT_EQ(fused, 6);
}

// What is listed is what predict says of these values, and plan takes the best of them.
TEST(SearchFusion, FindsWhatIsFastest) {
  const std::vector<std::string> fixed{"pipeline=1", "microbatch=32", "recompute=\"none\"",
                                       "offload.optimizer=0", "zero=0"};
  const Scenario open =
      open_job({"training.framework=horovod", R"(noise={"compute_cv": 0, "device_cv": 0})"}, fixed);
  const SearchResult result = search(open, {.top = 30});
  const std::vector<FoundLayout>& best = result.by_workers.back().best;
  ASSERT_EQ(best.size(), 30U);
  double least = 1e300;
  for (const FoundLayout& one : best) {
    const double seconds = predict(with_fusion(with_layout(open, one.layout), *one.fusion), {})
                               .points.front()
                               .step_time.p50;
    EXPECT_DOUBLE_EQ(one.point.step_time.p50, seconds);
    least = std::min(least, seconds);
  }
  EXPECT_DOUBLE_EQ(best.front().point.step_time.p50, least);
  ASSERT_TRUE(best.back().loses);
  EXPECT_GT(best.back().loses->seconds, 0);
  Scenario closed = open;
  closed.parallelism.open.clear();
  closed.parallelism.microbatch_given = false;
  const Prediction planned = predict_best_layouts(closed, {});
  EXPECT_NEAR(planned.points.front().step_time.p50 / least, 1, 1e-9);
}

// Groups of one replica share nothing: of ZeRO only 0 is left.
TEST(SearchSpace, NobodySharesAlone) {
  const SearchResult result =
      search(open_job({}, {"pipeline=1", "microbatch=32", "recompute=\"none\"",
                           "offload.optimizer=0", "shard_group=1"}),
             {});
  EXPECT_EQ(result.by_workers.back().candidates, 1);
  EXPECT_EQ(result.by_workers.back().best.front().layout.zero, 0);
}

SearchedMachine machine(const std::string& device, const std::string& workers) {
  return {device, open_job({"cluster.node.device=" + device, "sweep.workers=" + workers,
                            R"(training.batch={"global": 64})", "sweep.scaling=strong"},
                           {})};
}

std::vector<std::string> names(const SearchResult& result) {
  std::vector<std::string> all;
  for (const AcrossLayout& one : result.across) all.push_back(result.by_workers[one.point].machine);
  return all;
}

class SearchMachines : public ::testing::Test {
 protected:
  const std::string slow_ = "p100-pcie-16gb", fast_ = "v100-sxm2-32gb";
  const std::vector<SearchedMachine> both_{machine(slow_, "[2,4]"), machine(fast_, "[2,4]")};
  SearchOptions options_{.top = 3};
};

TEST_F(SearchMachines, AreRankedTogether) {
  const SearchResult result = search_machines(both_, {}, options_);
  EXPECT_EQ(result.by_workers.size(), 4U);
  ASSERT_EQ(result.across.size(), 3U);
  EXPECT_EQ(names(result).front(), fast_);
  EXPECT_FALSE(result.across.front().found.loses);
  for (std::size_t i = 1; i < result.across.size(); ++i) {
    EXPECT_GE(per_sample(result.across[i].found), per_sample(result.across[i - 1].found));
    EXPECT_TRUE(result.across[i].found.loses);
  }
  EXPECT_EQ(told_point(result).machine, fast_);
}

TEST_F(SearchMachines, CostsArePricesOfHours) {
  options_.objective = SearchObjective::cost;
  EXPECT_THROW(search_machines(both_, {}, options_), Error);  // hours of different devices
  const SearchResult result =
      search_machines(both_, {.currency = "EUR", .hour = {{slow_, 0.001}, {fast_, 100}}}, options_);
  EXPECT_EQ(names(result).front(), slow_);
  const AcrossLayout& best = result.across.front();
  // One device on a node.
  EXPECT_DOUBLE_EQ(best.price.value(), 0.001 * best.found.point.node_hours_per_epoch);
  EXPECT_EQ(result.currency, "EUR");
  // Equal nodes need no prices.
  const std::vector<SearchedMachine> alike{machine(slow_, "[2]"), machine(slow_, "[4]")};
  const SearchResult hours = search_machines(alike, {}, options_);
  for (std::size_t i = 1; i < hours.across.size(); ++i) {
    EXPECT_GE(hours.across[i].found.point.node_hours_per_epoch,
              hours.across[i - 1].found.point.node_hours_per_epoch);
  }
}

TEST_F(SearchMachines, EnergyIsOfAnEpoch) {
  options_.objective = SearchObjective::energy;
  const SearchResult result = search_machines(both_, {}, options_);
  for (std::size_t i = 1; i < result.across.size(); ++i) {
    EXPECT_GE(result.across[i].found.point.energy_per_epoch,
              result.across[i - 1].found.point.energy_per_epoch);
  }
  EXPECT_GT(result.across.front().found.point.energy_per_epoch, 0);
}

// 64 samples cannot be dealt to 7 replicas, and the network has fewer parts than that.
TEST_F(SearchMachines, LeaveOutWhatIsNotLegal) {
  const SearchResult result =
      search_machines({machine(slow_, "[7]"), machine(fast_, "[2]")}, {}, options_);
  ASSERT_EQ(result.by_workers.size(), 1U);
  EXPECT_TRUE(std::ranges::any_of(result.warnings, [](const Warning& warning) {
    return warning.code == "left_out" && warning.what.find("p100-pcie-16gb, 7") == 0;
  }));
  EXPECT_THROW(search_machines({machine(slow_, "[7]")}, {}, options_), Error);
}

}  // namespace
}  // namespace rehearse
