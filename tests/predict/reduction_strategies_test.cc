// What strategies and compression make of predictions, on two dense layers of
// 512 x 4096 + 4096 + 4096 x 1000 + 1000 = 6,198,248 parameters.
#include <gtest/gtest.h>

#include "base/error.h"
#include "predict/predict.h"
#include "predict/simulated_steps.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

class ReductionStrategies : public TinyFiles {
 protected:
  [[nodiscard]] PredictedPoint at_four(std::vector<std::string> overrides) const {
    overrides.emplace_back("sweep.workers=[4]");
    return predict(load_scenario(write("tiny.json", tiny_scenario()), overrides), {}).points.at(0);
  }
};

// Seconds for which the busiest link is busy in a step.
double busy(const PredictedPoint& p) { return p.busiest_link_utilization * p.step_time.p50; }

TEST_F(ReductionStrategies, CompressionSavesTheLinks) {
  for (const std::string fidelity : {"fidelity=flow", "fidelity=analytic"}) {
    const double plain = busy(at_four({fidelity}));
    const auto with = [&](const std::string& word) {
      return busy(at_four({fidelity, "training.allreduce.compression=" + word})) / plain;
    };
    EXPECT_NEAR(with("fp16"), 0.5, 1e-6);
    EXPECT_NEAR(with("bf16"), 0.5, 1e-6);
    // A ring all-reduce of 4 n B sends 2 (P-1)/P 4 n = 6 n, the gather of P messages of m sends
    // (P-1) m: m = 0.08 n makes 0.04, m = n/8 makes 0.0625, and some bytes per tensor.
    EXPECT_NEAR(with("topk"), 0.04, 1e-4);
    EXPECT_NEAR(with("onebit"), 0.0625, 1e-4);
  }
}

TEST_F(ReductionStrategies, WeightsTravelEveryFourthStep) {
  for (const std::string fidelity : {"fidelity=flow", "fidelity=analytic"}) {
    const auto exposed = [&](const std::string& steps) {
      return at_four({fidelity, "training.strategy=local_sgd", "training.local_steps=" + steps})
          .breakdown[StepPhase::exposed_communication]
          .value();
    };
    EXPECT_NEAR(exposed("4") / exposed("1"), 0.25, 0.01);
  }
}

TEST_F(ReductionStrategies, ALagIsNoSlowerAndTakesMemory) {
  const PredictedPoint plain = at_four({});
  const PredictedPoint lagged =
      at_four({"training.strategy=lagged", "training.lag={\"steps\": 2}"});
  EXPECT_LT(lagged.breakdown[StepPhase::exposed_communication].value(),
            plain.breakdown[StepPhase::exposed_communication].value());
  // Those of the model, and of three steps under way.
  EXPECT_NEAR(lagged.memory[MemoryPart::gradients] / plain.memory[MemoryPart::gradients], 4, 1e-9);
  const PredictedPoint none = at_four({"training.strategy=lagged", "training.lag={\"steps\": 0}"});
  EXPECT_EQ(none.step_time.p50, plain.step_time.p50);
}

TEST_F(ReductionStrategies, PriorityOverlapsWithTheForwardPass) {
  for (const std::string fidelity : {"fidelity=flow", "fidelity=analytic"}) {
    const PredictedPoint plain = at_four({fidelity});
    const PredictedPoint first = at_four({fidelity, "training.allreduce.batching=priority"});
    EXPECT_LT(first.step_time.p50, plain.step_time.p50);
    EXPECT_NEAR(busy(first) / busy(plain), 1, 1e-3);  // the same bytes
  }
}

TEST_F(ReductionStrategies, HelpersSlowDevicesDown) {
  const std::string cpu = "cluster.node.device=xeon-platinum-8480";
  const std::string cores = "cluster.node.cores=32";
  const auto compute = [&](const std::string& helpers) {
    return at_four({cpu, cores, "data.preparation=1 us", "cluster.node.helpers=" + helpers})
        .breakdown[StepPhase::compute]
        .value();
  };
  EXPECT_NEAR(compute("4") / compute("0"), 32.0 / 28, 0.01);
}

TEST_F(ReductionStrategies, StepsOfARunAreWholePeriods) {
  const auto steps = [&](const std::vector<std::string>& overrides) {
    const Scenario s = load_scenario(write("tiny.json", tiny_scenario()), overrides);
    return simulated_steps(JobPoint(s, 4));
  };
  EXPECT_EQ(steps({}).per_run, 6);
  EXPECT_EQ(steps({"training.strategy=local_sgd", "training.local_steps=4"}).per_run, 8);
  EXPECT_EQ(steps({"training.strategy=local_sgd", "training.local_steps=1000"}).per_run, 64);
  EXPECT_EQ(steps({"training.strategy=lagged", "training.lag={\"steps\": 3}"}).warm_up, 4);
  // A run of four steps, all of them synchronous.
  EXPECT_EQ(steps({"training.strategy=lagged", "training.steps=4",
                   "training.lag={\"steps\": 3, \"sync_first\": 2, \"sync_last\": 2}"})
                .lag,
            0);
}

}  // namespace
}  // namespace rehearse
