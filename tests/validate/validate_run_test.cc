#include "validate/validate_run.h"

#include <map>

#include "base/error.h"
#include "tests/predict/tiny.h"
#include "tests/validate/made_up_run.h"

namespace rehearse {
namespace {

RunMeasurement measurement(const RunRecord& record) {
  return read_run(JsonDocument::parse_text(to_json(record), "run.json"));
}

std::map<std::string, ValidatedPhase> phases_of(const ValidatedRecord& record) {
  std::map<std::string, ValidatedPhase> phases;
  for (const ValidatedPhase& phase : record.phases) phases[phase.phase] = phase;
  return phases;
}

TEST(ValidateRun, SetsEveryPhaseAgainstItsPrediction) {
  const ValidatedRecord record = validate_run(measurement(made_up_run()), {});
  EXPECT_EQ(record.id, "run @ 2");
  EXPECT_EQ(record.quantity, "step_time");
  EXPECT_EQ(record.unit, "s");
  EXPECT_EQ(record.source, "run.json");
  EXPECT_FALSE(record.calibration);
  EXPECT_DOUBLE_EQ(record.measured, 3.5e-3);
  EXPECT_GT(record.predicted, 0);
  EXPECT_LE(record.predicted_low, record.predicted);
  EXPECT_GE(record.predicted_high, record.predicted);
  EXPECT_NEAR(record.signed_error(), record.predicted / 3.5e-3 - 1, 1e-12);
  const auto phases = phases_of(record);
  ASSERT_EQ(phases.size(), 11u);
  EXPECT_DOUBLE_EQ(phases.at("compute").measured, 1.75e-3);
  EXPECT_DOUBLE_EQ(phases.at("hidden_communication").measured, 0.3 * 3.5e-3);
  double sum = 0;
  for (const auto& [name, phase] : phases) {
    if (name != "hidden_communication") sum += phase.predicted;
  }
  EXPECT_NEAR(sum, record.predicted, 1e-9);
  // With both devices busy 1.5 + 3 ms and 0.75 + 2 * 1.5 ms: 8.25 ms. The loss moves a few bytes.
  EXPECT_NEAR(phases.at("compute").predicted, 8.25e-3, 0.03 * 8.25e-3);
}

// The fixed work takes 2 ms with both devices busy and took 4 ms in the run.
TEST(ValidateRun, TellsASlowMachineFromAWrongPrediction) {
  RunRecord run = made_up_run();
  EXPECT_FALSE(validate_run(measurement(run), {}).machine);
  for (RecordedRank& rank : run.ranks) rank.fixed_work = {3.5e-3, 4e-3, 4.5e-3};
  const ValidatedRecord record = validate_run(measurement(run), {});
  ASSERT_TRUE(record.machine);
  EXPECT_DOUBLE_EQ(record.machine->slowdown, 2);
  // Compute doubles; what a few bytes of messages take does not.
  EXPECT_NEAR(record.machine->predicted, 2 * record.predicted, 0.01 * record.predicted);
}

TEST(ValidateRun, AGivenProfileComesBeforeThatOfTheRecord) {
  JsonDocument twice = JsonDocument::parse_text(made_up_profile(2), "p.json");
  twice.set(R"(device.measured.layers=[{"layer": "dense 4 -> 8 bias first", "batch": 32,
      "forward": {"alone_s": 1, "busy_s": 1, "flops": 2048, "bytes": 2000}}])");
  const auto slow = std::make_shared<const Profile>(read_profile(twice));
  EXPECT_GT(validate_run(measurement(made_up_run()), {.local = slow}).predicted, 1);
}

TEST(ValidateRun, NeedsAProfile) {
  RunRecord record = made_up_run();
  record.profile.clear();
  try {
    (void)validate_run(measurement(record), {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "run.json: /profile: the record holds no profile of the machine (it was not "
                 "calibrated): give one with --profile");
  }
  EXPECT_GT(validate_run(measurement(record), {.local = read_made_up_profile(2)}).predicted, 0);
}

TEST(ValidateRun, AsksForTheProfileOfThisMachineAlone) {
  RunRecord record = made_up_run();
  record.profile.clear();
  ValidateOptions options;
  options.known = [](const JsonDocument&) { return read_made_up_profile(2); };
  EXPECT_THROW((void)validate_run(measurement(record), options), Error);
  record.machine = this_machine();
  EXPECT_GT(validate_run(measurement(record), options).predicted, 0);
}

TEST(ValidateRun, OverridesCount) {
  ValidateOptions options;
  options.overrides = {"training.batch.per_worker=64"};
  EXPECT_GT(validate_run(measurement(made_up_run()), options).predicted,
            1.5 * validate_run(measurement(made_up_run()), {}).predicted);
}

using ValidateRunFile = TinyFiles;

TEST_F(ValidateRunFile, RunsCountInTheMeanError) {
  const Validation all = validate({write("run.json", to_json(made_up_run()))}, {});
  ASSERT_EQ(all.records.size(), 1u);
  EXPECT_EQ(all.records[0].phases.size(), 11u);
  EXPECT_DOUBLE_EQ(all.mean_error, std::abs(all.records[0].signed_error()));
  EXPECT_DOUBLE_EQ(all.worst_error, all.mean_error);
}

}  // namespace
}  // namespace rehearse
