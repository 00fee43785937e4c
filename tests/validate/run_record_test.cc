#include "train/run_record.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "scenarios/check.h"
#include "tests/predict/tiny.h"
#include "tests/validate/made_up_run.h"
#include "validate/run_measurement.h"

namespace rehearse {
namespace {

using nlohmann::json;

RunMeasurement read(const std::string& text) {
  return read_run(JsonDocument::parse_text(text, "run.json"));
}

std::string complaint(const json& record) {
  try {
    (void)read(record.dump());
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    return error.what();
  }
  return "accepted";
}

using RunRecordFile = TinyFiles;

TEST(RunRecord, RanksAreReadBackDigitForDigit) {
  RecordedRank rank = made_up_rank(3, {1.0 / 3, 0.1});
  rank.steps[1].loss = NAN;
  rank.fixed_work = {0.01 / 3, 0.02};
  const RecordedRank back = recorded_rank_from_text(to_text(rank));
  EXPECT_EQ(back.rank, 3);
  EXPECT_EQ(back.bytes_sent, 1000);
  EXPECT_EQ(back.fixed_work, rank.fixed_work);
  ASSERT_EQ(back.steps.size(), 2u);
  EXPECT_EQ(back.steps[0].time, 1.0 / 3);
  EXPECT_EQ(back.steps[1].begin, 0.5 + 1.0 / 3);
  EXPECT_EQ(back.steps[0].parts[StepPhase::straggler_wait].value(),
            rank.steps[0].parts[StepPhase::straggler_wait].value());
  EXPECT_EQ(back.steps[0].hidden_communication, rank.steps[0].hidden_communication);
  EXPECT_EQ(back.steps[0].loss, 0.25);
  EXPECT_TRUE(std::isnan(back.steps[1].loss));
}

TEST(RunRecord, IsAMeasurement) {
  const std::string text = to_json(made_up_run());
  EXPECT_TRUE(is_run(JsonDocument::parse_text(text, "run.json")));
  EXPECT_FALSE(is_run(JsonDocument::parse_text("[]", "m.json")));
  EXPECT_FALSE(is_run(JsonDocument::parse_text(made_up_profile(1), "p.json")));
  const RunMeasurement run = read(text);
  EXPECT_EQ(run.id, "run @ 2");
  EXPECT_EQ(run.workers, 2);
  EXPECT_EQ(run.file, "run.json");
  ASSERT_TRUE(run.profile);
  EXPECT_EQ(run.profile->device.measured->devices, 2);
  // Of 2, 3, 4, 5 ms the middle half.
  EXPECT_DOUBLE_EQ(run.typical.time, 3.5e-3);
  EXPECT_DOUBLE_EQ(run.typical.parts[StepPhase::compute].value(), 1.75e-3);
}

TEST(RunRecord, KnowsHowFastTheMachineWas) {
  RunRecord record = made_up_run();
  EXPECT_EQ(read(to_json(record)).fixed_work, Duration(0));
  record.ranks[0].fixed_work = {1e-3, 4e-3, 9e-3};
  record.ranks[1].fixed_work = {2e-3, 3e-3};
  // 9 ms are a stall and count as twice the median: (1 + 4 + 6 + 2 + 3) / 5.
  EXPECT_DOUBLE_EQ(read(to_json(record)).fixed_work.value(), 3.2e-3);
}

TEST(RunRecord, HoldsWhatTheFormatSays) {
  RunRecord record = made_up_run();
  record.losses[2] = INFINITY;
  const json value = json::parse(to_json(record));
  EXPECT_EQ(value["run"], "train");
  EXPECT_EQ(value["workers"], 2);
  EXPECT_EQ(value["machine"]["memory"], "8000000000 B");
  EXPECT_TRUE(value["loss"][2].is_null());
  EXPECT_EQ(value["evaluation"]["accuracy"], 0.75);
  EXPECT_EQ(value["ranks"][1]["steps"].size(), 6u);
  record.evaluation.reset();
  record.profile.clear();
  const json bare = json::parse(to_json(record));
  EXPECT_FALSE(bare.contains("evaluation"));
  EXPECT_FALSE(bare.contains("profile"));
}

TEST_F(RunRecordFile, Checks) {
  RunRecord record = made_up_run();
  record.losses[2] = NAN;
  record.ranks[0].steps[2].loss = NAN;
  record.divergence = {.step = 3, .rate = 0.5};
  EXPECT_EQ(check_file(write("run.json", to_json(record))), "run record");
}

TEST(RunRecord, EveryTruncationIsRefused) {
  const std::string text = to_json(made_up_run());
  for (std::size_t end = 0; end + 2 < text.size(); end += 101) {
    EXPECT_THROW((void)read(text.substr(0, end)), Error) << end;
  }
}

// Whatever key of a step, a rank or the record is lost, one line says so.
TEST(RunRecord, LostKeysAreDamage) {
  const json whole = json::parse(to_json(made_up_run()));
  const auto without = [&](const char* pointer, const char* key) {
    json record = whole;
    record.at(json::json_pointer(pointer)).erase(key);
    return complaint(record);
  };
  for (const char* key : {"begin_s", "step_s", "compute", "exposed_communication", "straggler_wait",
                          "input_wait", "optimizer", "other", "hidden_communication", "loss"}) {
    const std::string line = without("/ranks/1/steps/3", key);
    EXPECT_TRUE(line.starts_with("run.json: /: this run record is damaged (")) << line;
    EXPECT_NE(line.find(key), std::string::npos) << line;
  }
  EXPECT_NE(without("/ranks/0", "bytes_sent").find("damaged"), std::string::npos);
  EXPECT_NE(without("", "ranks").find("damaged"), std::string::npos);
  EXPECT_NE(without("", "scenario").find("damaged"), std::string::npos);
  EXPECT_EQ(without("/profile/machine", "cpu"),
            "run.json: /machine/cpu: this key is missing (it is required): add it");
}

TEST(RunRecord, UnknownKeysAreRefusedWithTheNearest) {
  const json whole = json::parse(to_json(made_up_run()));
  const auto with = [&](const std::string& pointer) {
    json record = whole;
    record[json::json_pointer(pointer)] = 1;
    return complaint(record);
  };
  const auto expect = [&](const std::string& pointer, const std::string& nearest) {
    const std::string line = with(pointer);
    EXPECT_TRUE(line.starts_with("run.json: " + pointer + ": unknown key ")) << line;
    EXPECT_NE(line.find("did you mean '" + nearest + "'?"), std::string::npos) << line;
  };
  expect("/global_batches", "global_batch");
  expect("/machine/core", "cores");
  expect("/ranks/1/rnak", "rank");
  expect("/ranks/0/steps/2/computes", "compute");
  expect("/evaluation/sample", "samples");
}

TEST(RunRecord, TellsThatItDiverged) {
  RunRecord record = made_up_run();
  EXPECT_FALSE(json::parse(to_json(record)).contains("diverged"));
  record.divergence = {.step = 3, .rank = 1, .loss = NAN, .rate = 0.5, .stopped = true};
  EXPECT_EQ(json::parse(to_json(record))["diverged"],
            json::parse(R"({"step": 3, "rank": 1, "learning_rate": 0.5, "stopped": true})"));
  EXPECT_EQ(complaint(json::parse(to_json(record))), "accepted");
}

TEST(RunRecord, WrongTypesAreDamage) {
  const json whole = json::parse(to_json(made_up_run()));
  const auto with = [&](const char* pointer, const json& value) {
    json record = whole;
    record[json::json_pointer(pointer)] = value;
    return complaint(record);
  };
  EXPECT_NE(with("/ranks/0/steps/0/step_s", nullptr).find("damaged"), std::string::npos);
  EXPECT_NE(with("/ranks", 5).find("damaged"), std::string::npos);
  EXPECT_NE(with("/scenario", json::array()).find("damaged"), std::string::npos);
  const std::string cut_off =
      "run.json: /: the run has no steps of all ranks (it was cut off): run it again";
  EXPECT_EQ(with("/ranks", json::array()), cut_off);
  EXPECT_EQ(with("/ranks/0/steps", json::array()), cut_off);
  json record = whole;
  record["ranks"][1]["steps"].erase(5);
  EXPECT_EQ(complaint(record), cut_off);
}

}  // namespace
}  // namespace rehearse
