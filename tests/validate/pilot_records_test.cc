#include "validate/pilot_records.h"

#include <cmath>

#include "base/error.h"
#include "tests/predict/tiny.h"
#include "tests/validate/made_up_run.h"

namespace rehearse {
namespace {

class Pilot : public TinyFiles {
 protected:
  [[nodiscard]] Scenario scenario() const {
    return read_scenario(JsonDocument::parse_text(tiny_scenario(), "s.json"));
  }

  [[nodiscard]] std::vector<PilotRecord> read(const std::string& text) const {
    return read_pilot({write("p.json", text)}, scenario());
  }

  // The message, without the folder of the test.
  [[nodiscard]] std::string refusal(const std::string& text) const {
    try {
      (void)read(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::input);
      return error.what();
    }
    return "";
  }
};

std::string ours(const std::string& more) {
  return R"([{"id": "a", "source": "my log", "at": 4, )" + more + "}]";
}

std::string survey(const std::string& more) {
  return R"([{"id": "s", "source": "paper", "measured": {"metric": "samples/s", "value": 4000,
    "unit": "samples/s"}, "quantity": "samples_per_s", "value_si": 4000, "devices": 4, "batch": 128)" +
         more + "}]";
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// 4 workers of batch 32 at 4,000 samples/s: 128 / 4000 = 32 ms.
TEST_F(Pilot, MayLeaveItsScenarioOut) {
  const auto records =
      read(ours(R"("measured": {"quantity": "throughput", "value": "4000 samples/s"})"));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].id, "a");
  EXPECT_EQ(records[0].workers, 4);
  EXPECT_EQ(records[0].batch, 32);
  EXPECT_NEAR(records[0].step_time, 0.032, 1e-15);
  EXPECT_EQ(records[0].relative_error, 0.02);
}

TEST_F(Pilot, SaysHowSureItIs) {
  const auto records = read(
      ours(R"("measured": {"quantity": "step_time", "value": "30 ms", "relative_error": 0.005})"));
  EXPECT_NEAR(records.at(0).step_time, 0.03, 1e-15);
  EXPECT_EQ(records.at(0).relative_error, 0.005);
}

TEST_F(Pilot, MayNameItsScenarioAndRunAtAnotherBatch) {
  const auto records =
      read(ours(R"("scenario": "tiny.json", "set": {"training.batch.per_worker": 64},
        "measured": {"quantity": "throughput", "value": "4000 samples/s"})"));
  EXPECT_EQ(records.at(0).batch, 64);
  EXPECT_NEAR(records.at(0).step_time, 0.064, 1e-15);
}

TEST_F(Pilot, OfASurveyNeedNotTellEverything) {
  const auto records = read(survey(""));
  EXPECT_NEAR(records.at(0).step_time, 0.032, 1e-15);
  EXPECT_EQ(records.at(0).relative_error, 0.01);
  EXPECT_EQ(read(survey(R"(, "read_method": "digitised-chart")")).at(0).relative_error, 0.02);
}

TEST_F(Pilot, OfAnotherJobIsRefused) {
  const std::string throughput =
      R"("measured": {"quantity": "throughput", "value": "4000 samples/s"})";
  const auto with = [&](const std::string& set) {
    return refusal(ours(R"("scenario": "tiny.json", "set": {)" + set + "}, " + throughput));
  };
  EXPECT_TRUE(holds(with(R"("precision": "fp16")"),
                    "record 'a' of the pilot is of another job (the record is of precision 'fp16', "
                    "the scenario of 'fp32')"));
  EXPECT_TRUE(holds(with(R"("cluster.node.device": "v100-sxm2-16gb")"),
                    "the record is of device 'v100-sxm2-16gb', the scenario of 'p100-pcie-16gb'"));
  EXPECT_TRUE(holds(with(R"("cluster.node.devices": 4, "cluster.node.device_bandwidth": "10 GB/s",
      "cluster.node.device_latency": "1 us")"),
                    "the record is of nodes '1', the scenario of '4'"));
  EXPECT_TRUE(holds(refusal(survey(R"(, "zoo": "vgg16")")), "the record is of model 'vgg16'"));
  EXPECT_TRUE(holds(refusal(survey(R"(, "precision_word": "bf16")")), "precision bf16"));
}

TEST_F(Pilot, ThatIsNoStepTimeIsRefused) {
  EXPECT_TRUE(holds(refusal(ours(R"("measured": {"quantity": "efficiency", "value": 0.9})")),
                    "record 'a' of the pilot is of efficiency (it tells no step time)"));
  EXPECT_TRUE(holds(refusal(ours(R"("measured": {"quantity": "step_time", "value": "3 images"})")),
                    "'images' is not a unit of time"));
  EXPECT_TRUE(holds(refusal("[]"), "the pilot has no records"));
  EXPECT_TRUE(holds(refusal(R"([{"id": "a", "source": "x", "at": 64,
    "measured": {"quantity": "step_time", "value": "3 s"}}])"),
                    "of 64 workers (the cluster has 8 devices)"));
  EXPECT_THROW((void)read_pilot({"nowhere.json"}, scenario()), Error);
}

// The steps after warm-up take 2, 3, 4 and 5 ms; without the outer quarters 3.5. Winsorised they
// are 3, 3, 4, 4, of deviation 0.577 ms, so the error is 0.577 / (0.5 · 2) / 3.5 = 16.5 %.
TEST_F(Pilot, MayBeTheRecordOfARun) {
  const RunRecord run = made_up_run();
  JsonDocument document = JsonDocument::parse_text(run.scenario, "s.json");
  ProfileLibrary profiles;
  profiles.set_local(std::make_shared<const Profile>(
      read_profile(JsonDocument::parse_text(run.profile, "profile.json"))));
  const Scenario local = read_scenario(document, profiles);
  const auto records = read_pilot({write("run.json", to_json(run))}, local);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].workers, 2);
  EXPECT_EQ(records[0].batch, 32);
  EXPECT_NEAR(records[0].step_time, 3.5e-3, 1e-12);
  EXPECT_NEAR(records[0].relative_error, std::hypot(0.01, 0.165), 1e-3);
  try {
    (void)read_pilot({write("run.json", to_json(run))}, scenario());
    FAIL();
  } catch (const Error& error) {
    EXPECT_TRUE(holds(error.what(), "record 'run @ 2' of the pilot is of another job"));
  }
}

}  // namespace
}  // namespace rehearse
