#include "validate/validate.h"

#include "base/error.h"
#include "tests/predict/tiny.h"
#include "validate/measurements.h"

namespace rehearse {
namespace {

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

class ValidateTest : public TinyFiles {
 protected:
  // What the tool itself predicts at 1, 2 and 4 workers.
  static Prediction own() {
    JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "tiny.json");
    return predict(read_scenario(document), {});
  }
  static std::string record(const std::string& id, int at, const std::string& measured,
                            const std::string& more = "") {
    return R"({"id": ")" + id + R"(", "source": "s", "scenario": "tiny.json", "at": )" +
           std::to_string(at) + R"(, "measured": {)" + measured + "}" + more + "}";
  }
};

TEST_F(ValidateTest, ComparesEveryQuantity) {
  const Prediction prediction = own();
  const PredictedPoint& two = prediction.points[1];
  const PredictedPoint& four = prediction.points[2];
  // Measured steps 1.25 times as long as predicted: 1 / 1.25 - 1 = -20 %, too fast, by step and by
  // throughput. Efficiency 10 % above the predicted one: predicted steps are 10 % too slow.
  const std::string file =
      write("m.json", "[" +
                          record("step", 4,
                                 R"("quantity": "step_time", "value": ")" +
                                     number(1.25e3 * four.step_time.p50) + " ms\"") +
                          "," +
                          record("rate", 2,
                                 R"("quantity": "throughput", "value": ")" +
                                     number(two.samples_per_s / 1.25) + " images/s\"") +
                          "," +
                          record("share", 4,
                                 R"("quantity": "efficiency", "relative_to": 2, "value": )" +
                                     number(1.1 * four.samples_per_s / two.samples_per_s / 2)) +
                          "," +
                          record("own", 1, R"("quantity": "throughput", "value": "1 images/s")",
                                 R"(, "calibrated_from": ["own"])") +
                          "]");
  std::size_t last = 0;
  ValidateOptions options;
  options.progress = [&](std::size_t done, std::size_t all) {
    last = done;
    EXPECT_EQ(all, 3u);  // one scenario, each of its points once
  };
  const Validation result = validate({file}, options);
  EXPECT_EQ(last, 3u);
  ASSERT_EQ(result.records.size(), 4u);
  EXPECT_NEAR(result.records[0].signed_error(), -0.2, 1e-9);
  EXPECT_EQ(result.records[0].unit, "ms");
  EXPECT_NEAR(result.records[0].predicted, 1e3 * four.step_time.p50, 1e-9);
  EXPECT_NEAR(result.records[0].predicted_low, 1e3 * four.step_time.p10, 1e-9);
  EXPECT_NEAR(result.records[1].signed_error(), -0.2, 1e-9);
  EXPECT_LE(result.records[1].predicted_low, result.records[1].predicted);
  EXPECT_GE(result.records[1].predicted_high, result.records[1].predicted);
  EXPECT_NEAR(result.records[2].signed_error(), 0.1, 1e-9);
  EXPECT_FALSE(result.records[2].calibration);
  EXPECT_TRUE(result.records[3].calibration);
  // (20 + 20 + 10) / 3: the calibration record is left out, however wrong.
  EXPECT_NEAR(result.mean_error, 0.5 / 3, 1e-9);
  EXPECT_NEAR(result.worst_error, 0.2, 1e-9);
}

TEST_F(ValidateTest, ComparesMemory) {
  const DeviceMemory memory = own().points[1].memory;
  // A fifth less than predicted was measured: 1 / 0.8 - 1 = 25 % too much. Of what is allocated
  // 4 % more, which the interval of 5 % holds.
  const std::string file = write(
      "m.json", "[" +
                    record("all", 2,
                           R"("quantity": "memory", "value": ")" +
                               number(0.8e-6 * memory.total().value()) + " MB\"") +
                    "," +
                    record("allocated", 2,
                           R"("quantity": "memory", "allocated": true, "unit": "B", "value": )" +
                               number(1.04 * memory.allocated().value())) +
                    "]");
  const Validation result = validate({file}, {});
  ASSERT_EQ(result.records.size(), 2u);
  EXPECT_EQ(result.records[0].quantity, "memory");
  EXPECT_NEAR(result.records[0].signed_error(), 0.25, 1e-9);
  EXPECT_NEAR(result.records[1].signed_error(), 1 / 1.04 - 1, 1e-9);
  EXPECT_NEAR(result.records[1].predicted, memory.allocated().value(), 1);
  EXPECT_DOUBLE_EQ(result.inside_interval, 0.5);
}

TEST_F(ValidateTest, TakesFamiliesThatAreAskedFor) {
  const std::string step = R"("quantity": "step_time", "value": "1 s")";
  const std::string file =
      write("m.json", "[" + record("a", 1, step, R"(, "family": "one")") + "," +
                          record("b", 2, step, R"(, "family": "two")") + "]");
  ValidateOptions options;
  options.families = {"two"};
  const Validation result = validate({file}, options);
  ASSERT_EQ(result.records.size(), 1u);
  EXPECT_EQ(result.records[0].id, "b");
  options.families = {"tow"};
  try {
    (void)validate({file}, options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "no record is of family 'tow': did you mean 'two'?");
  }
}

// GPT-2 with 5 tensor ranks for 12 heads.
TEST_F(ValidateTest, WhatPredictRefusesOfASurveyIsListed) {
  const std::string file = write("m.json", R"([{"id": "a", "source": "s", "model": "GPT-2",
      "zoo": "gpt2", "hardware": "servers", "device": "a100-sxm4-80gb", "nodes": 1, "devices": 5,
      "batch": 8, "sequence": 1024, "precision_word": "bf16", "network": "", "framework": "megatron",
      "layout": {"tensor": 5, "data": 1, "microbatch": 8}, "mappable": true,
      "quantity": "step_time", "value_si": 1,
      "measured": {"metric": "step_time", "value": 1, "unit": "s"}}])");
  const Validation result = validate({file}, {});
  EXPECT_TRUE(result.records.empty());
  ASSERT_EQ(result.unmapped.size(), 1u);
  EXPECT_NE(result.unmapped[0].why.find("tensor"), std::string::npos) << result.unmapped[0].why;
}

// Of ResNet-50 on one node, predicted without any other record.
TEST_F(ValidateTest, AnUncertainShapeCountsOnlyInAFamilyWithoutOthers) {
  const auto run = [](const std::string& id, const std::string& family, const char* uncertain) {
    return R"({"id": ")" + id + R"(", "source": ")" + id + R"(", "family": ")" + family + R"(",
      "model": "ResNet-50", "zoo": "resnet50", "hardware": "servers", "device": "p100-sxm2-16gb",
      "nodes": 1, "gpus_per_node": 1, "devices": 1, "batch": 32, "precision_word": "fp32",
      "network": "", "framework": "mxnet", "mappable": true, "quantity": "samples_per_s",
      "value_si": 200, "measured": {"metric": "throughput", "value": 200, "unit": "images/s"})" +
           uncertain + "}";
  };
  const char* uncertain = R"(, "shape_uncertain": true)";
  const std::string file =
      write("m.json", "[" + run("a", "mixed", "") + "," + run("b", "mixed", uncertain) + "," +
                          run("c", "uncertain", uncertain) + "]");
  const Validation result = validate({file}, {});
  ASSERT_EQ(result.records.size(), 3u);
  EXPECT_FALSE(result.records[0].only_reported);
  EXPECT_TRUE(result.records[1].only_reported);
  EXPECT_FALSE(result.records[2].only_reported);
  EXPECT_EQ(result.families.at("mixed").records, 1);
  EXPECT_EQ(result.families.at("uncertain").records, 1);
  EXPECT_EQ(result.families.at("uncertain").assumed, 1);
}

TEST_F(ValidateTest, CountsWhatTheIntervalHolds) {
  const PredictedPoint two = own().points[1];
  const std::string median =
      R"("quantity": "step_time", "value": ")" + number(two.step_time.p50) + " s\"";
  const std::string file =
      write("m.json", "[" + record("in", 2, median) + "," +
                          record("out", 2, R"("quantity": "step_time", "value": "1 h")") + "]");
  EXPECT_DOUBLE_EQ(validate({file}, {}).inside_interval, 0.5);
}

// Families count alike in the share inside, however many records they have.
TEST_F(ValidateTest, SumsUpByFamily) {
  const double step = own().points[1].step_time.p50;
  const auto of = [&](const std::string& id, const std::string& family, double factor) {
    return record(id, 2, R"("quantity": "step_time", "value": ")" + number(step * factor) + " s\"",
                  R"(, "family": ")" + family + "\"");
  };
  const std::string file =
      write("m.json", "[" + of("a", "one", 1) + "," + of("b", "one", 2) + "," + of("c", "one", 4) +
                          "," + of("d", "one", 10) + "," + of("e", "two", 1) + "," +
                          record("f", 2, R"("quantity": "step_time", "value": "1 s")",
                                 R"(, "family": "three", "calibrated_from": ["f"])") +
                          "]");
  const Validation result = validate({file}, {});
  ASSERT_EQ(result.families.size(), 2u);  // "three" holds only what calibrated
  // |1/1 - 1|, |1/2 - 1|, |1/4 - 1|, |1/10 - 1| = 0, 0.5, 0.75, 0.9.
  const FamilySums& one = result.families.at("one");
  EXPECT_EQ(one.records, 4);
  EXPECT_NEAR(one.mean_error, 2.15 / 4, 1e-9);
  EXPECT_NEAR(one.median_error, 0.625, 1e-9);
  EXPECT_NEAR(one.worst_error, 0.9, 1e-9);
  EXPECT_NEAR(one.inside_interval, 0.25, 1e-9);
  EXPECT_NEAR(result.mean_error, 2.15 / 5, 1e-9);
  EXPECT_NEAR(result.inside_interval, (0.25 + 1) / 2, 1e-9);  // by record it were 2 of 5
}

TEST_F(ValidateTest, TheFamilyIsTheFileUnlessTold) {
  const std::string file =
      write("paper.json", "[" + record("a", 1, R"("quantity": "step_time", "value": "1 s")") + "]");
  EXPECT_EQ(validate({file}, {}).records[0].family, "paper");
}

TEST_F(ValidateTest, ARecordCalibratesIfAnotherSaysSo) {
  const std::string value = R"("quantity": "step_time", "value": "1 s")";
  const std::string file =
      write("m.json", "[" + record("a", 1, value) + "," +
                          record("b", 2, value, R"(, "calibrated_from": ["a"])") + "]");
  const Validation result = validate({file}, {});
  EXPECT_TRUE(result.records[0].calibration);
  EXPECT_FALSE(result.records[1].calibration);
}

TEST_F(ValidateTest, TakesAnInlineScenarioAndItsChanges) {
  const std::string inline_record =
      R"({"id": "i", "source": "s", "at": 2, "set": {"training.batch.per_worker": 64},
          "scenario": )" +
      tiny_scenario() + R"(, "measured": {"quantity": "throughput", "value": "1e3 samples/s"}})";
  const Validation result = validate({write("m.json", "[" + inline_record + "]")}, {});
  ASSERT_EQ(result.records.size(), 1u);
  EXPECT_GT(result.records[0].predicted, 1.2 * own().points[1].samples_per_s);
}

TEST_F(ValidateTest, OfNothingIsEmpty) {
  const Validation result = validate({write("m.json", "[]")}, {});
  EXPECT_TRUE(result.records.empty());
  EXPECT_EQ(result.mean_error, 0);
}

TEST_F(ValidateTest, ReportsABadScenarioBeforeSimulating) {
  const std::string file =
      write("m.json", "[" + record("a", 4000, R"("quantity": "step_time", "value": "1 s")") + "]");
  EXPECT_THROW(validate({file}, {}), Error);
}

}  // namespace
}  // namespace rehearse
