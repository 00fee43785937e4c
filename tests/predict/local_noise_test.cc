// The noise of a measured machine in a prediction.
#include <gtest/gtest.h>

#include "predict/predict.h"
#include "scenarios/profile_library.h"
#include "tests/predict/tiny.h"
#include "tests/scenarios/made_up_profile.h"

namespace rehearse {
namespace {

// Two ranks on the made-up machine, with what its profile says of the devices' speeds.
PredictedPoint predicted(const std::string& speeds, const std::string& compute_cv = "") {
  JsonDocument machine = JsonDocument::parse_text(made_up_profile(2), "p.json");
  machine.set("device.compute_cv=0.3");  // of the shortest lag, as calibration writes it
  machine.set("device.measured.speeds=" + speeds);
  ProfileLibrary profiles;
  profiles.set_local(std::make_shared<const Profile>(read_profile(machine)));
  JsonDocument scenario = JsonDocument::parse_text(tiny_scenario(), "s.json");
  scenario.set(R"(cluster={"nodes": 1, "node": {"device": "local", "devices": 2}})");
  scenario.set("training.allreduce.batching=buckets");
  scenario.set("training.allreduce.fusion=25 MiB");
  scenario.set("sweep.workers=[2]");
  if (!compute_cv.empty()) scenario.set("noise.compute_cv=" + compute_cv);
  return predict(read_scenario(scenario, profiles), {}).points.front();
}

double jitter(const PredictedPoint& point) {
  return (point.step_jitter.p90 - point.step_jitter.p10) / point.step_jitter.p50;
}

// Spells that last (a covariance of 0.3 at every lag) do not average out in a step, those that are
// over long before it ends do.
TEST(LocalNoise, AStepHasTheNoiseOfItsLength) {
  const PredictedPoint lasting =
      predicted(R"([{"lag": "1 us", "cv": 0.3}, {"lag": "1 h", "cv": 0.3}])");
  const PredictedPoint brief =
      predicted(R"([{"lag": "1 us", "cv": 0.3}, {"lag": "2 us", "cv": 0}])");
  EXPECT_GT(jitter(lasting), 2 * jitter(brief));
  EXPECT_GT(lasting.breakdown[StepPhase::straggler_wait].value(), 0.02 * lasting.step_time.p50);
  EXPECT_LT(brief.breakdown[StepPhase::straggler_wait].value(), 0.01 * brief.step_time.p50);
}

TEST(LocalNoise, TheScenarioHasTheLastWord) {
  const std::string lasting = R"([{"lag": "1 us", "cv": 0.3}, {"lag": "1 h", "cv": 0.3}])";
  EXPECT_LT(predicted(lasting, "0").breakdown[StepPhase::straggler_wait].value(),
            0.01 * predicted(lasting).step_time.p50);
}

}  // namespace
}  // namespace rehearse
