// The fidelities predict the same training steps where nothing but the scenario's own streams
// and latencies limits them.
#include <gtest/gtest.h>

#include "predict/predict.h"

namespace rehearse {
namespace {

Prediction predicted(const std::string& fidelity, const std::string& algorithm,
                     const std::string& stack = "nccl-tcp-aries-slides") {
  return predict(load_scenario(std::string(REHEARSE_SOURCE_DIR) + "/scenarios/vgg16_piz_daint.json",
                               {"sweep.workers=[2,8]", "fidelity=" + fidelity,
                                "training.allreduce.algorithm=" + algorithm,
                                "cluster.network.stack=" + stack}),
                 {});
}

TEST(Fidelity, FlowAndMessageAgreeOnTrainingSteps) {
  for (const std::string algorithm : {"ring", "rabenseifner", "binomial"}) {
    SCOPED_TRACE(algorithm);
    const Prediction flow = predicted("flow", algorithm);
    const Prediction message = predicted("message", algorithm);
    for (std::size_t i = 0; i < flow.points.size(); ++i) {
      const PredictedPoint& a = flow.points[i];
      const PredictedPoint& b = message.points[i];
      EXPECT_NEAR(b.step_time.p10 / a.step_time.p10, 1, 0.03);
      EXPECT_NEAR(b.step_time.p50 / a.step_time.p50, 1, 0.03);
      EXPECT_NEAR(b.step_time.p90 / a.step_time.p90, 1, 0.03);
    }
  }
}

// 200 draws of the slowest of 8 ranks against quantiles of the slowest: medians within 3 %, the
// fast tail within 5 %. The slow tail hangs on the slowest of ten runs, which two fifths of p90
// come from: over six seeds analytic / flow is 0.82 to 1.09, 0.94 on average.
TEST(Fidelity, AnalyticAgreesOnTrainingSteps) {
  for (const std::string algorithm : {"ring", "rabenseifner"}) {
    SCOPED_TRACE(algorithm);
    const Prediction flow = predicted("flow", algorithm);
    const Prediction analytic = predicted("analytic", algorithm);
    EXPECT_EQ(analytic.fidelity, "analytic");
    for (std::size_t i = 0; i < flow.points.size(); ++i) {
      const PredictedPoint& a = flow.points[i];
      const PredictedPoint& b = analytic.points[i];
      EXPECT_NEAR(b.step_time.p10 / a.step_time.p10, 1, 0.05);
      EXPECT_NEAR(b.step_time.p50 / a.step_time.p50, 1, 0.03);
      EXPECT_NEAR(b.step_time.p90 / a.step_time.p90, 1, 0.15);
      // The breakdown is that of two runs of ten, of which each fidelity may choose others; the
      // device's time differs by 2 % between them.
      EXPECT_NEAR(b.breakdown[StepPhase::compute].value() / a.breakdown[StepPhase::compute].value(),
                  1, 0.04);
      EXPECT_EQ(b.busiest_link, a.busiest_link);
      EXPECT_DOUBLE_EQ(b.mean_hops, a.mean_hops);
    }
  }
}

// Without uncertain streams all runs communicate for equally long.
TEST(Fidelity, AnalyticCommunicatesForAsLong) {
  for (const std::string algorithm : {"ring", "rabenseifner"}) {
    SCOPED_TRACE(algorithm);
    const Prediction flow = predicted("flow", algorithm, "ideal");
    const Prediction analytic = predicted("analytic", algorithm, "ideal");
    for (std::size_t i = 0; i < flow.points.size(); ++i) {
      EXPECT_NEAR(analytic.points[i].communication_total / flow.points[i].communication_total, 1,
                  0.02);
    }
  }
}

TEST(Fidelity, AnalyticIsCompleteAndRepeats) {
  const auto run = [](std::vector<TraceSpan>* trace) {
    PredictOptions options;
    options.trace = trace;
    return predict(load_scenario(std::string(REHEARSE_SOURCE_DIR) + "/scenarios/vgg16_25gbe.json",
                                 {"sweep.workers=[1,8,512]", "fidelity=analytic"}),
                   options);
  };
  std::vector<TraceSpan> trace;
  const Prediction once = run(&trace);
  const Prediction twice = run(nullptr);
  for (std::size_t i = 0; i < once.points.size(); ++i) {
    const PredictedPoint& p = once.points[i];
    const Breakdown& b = p.breakdown;
    EXPECT_EQ(p.step_time.p10, twice.points[i].step_time.p10);
    EXPECT_EQ(p.step_jitter.p90, twice.points[i].step_jitter.p90);
    EXPECT_NEAR(b[StepPhase::compute].value() + b[StepPhase::exposed_communication].value() +
                    b[StepPhase::straggler_wait].value() + b[StepPhase::input_wait].value() +
                    b[StepPhase::optimizer].value() + b[StepPhase::other].value(),
                p.step_time.p50, 1e-9 * p.step_time.p50);
    EXPECT_LT(p.step_time.p10, p.step_time.p90);
    EXPECT_EQ(p.workers > 1, p.communication_hidden > 0 && p.mean_hops > 0);
  }
  EXPECT_GT(once.points[2].breakdown[StepPhase::straggler_wait].value(), 0);
  EXPECT_FALSE(trace.empty());
  for (const TraceSpan& span : trace) EXPECT_EQ(span.rank, 0);
}

}  // namespace
}  // namespace rehearse
