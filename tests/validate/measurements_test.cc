#include "validate/measurements.h"

#include "base/error.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

class MeasurementsTest : public TinyFiles {
 protected:
  // One record with `body` behind its id and source.
  [[nodiscard]] std::string record(const std::string& body) const {
    return write("m.json", R"([{"id": "a", "source": "s", )" + body + "}]");
  }
  [[nodiscard]] Measurement read(const std::string& body) const {
    return read_measurements({record(body)}).records.at(0);
  }
  [[nodiscard]] std::string complaint(const std::string& body) const {
    try {
      read_measurements({record(body)});
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  }
};

TEST_F(MeasurementsTest, ReadsUnits) {
  const std::string at = R"("scenario": "tiny.json", "at": 4, "measured": )";
  const Measurement time = read(at + R"({"quantity": "step_time", "value": "479 ms"})");
  EXPECT_DOUBLE_EQ(time.value * time.unit_value, 0.479);
  EXPECT_EQ(time.unit, "ms");
  const Measurement rate = read(at + R"({"quantity": "throughput", "value": "133.6 images/s"})");
  EXPECT_DOUBLE_EQ(rate.value * rate.unit_value, 133.6);
  const Measurement apart = read(at + R"({"quantity": "step_time", "value": 2, "unit": "s"})");
  EXPECT_DOUBLE_EQ(apart.value * apart.unit_value, 2);
  const Measurement share =
      read(at + R"({"quantity": "efficiency", "value": "90 %", "relative_to": 2})");
  EXPECT_DOUBLE_EQ(share.value * share.unit_value, 0.9);
  EXPECT_EQ(share.relative_to, 2);
}

TEST_F(MeasurementsTest, ReadsAnObjectWithRecords) {
  const std::string records = R"([{"id": "a", "source": "s", "scenario": "tiny.json", "at": AT,
      "measured": {"quantity": "step_time", "value": "1 s"}}])";
  const auto outcome = [&](const std::string& begin, const std::string& at) -> std::string {
    std::string body = records;
    body.replace(body.find("AT"), 2, at);
    try {
      return read_measurements({write("o.json", begin + body + "}")}).records.at(0).id;
    } catch (const Error& error) {
      const std::string line = error.what();
      return line.substr(line.find(": ") + 2);
    }
  };
  EXPECT_EQ(outcome(R"({"format": "rehearse-measurements-1", "records": )", "4"), "a");
  EXPECT_EQ(outcome(R"({"records": )", "4"), "a");
  EXPECT_EQ(outcome(R"({"records": )", "0"),
            "/records/0/at: 0 is out of range (it must be between 1 and 1000000)");
  EXPECT_EQ(outcome(R"({"format": "rehearse-prices-1", "records": )", "4"),
            "/format: this file is a 'rehearse-prices-1' (a 'rehearse-measurements-1' is expected "
            "here): give another file");
  EXPECT_EQ(outcome(R"({"recrods": )", "4"),
            "/: not an array of measurements: write [ {record}, … ]");
}

TEST_F(MeasurementsTest, RefusesWhatIsNoMeasurement) {
  const std::string at = R"("scenario": "tiny.json", "at": 4, "measured": )";
  EXPECT_NE(complaint(at + R"({"quantity": "step_time", "value": "479 images/s"})")
                .find("/0/measured/value: 'images/s' is not a unit of time"),
            std::string::npos);
  EXPECT_NE(complaint(at + R"({"quantity": "throughput", "value": 5})").find("unit of throughput"),
            std::string::npos);
  EXPECT_NE(complaint(at + R"({"quantity": "throughput", "value": "fast"})").find("a number"),
            std::string::npos);
  EXPECT_NE(complaint(at + R"({"quantity": "step_time", "value": "0 s"})").find("positive"),
            std::string::npos);
  EXPECT_NE(complaint(R"("scenario": "tiny.json", "at": 1,
                         "measured": {"quantity": "efficiency", "value": 0.9})")
                .find("relative_to"),
            std::string::npos);
  EXPECT_NE(complaint(at + R"({"quantity": "efficiency", "value": 0.9, "relative_to": 4})")
                .find("against itself"),
            std::string::npos);
  EXPECT_NE(complaint(R"("scenario": "none.json", "at": 1,
                         "measured": {"quantity": "step_time", "value": "1 s"})")
                .find("there is no file"),
            std::string::npos);
  EXPECT_NE(complaint(R"("scenario": "tiny.json", "at": 1, "remark": "x",
                         "measured": {"quantity": "step_time", "value": "1 s"})")
                .find("'remark'"),
            std::string::npos);
}

TEST_F(MeasurementsTest, RefusesTheSameIdTwiceAndReadsAFileOnce) {
  const std::string one = R"({"id": "a", "source": "s", "scenario": "tiny.json", "at": 1,
                              "measured": {"quantity": "step_time", "value": "1 s"}})";
  EXPECT_THROW(read_measurements({write("twice.json", "[" + one + "," + one + "]")}), Error);
  const std::string file = write("once.json", "[" + one + "]");
  EXPECT_EQ(read_measurements({file, file}).records.size(), 1u);
  EXPECT_THROW(read_measurements({write("object.json", one)}), Error);
}

TEST_F(MeasurementsTest, MakesTheScenario) {
  const Measurement m = read(R"("scenario": "tiny.json", "at": 4,
                                "set": {"training.batch.per_worker": 16, "name": "other"},
                                "measured": {"quantity": "step_time", "value": "1 s"})");
  ProfileLibrary profiles;
  const Scenario scenario = scenario_of(m, {4, 1, 4}, profiles, {"seed=7"});
  EXPECT_EQ(scenario.name, "other");
  EXPECT_EQ(scenario.batch_per_worker, 16);
  EXPECT_EQ(scenario.workers, (std::vector<std::int64_t>{1, 4}));
  EXPECT_EQ(scenario.seed, 7u);
}

// The batch belongs to the smallest point of the scenario's own sweep, whatever is measured.
TEST_F(MeasurementsTest, KeepsTheBatchOfTheScenario) {
  const Measurement m = read(R"("scenario": "tiny.json", "at": 4,
              "set": {"training.batch.per_worker": 64, "sweep.scaling": "strong",
                      "sweep.workers": [2, 4]},
              "measured": {"quantity": "efficiency", "value": 0.9})");
  EXPECT_EQ(m.relative_to, 2);
  ProfileLibrary profiles;
  EXPECT_EQ(scenario_of(m, {4}, profiles).global_batch, 128);
  EXPECT_EQ(scenario_of(m, {2, 4}, profiles).global_batch, 128);
}

TEST_F(MeasurementsTest, CollectsWhatCalibrates) {
  Measurement a;
  a.calibrated_from = {"x", "b"};
  Measurement b;
  b.calibrated_from = {"b"};
  EXPECT_EQ(calibrating_ids({a, b}), (std::vector<std::string>{"b", "x"}));
}

}  // namespace
}  // namespace rehearse
