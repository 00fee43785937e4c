#include "calibrate/fits/convergence_fit.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "calibrate/importers/learning_curve.h"
#include "scenarios/convergence_reader.h"

namespace rehearse {
namespace {

constexpr MetricTarget kTarget{Metric::test_accuracy, 0.9};

// a = 10^6, c = 2000, s = 0.05.
ConvergencePoint point(double batch, double staleness = 0, double factor = 1) {
  return {"runs/" + std::to_string(static_cast<int>(batch)) + ".json", batch, staleness,
          factor * 1e6 * (1 + batch / 2000) * (1 + 0.05 * staleness)};
}

std::string complaint(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    return error.what();
  }
  return "accepted";
}

TEST(ConvergenceFit, FindsTwoNumbersAgain) {
  for (const auto& points : {std::vector{point(64), point(512)},
                             std::vector{point(64), point(512), point(4096), point(32768)}}) {
    const ConvergenceFit fit = fit_convergence(points, kTarget);
    EXPECT_NEAR(fit.convergence.samples_at_small_batch, 1e6, 1e-3);
    EXPECT_NEAR(fit.convergence.critical_batch, 2000, 1e-5);
    EXPECT_EQ(fit.convergence.staleness_penalty, 0);
    for (std::size_t i = 0; i < points.size(); ++i) EXPECT_NEAR(fit.residual(i), 0, 1e-9);
  }
}

TEST(ConvergenceFit, FindsThePenaltyAgain) {
  const ConvergenceFit fit = fit_convergence(
      {point(64), point(512), point(4096), point(64, 7), point(64, 31), point(512, 3)}, kTarget);
  EXPECT_NEAR(fit.convergence.samples_at_small_batch / 1e6, 1, 1e-5);
  EXPECT_NEAR(fit.convergence.critical_batch / 2000, 1, 1e-5);
  EXPECT_NEAR(fit.convergence.staleness_penalty / 0.05, 1, 1e-5);
}

TEST(ConvergenceFit, StalenessThatCostsNothing) {
  std::vector<ConvergencePoint> points{point(64), point(512), point(4096)};
  points.push_back(points[0]);
  points.back().staleness = 7;
  const ConvergenceFit fit = fit_convergence(points, kTarget);
  EXPECT_NEAR(fit.convergence.staleness_penalty, 0, 1e-6);
  EXPECT_NEAR(fit.convergence.critical_batch, 2000, 1e-2);
}

TEST(ConvergenceFit, IsNearWhereRunsScatter) {
  // Five seeds of five batches, each off by about 5 %.
  RandomStream random(3, {1});
  std::vector<ConvergencePoint> points;
  for (int seed = 0; seed < 5; ++seed) {
    for (const double batch : {64, 256, 1024, 4096, 16384}) {
      points.push_back(point(batch, 0, 1 + 0.05 * random.normal()));
    }
  }
  const ConvergenceFit fit = fit_convergence(points, kTarget);
  EXPECT_NEAR(fit.convergence.samples_at_small_batch / 1e6, 1, 0.06);
  EXPECT_NEAR(fit.convergence.critical_batch / 2000, 1, 0.15);
}

TEST(ConvergenceFit, SaysWhatIsMissing) {
  const auto says = [](const std::vector<ConvergencePoint>& points) {
    return complaint([&] { (void)fit_convergence(points, kTarget); });
  };
  EXPECT_NE(says({}).find("no run reaches the target"), std::string::npos);
  EXPECT_NE(says({point(64), point(64, 7)}).find("updates of 64 samples"), std::string::npos);
  EXPECT_NE(says({point(64), point(512, 7)}).find("change together"), std::string::npos);
  EXPECT_NE(says({{"a", 64, 0, 1e6}, {"b", 128, 0, 0.9e6}}).find("do not grow"), std::string::npos);
  EXPECT_NE(says({{"a", 64, 0, 1e6}, {"b", 128, 0, 2.1e6}}).find("as the batch does"),
            std::string::npos);
}

TEST(ConvergenceFit, OneStalenessIsInTheSamples) {
  const ConvergenceFit fit = fit_convergence({point(64, 2), point(512, 2)}, kTarget);
  EXPECT_NEAR(fit.convergence.samples_at_small_batch, 1.1e6, 1e-3);
  EXPECT_EQ(fit.convergence.staleness_penalty, 0);
  EXPECT_NE(fit.convergence.source.find("all at a mean staleness of 2"), std::string::npos)
      << fit.convergence.source;
}

TEST(ConvergenceFit, ItsFileIsRead) {
  const ConvergenceFit fit = fit_convergence({point(64), point(512)}, kTarget);
  const std::string text = convergence_file(fit);
  EXPECT_EQ(text.find("runs/"), std::string::npos);
  const ConvergenceOptions read = read_convergence_file(JsonDocument::parse_text(text, "c.json"));
  EXPECT_EQ(read.critical_batch, fit.convergence.critical_batch);
  EXPECT_EQ(read.samples_at_small_batch, fit.convergence.samples_at_small_batch);
  EXPECT_EQ(to_text(read.target), "test_accuracy 0.9");
  EXPECT_EQ(read.source, "fit to 2 runs (64.json, 512.json)");
}

LearningCurve curve_of(const std::string& text, Metric metric) {
  return read_learning_curve(JsonDocument::parse_text(text, "run.json"), metric);
}

constexpr const char* kRun = R"({"format": "rehearse-run-1", "global_batch": 32,
  "update_samples": 32, "evaluations": [
    {"step": 10, "seconds": 1, "samples": 320, "loss": 2.0, "test_accuracy": 0.5},
    {"step": 20, "seconds": 2, "samples": 640, "loss": null, "test_accuracy": 0.8},
    {"step": 30, "seconds": 3, "samples": 960, "loss": 1.0, "test_accuracy": 0.9}]})";

TEST(LearningCurve, OfARun) {
  const LearningCurve curve = curve_of(kRun, Metric::test_accuracy);
  EXPECT_EQ(curve.update_samples, 32);
  EXPECT_EQ(curve.staleness, 0);
  // Half of the way from 0.5 to 0.8: 320 + 160; and a point itself.
  EXPECT_DOUBLE_EQ(samples_until(curve, {Metric::test_accuracy, 0.65}).value(), 480);
  EXPECT_DOUBLE_EQ(samples_until(curve, {Metric::test_accuracy, 0.8}).value(), 640);
  EXPECT_FALSE(samples_until(curve, {Metric::test_accuracy, 0.95}));
  EXPECT_NE(complaint([&] {
              (void)samples_until(curve, {Metric::test_accuracy, 0.5});
            }).find("first point"),
            std::string::npos);
  // A loss falls; one that is not finite is passed over: 2 to 1 over 640 samples.
  EXPECT_DOUBLE_EQ(samples_until(curve_of(kRun, Metric::loss), {Metric::loss, 1.25}).value(), 800);
}

TEST(LearningCurve, OfAnEmulation) {
  const LearningCurve curve = curve_of(
      R"({"format": "rehearse-emulation-1", "scenario": "tiny", "strategy": "async_ps",
          "update_samples": 16, "staleness": {"mean": 6.98, "p50": 7, "p90": 8, "max": 11},
          "curve": [{"seconds": 0, "samples": 0, "loss": 2.3, "test_accuracy": null},
                    {"seconds": 1, "samples": 100, "loss": 0.3, "test_accuracy": null}]})",
      Metric::loss);
  EXPECT_EQ(curve.update_samples, 16);
  EXPECT_EQ(curve.staleness, 6.98);
  EXPECT_DOUBLE_EQ(samples_until(curve, {Metric::loss, 1.3}).value(), 50);
}

TEST(LearningCurve, RefusesWhatHasNone) {
  const auto says = [](const std::string& text, Metric metric) {
    return complaint([&] { (void)curve_of(text, metric); });
  };
  EXPECT_NE(says(R"({"format": "rehearse-run-1", "global_batch": 32})", Metric::loss)
                .find("was not evaluated"),
            std::string::npos);
  EXPECT_NE(says(kRun, Metric::test_loss).find("no point has a 'test_loss'"), std::string::npos);
  EXPECT_NE(says(R"({"format": "rehearse-plan-1"})", Metric::loss).find("rehearse-run-1"),
            std::string::npos);
}

}  // namespace
}  // namespace rehearse
