#include "predict/to_target.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "predict/plan.h"
#include "predict/predict.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

constexpr const char* kConvergence =
    R"(convergence={"target": {"test_accuracy": 0.76}, "samples_at_small_batch": 1000000,
                    "critical_batch": 1024, "staleness_penalty": 0.1})";

Scenario tiny_with(std::vector<std::string> assignments) {
  assignments.emplace_back(kConvergence);
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "tiny.json");
  for (const std::string& assignment : assignments) document.set(assignment);
  return read_scenario(document);
}

// Batch 32 per worker.
std::int64_t update_of(const std::vector<std::string>& assignments, std::int64_t workers) {
  std::vector<std::string> all = assignments;
  all.push_back("sweep.workers=[" + std::to_string(workers) + "]");
  all.emplace_back("cluster.nodes=16");
  const Scenario scenario = tiny_with(all);
  return update_samples(JobPoint(scenario, workers));
}

TEST(ToTarget, SamplesOfAnUpdate) {
  EXPECT_EQ(update_of({}, 8), 256);
  EXPECT_EQ(update_of({"training.strategy=lagged"}, 8), 256);
  EXPECT_EQ(update_of({"training.strategy=local_sgd"}, 8), 256);
  EXPECT_EQ(update_of({"training.strategy=async_ps"}, 8), 32);
  EXPECT_EQ(update_of({"training.strategy=easgd"}, 8), 32);
  EXPECT_EQ(update_of({"training.strategy=downpour", "training.processes=4"}, 8), 128);
  EXPECT_EQ(update_of({"training.strategy=hybrid", "training.groups=4"}, 8), 64);
  // Two of eight gradients are not waited for.
  EXPECT_EQ(update_of({"training.strategy=sync_backup_ps", "training.backup_workers=2"}, 8), 192);
}

TEST(ToTarget, Formula) {
  const ConvergenceOptions convergence = *tiny_with({}).convergence;
  // 10^6 (1 + 256 / 1024) = 1.25 10^6; at a mean staleness of 7 (1 + 0.7) times that.
  EXPECT_DOUBLE_EQ(samples_to_target(convergence, 256, 0), 1.25e6);
  EXPECT_DOUBLE_EQ(samples_to_target(convergence, 256, 7), 2.125e6);
}

PredictedPoint point_of(std::int64_t workers) {
  PredictedPoint point;
  point.workers = point.nodes = workers;
  point.step_time = {0.09, 0.1, 0.12};
  return point;
}

TEST(ToTarget, TimeAndNodeHours) {
  const Scenario scenario = tiny_with({});
  PredictedPoint point = point_of(8);
  // 1.25 10^6 samples in batches of 256: 4882.8, so 4,883 steps of 0.1 s; 8 nodes for 488.3 s are
  // 1.08511 node-hours.
  ToTarget target = to_target(JobPoint(scenario, 8), point);
  EXPECT_EQ(target.steps, 4883);
  EXPECT_DOUBLE_EQ(target.time.p10, 4883 * 0.09);
  EXPECT_DOUBLE_EQ(target.time.p50, 488.3);
  EXPECT_DOUBLE_EQ(target.time.p90, 4883 * 0.12);
  EXPECT_NEAR(target.node_hours, 1.08511, 1e-5);
  // Half of the time is lost to checkpoints, and nothing fails.
  point.faults = FaultyRun{.failures = {.cost = 60}, .interval = 60};
  target = to_target(JobPoint(scenario, 8), point);
  EXPECT_DOUBLE_EQ(target.time.p50, 976.6);
  EXPECT_NEAR(target.node_hours, 2.17022, 1e-5);
}

TEST(ToTarget, StalenessOfTheSimulationOrOfTheStrategy) {
  const Scenario lagged = tiny_with({"training.strategy=lagged", R"(training.lag={"steps": 3})"});
  PredictedPoint point = point_of(8);
  EXPECT_DOUBLE_EQ(to_target(JobPoint(lagged, 8), point).samples, 1.25e6 * 1.3);
  point.staleness = StalenessSummary{.mean = 2, .p50 = 2, .p90 = 2, .max = 3};
  EXPECT_DOUBLE_EQ(to_target(JobPoint(lagged, 8), point).samples, 1.25e6 * 1.2);
}

TEST(ToTarget, GradientsOfBackupWorkersDoNotCount) {
  const Scenario scenario =
      tiny_with({"training.strategy=sync_backup_ps", "training.backup_workers=2",
                 "sweep.workers=[8]", "cluster.nodes=16"});
  // 10^6 (1 + 192 / 1024) = 1,187,500 samples in updates of 192: 6184.9.
  const ToTarget target = to_target(JobPoint(scenario, 8), point_of(8));
  EXPECT_DOUBLE_EQ(target.samples, 1187500);
  EXPECT_EQ(target.steps, 6185);
}

std::vector<PredictedPoint> points_with(const std::vector<double>& times) {
  std::vector<PredictedPoint> points(times.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    points[i].to_target = ToTarget{.time = {times[i], times[i], times[i]}};
  }
  return points;
}

TEST(ToTarget, MoreWorkersStopHelpingAtTheMinimum) {
  EXPECT_EQ(best_scale({}), std::nullopt);
  EXPECT_EQ(best_scale(std::vector<PredictedPoint>(2)), std::nullopt);
  EXPECT_EQ(best_scale(points_with({100, 60, 50, 55})), 2u);
  EXPECT_EQ(best_scale(points_with({100, 60, 50})), 2u);
  // 49.6 s are no more than noise (1 %) below 50 s; 49.4 s are more.
  EXPECT_EQ(best_scale(points_with({100, 60, 50, 49.6})), 2u);
  EXPECT_EQ(best_scale(points_with({100, 60, 50, 49.6, 49.4})), 4u);
  std::vector<PredictedPoint> large = points_with({100, 60, 50});
  large[2].fits = false;
  EXPECT_EQ(best_scale(large), 1u);
}

TEST(ToTarget, OfAPrediction) {
  const Scenario scenario =
      tiny_with({"fidelity=analytic", "sweep.workers=[1,8]", "cluster.nodes=8"});
  Prediction prediction = predict(scenario, {});
  ASSERT_EQ(prediction.points.size(), 2u);
  EXPECT_EQ(prediction.target, "test_accuracy 0.76");
  const PredictedPoint& p = prediction.points[1];
  ASSERT_TRUE(p.to_target);
  EXPECT_DOUBLE_EQ(p.to_target->samples, 1.25e6);
  EXPECT_DOUBLE_EQ(p.to_target->time.p50, 4883 * p.step_time.p50);
  EXPECT_FALSE(p.goodput);
  // A plan until the target takes these numbers.
  PlanOptions options;
  options.to_target = true;
  const Plan made = plan(prediction, options);
  EXPECT_EQ(made.points[1].steps, 4883);
  EXPECT_EQ(made.points[1].time_s.p90, p.to_target->time.p90);
  EXPECT_DOUBLE_EQ(made.points[1].node_hours.p50, p.to_target->node_hours);
}

TEST(ToTarget, WarnsBehindTheBestScale) {
  Prediction prediction;
  prediction.points = {point_of(1), point_of(2), point_of(4)};
  // 10^6 (1 + 32 / 1024) = 1,031,250 samples are 32,227 steps of one worker; two at twice the step
  // time need 1,062,500 / 64 = 16,602 of them, and gain nothing.
  prediction.points[1].step_time = prediction.points[2].step_time = {0.2, 0.2, 0.2};
  prediction.points[2].step_time = {0.5, 0.5, 0.5};
  add_targets(tiny_with({}), prediction);
  ASSERT_EQ(prediction.warnings.size(), 1u);
  EXPECT_EQ(prediction.warnings[0].code, "past_best_scale");
  EXPECT_EQ(prediction.warnings[0].points, (std::vector<std::size_t>{1, 2}));
  EXPECT_NE(prediction.warnings[0].what.find("more than 1 worker no longer shorten the time to "
                                             "test_accuracy 0.76, 53.7 min"),
            std::string::npos)
      << prediction.warnings[0].what;
}

}  // namespace
}  // namespace rehearse
