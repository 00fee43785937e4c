#include "predict/pointless.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "predict/predict.h"
#include "tests/predict/tiny.h"
#include "train/train.h"

namespace rehearse {
namespace {

std::string scenario(const std::string& input, const std::string& batch, int samples) {
  return R"({"name": "s", "model": {"name": "s", "input": )" + input + R"(, "layers": [
              {"kind": "convolution", "channels": 8, "kernel": 1}, {"kind": "batch_norm"},
              {"kind": "relu"}, {"kind": "flatten"}, {"kind": "dense", "features": 10}]},
            "data": {"samples": )" +
         std::to_string(samples) + R"(, "classes": 10},
            "cluster": {"nodes": 8, "node": {"device": "p100-pcie-16gb"}, "network": {
              "topology": "single_switch", "injection_bandwidth": "10 GB/s",
              "injection_latency": "1 us", "stack": "ideal"}},
            "training": {"batch": )" +
         batch + R"(}, "sweep": {"workers": [1, 2, 3]}, "fidelity": "analytic"})";
}

Scenario read(const std::string& text) {
  return read_scenario(JsonDocument::parse_text(text, "s.json"));
}

const std::string kOnePixel = R"({"channels": 3, "height": 1, "width": 1})";
const std::string kFour = R"({"channels": 3, "height": 2, "width": 2})";

std::string complaint(const Scenario& s, int workers) {
  try {
    expect_trainable(s, workers);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    return error.what();
  }
  return "accepted";
}

TEST(Pointless, Case42OneValuePerChannelIsRefused) {
  const Scenario one = read(scenario(kOnePixel, R"({"per_worker": 1})", 100));
  EXPECT_NE(complaint(one, 2).find("sees one value per channel in a batch of 1 per rank"),
            std::string::npos)
      << complaint(one, 2);
  EXPECT_EQ(complaint(read(scenario(kOnePixel, R"({"per_worker": 2})", 100)), 2), "accepted");
  // Four pixels are four values.
  EXPECT_EQ(complaint(read(scenario(kFour, R"({"per_worker": 1})", 100)), 2), "accepted");
}

// Behind a dense layer there is one value per sample and channel.
TEST(Pointless, Case42DenseLayersToo) {
  const Scenario s = read(R"({"name": "d", "model": {"name": "d",
      "input": {"channels": 3, "height": 8, "width": 8}, "layers": [{"kind": "flatten"},
      {"kind": "dense", "features": 16}, {"kind": "batch_norm"}, {"kind": "dense",
      "features": 10}]}, "data": {"samples": 9, "classes": 10}, "cluster": {"nodes": 1,
      "node": {"device": "p100-pcie-16gb"}, "network": {"topology": "single_switch",
      "injection_bandwidth": "10 GB/s", "injection_latency": "1 us", "stack": "ideal"}},
      "training": {"batch": {"per_worker": 1}},
      "sweep": {"workers": [1]}})");
  EXPECT_NE(complaint(s, 1).find("(16) sees one value"), std::string::npos) << complaint(s, 1);
}

std::vector<std::size_t> points_of(const Prediction& prediction, const std::string& code) {
  for (const Warning& warning : prediction.warnings) {
    if (warning.code == code) return warning.points;
  }
  return {};
}

// A global batch of 4 on 1, 2 and 3 workers: shares of 4, 2 and 2, 1, 1; three samples are few.
TEST(Pointless, PredictionsWarn) {
  const Prediction prediction = predict(read(scenario(kOnePixel, R"({"global": 4})", 3)), {});
  EXPECT_EQ(points_of(prediction, "one_value_per_channel"), std::vector<std::size_t>{2});
  EXPECT_EQ(points_of(prediction, "repeated_samples"), (std::vector<std::size_t>{0, 1, 2}));
  const Prediction weak = predict(read(scenario(kFour, R"({"per_worker": 2})", 4)), {});
  EXPECT_EQ(points_of(weak, "one_value_per_channel"), std::vector<std::size_t>{});
  EXPECT_EQ(points_of(weak, "repeated_samples"), std::vector<std::size_t>{2});  // 6 of 4
}

TEST(Memory, AJobThatCannotFitIsRefused) {
  const Scenario s = read(scenario(kFour, R"({"per_worker": 1})", 100));
  expect_fits(s, 2, 2, {Bytes(1e9), "this machine"});
  try {
    expect_fits(s, 2, 2, {Bytes(1000), "its control group"});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::environment);
    EXPECT_NE(std::string(error.what()).find("its control group has 1.00 kB left (2 ranks here"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace rehearse
