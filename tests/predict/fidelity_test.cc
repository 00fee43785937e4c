// The two fidelities predict the same training steps where nothing but the scenario's own streams
// and latencies limits them.
#include <gtest/gtest.h>

#include "predict/predict.h"

namespace rehearse {
namespace {

Prediction predicted(const std::string& fidelity, const std::string& algorithm) {
  return predict(load_scenario(std::string(REHEARSE_SOURCE_DIR) + "/scenarios/vgg16_piz_daint.json",
                               {"sweep.workers=[2,8]", "fidelity=" + fidelity,
                                "training.allreduce.algorithm=" + algorithm}),
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

}  // namespace
}  // namespace rehearse
