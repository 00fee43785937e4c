#include "calibrate/fits/pilot_fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/error.h"
#include "predict/predict.h"
#include "predict/uncertainty.h"
#include "scenarios/profile_library.h"
#include "tests/predict/tiny.h"
#include "tests/validate/made_up_run.h"

namespace rehearse {
namespace {

// Compute of some 40 ms on one device whose time is known to 12 %, nothing else uncertain; or with
// `stack` 8 MB to send at a rate and with a latency that are known to a third.
Scenario job(const std::vector<std::string>& assignments = {}) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "s.json");
  document.set("training.batch.per_worker=4096");
  document.set(R"(noise={"compute_cv": 0, "device_cv": 0})");
  for (const std::string& assignment : assignments) document.set(assignment);
  return read_scenario(document);
}

Scenario with_stack(Scenario scenario, double bandwidth, double latency) {
  scenario.stack.stream_bandwidth = Bandwidth(bandwidth);
  scenario.stack.step_latency = Duration(latency);
  scenario.stack.uncertainties = {{"stream_bandwidth", 0.3}, {"step_latency", 0.3}};
  return scenario;
}

PilotRecord record(std::int64_t workers, double step, double error = 0.01) {
  return {"pilot.json", "r" + std::to_string(workers), workers, 4096, step, error};
}

std::vector<double> medians(const Scenario& scenario) {
  std::vector<double> result;
  for (const PredictedPoint& point : predict(scenario, {}).points) {
    result.push_back(point.step_time.p50);
  }
  return result;
}

Prediction with_pilot(const Scenario& scenario, const std::vector<PilotRecord>& records) {
  const PilotKnowledge pilot = learn(scenario, records, {});
  PredictOptions how;
  how.pilot = &pilot;
  return predict(scenario, how);
}

const PilotReport::Parameter& parameter(const Prediction& prediction, const std::string& name) {
  const auto& all = prediction.pilot->parameters;
  return *std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.name == name; });
}

bool warns(const Prediction& prediction, const std::string& code) {
  const auto& all = prediction.warnings;
  return std::any_of(all.begin(), all.end(), [&](const Warning& w) { return w.code == code; });
}

// ln(step) is the device's logarithm (0.12), what is left over (0.01) and the record's error
// (0.01): variances 0.0144 + 0.0001 + 0.0001. A step that is 1.2 times as long moves the device by
// 144 / 146 of ln 1.2 and what is left over by 1 / 146; the device is then known to
// 0.12 · sqrt(2 / 146) = 1.40 %, the step to sqrt(0.0001 · 145 / 146) = 0.997 %.
TEST(Pilot, OfOneDeviceSettlesTheDeviceTime) {
  const Scenario scenario = job({"sweep.workers=[1]"});
  const double step = medians(scenario)[0];
  const Prediction prediction = with_pilot(scenario, {record(1, 1.2 * step)});
  const PilotReport::Parameter& device = parameter(prediction, "device_time");
  EXPECT_EQ(device.prior_rel_error, 0.12);
  EXPECT_NEAR(device.posterior_rel_error, 0.12 * std::sqrt(2.0 / 146), 1e-4);
  EXPECT_NEAR(device.factor, std::pow(1.2, 144.0 / 146), 1e-3);
  EXPECT_TRUE(device.settled);
  const Quantiles& q = prediction.points[0].step_time;
  EXPECT_NEAR(q.p50, std::pow(1.2, 145.0 / 146) * step, 2e-3 * step);
  EXPECT_NEAR(std::log(q.p90 / q.p10), 2 * 1.2816 * 0.00997, 2e-3);
  EXPECT_LT(q.p10, 1.2 * step);
  EXPECT_GT(q.p90, 1.2 * step);
  EXPECT_FALSE(warns(prediction, "uncalibrated"));
  EXPECT_FALSE(warns(prediction, "pilot_surprise"));
  ASSERT_EQ(prediction.pilot->records.size(), 1U);
  EXPECT_NEAR(prediction.pilot->records[0].before, step, 1e-6 * step);
  EXPECT_NEAR(prediction.pilot->records[0].after, q.p50, 2e-3 * step);
  const auto& all = prediction.provenance;
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const Provenance& p) {
    return p.quantity == "pilot: runs of this job" && p.source == "r1 (pilot.json)";
  }));
}

// The machine is the model with another device and another stack: its runs on 1, 2 and 4 nodes
// predict it on 8.
TEST(Pilot, OfAFewNodesPredictsMore) {
  const Scenario scenario = with_stack(job({"sweep.workers=[1, 2, 4, 8]"}), 3e9, 100e-6);
  Scenario machine = with_stack(scenario, 2e9, 120e-6);
  const double single = medians(scenario)[0];
  machine.calibration = {4096 / (1.1 * single), 4096, 0, "the machine"};
  const std::vector<double> real = medians(machine);
  const double blind = medians(scenario)[3];
  const Prediction prediction = with_pilot(
      scenario, {record(1, real[0], 0.002), record(2, real[1], 0.002), record(4, real[2], 0.002)});
  EXPECT_GT(std::abs(blind / real[3] - 1), 0.08);
  EXPECT_NEAR(prediction.points[3].step_time.p50 / real[3], 1, 0.03);
  EXPECT_TRUE(parameter(prediction, "device_time").settled);
  EXPECT_LT(parameter(prediction, "bandwidth").factor, 0.95);
  // Largest and small.
  const auto& next = prediction.pilot->next_measurement;
  ASSERT_FALSE(next.empty());
  for (const auto& one : next) EXPECT_LT(one.narrows_to, prediction.pilot->largest_width);
  EXPECT_EQ(prediction.pilot->largest_workers, 8);
}

TEST(Pilot, MayBeLargerThanTheSweep) {
  const Scenario scenario = with_stack(job({"sweep.workers=[2]"}), 3e9, 100e-6);
  const double at_4 = medians(with_stack(job({"sweep.workers=[4]"}), 3e9, 100e-6))[0];
  const Prediction prediction = with_pilot(scenario, {record(4, 1.1 * at_4)});
  const double before = medians(scenario)[0];
  EXPECT_GT(prediction.points[0].step_time.p50, 1.03 * before);
}

// Two values 30 % apart at one point: in between, and wider than two that agree. Their logarithms
// lie 0.13 from the middle, 13 standard errors of 1 %: the root of 2 · 13^2 / 1 is 18.5.
TEST(Pilot, ThatContradictsItselfIsLessSure) {
  const Scenario scenario = job({"sweep.workers=[1]"});
  const double step = medians(scenario)[0];
  std::vector<PilotRecord> apart{record(1, step / 1.14), record(1, step * 1.14)};
  apart[1].id = "again";
  const Prediction torn = with_pilot(scenario, apart);
  const Prediction sure = with_pilot(scenario, {record(1, step), record(1, step)});
  const auto width = [](const Prediction& p) {
    return std::log(p.points[0].step_time.p90 / p.points[0].step_time.p10);
  };
  EXPECT_GT(width(torn), 5 * width(sure));
  EXPECT_NEAR(torn.points[0].step_time.p50 / step, 1, 0.02);
  EXPECT_TRUE(warns(torn, "pilot_contradicts"));
  EXPECT_FALSE(warns(sure, "pilot_contradicts"));
}

TEST(Pilot, FarFromItsPredictionIsASurprise) {
  const Scenario scenario = job({"sweep.workers=[1]"});
  const double step = medians(scenario)[0];
  EXPECT_TRUE(warns(with_pilot(scenario, {record(1, 2 * step)}), "pilot_surprise"));
}

TEST(Pilot, OfAnotherJobIsRefused) {
  const Scenario scenario = job({"sweep.workers=[1]"});
  const double step = medians(scenario)[0];
  EXPECT_THROW(learn(scenario, {record(1, step / 40)}, {}), Error);
  EXPECT_THROW(learn(scenario, {record(1, 40 * step)}, {}), Error);
}

// At another batch the device is known less well.
TEST(Pilot, OfAnotherBatchIsTold) {
  const Scenario scenario = job({"sweep.workers=[1]"});
  PilotRecord half =
      record(1, medians(job({"sweep.workers=[1]", "training.batch.per_worker=2048"}))[0]);
  half.batch = 2048;
  const Prediction prediction = with_pilot(scenario, {half});
  EXPECT_TRUE(warns(prediction, "pilot_batch"));
  const Quantiles& q = prediction.points[0].step_time;
  EXPECT_NEAR(q.p50 / medians(scenario)[0], 1, 0.01);
  // 0.1 of the batch and about 1.4 % of the device.
  EXPECT_NEAR(std::log(q.p90 / q.p10), 2 * 1.2816 * 0.101, 0.01);
}

// The made-up machine drifts by 0.03: that and what is left over (0.01^2 + 0.02^2 at two workers)
// take 14 of 15 parts of the difference, the record's error (0.01^2) the rest.
TEST(Pilot, OnLocalDevices) {
  const RunRecord run = made_up_run();
  ProfileLibrary profiles;
  profiles.set_local(std::make_shared<const Profile>(
      read_profile(JsonDocument::parse_text(run.profile, "profile.json"))));
  Scenario scenario = read_scenario(JsonDocument::parse_text(run.scenario, "run.json"), profiles);
  scenario.noise = {};
  const double step = medians(scenario)[0];
  PilotRecord measured = record(2, 1.1 * step);
  measured.batch = 32;
  const Prediction prediction = with_pilot(scenario, {measured});
  EXPECT_NEAR(prediction.points[0].step_time.p50 / step, std::pow(1.1, 14.0 / 15), 0.01);
}

TEST(Pilot, ResultsDoNotDependOnJobs) {
  const Scenario scenario = with_stack(job({"sweep.workers=[1, 4]"}), 3e9, 100e-6);
  const std::vector<PilotRecord> records{record(2, 1.1 * medians(scenario)[0])};
  PilotOptions options;
  const PilotKnowledge one = learn(scenario, records, options);
  options.jobs = 2;
  const PilotKnowledge two = learn(scenario, records, options);
  EXPECT_EQ(one.points.at(4).mean, two.points.at(4).mean);
  EXPECT_EQ(one.points.at(4).root, two.points.at(4).root);
}

}  // namespace
}  // namespace rehearse
