// What is refused before it is simulated, what is warned of, and what large errors make of
// intervals.
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "predict/predict.h"
#include "predict/simulation_size.h"
#include "predict/training_strategy.h"
#include "tests/predict/sane.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

Scenario tiny(const std::vector<std::string>& assignments = {}) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "s.json");
  for (const std::string& assignment : assignments) document.set(assignment);
  return read_scenario(document);
}

std::string refusal(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    return error.what();
  }
  return "";
}

constexpr const char* kCalibration = R"(cluster.node.calibration={"samples_per_s": 20000,
    "batch": 32, "source": "a paper"})";
constexpr const char* kEqualDevices = R"(noise={"compute_cv": 0, "device_cv": 0})";

class Errors : public TinyFiles {
 protected:
  Scenario with_stack(const std::string& keys) const {
    write("stack.json",
          R"({"name": "own", "stream_bandwidth": "1 GB/s", "step_latency": "30 us")" + keys + "}");
    return load_scenario(write("tiny.json", tiny_scenario()),
                         {"cluster.network.stack=./stack.json"});
  }
};

TEST_F(Errors, MakeOrderedFiniteIntervalsUpToTheLimit) {
  for (const char* fidelity : {"flow", "analytic"}) {
    double narrower = 1;
    for (const double error : {0.0, 0.1, 1.0, 2.0}) {
      const std::string number = std::to_string(error);
      Scenario s = with_stack(R"(, "stream_rate_spread": 0.1, "stream_bandwidth_rel_error": )" +
                              number + R"(, "step_latency_rel_error": )" + number +
                              R"(, "stream_rate_spread_rel_error": )" + number);
      s.fidelity = std::string(fidelity) == "flow" ? Fidelity::flow : Fidelity::analytic;
      const Prediction p = predict(s, {});
      EXPECT_EQ(fault_of(p), "") << fidelity << ' ' << error;
      const Quantiles& step = p.points.back().step_time;
      EXPECT_GT(step.p90 / step.p10, narrower) << fidelity << ' ' << error;
      narrower = step.p90 / step.p10;
    }
  }
}

TEST_F(Errors, BeyondTheLimitAreRefusedWithTheReason) {
  for (const char* key :
       {"stream_bandwidth_rel_error", "step_latency_rel_error", "stream_rate_spread_rel_error"}) {
    const std::string line = refusal([&] { with_stack(", \"" + std::string(key) + "\": 6.4"); });
    EXPECT_NE(line.find("says nothing of the value"), std::string::npos) << line;
    EXPECT_NE(line.find(key), std::string::npos) << line;
  }
}

// 0.6 exp(1.645 · 1) = 3.1: more than a factor of 20 between nodes.
TEST_F(Errors, OfASpreadCountWithIt) {
  EXPECT_NO_THROW(with_stack(R"(, "stream_rate_spread": 0.5, "stream_rate_spread_rel_error": 1)"));
  EXPECT_NE(refusal([&] {
              with_stack(R"(, "stream_rate_spread": 0.6, "stream_rate_spread_rel_error": 1)");
            }),
            "");
}

TEST(Interval, OfWhatIsCertainIsAPoint) {
  for (const char* cycle : {"1.3 ms", "7.7 ms"}) {
    const Prediction p = predict(tiny({kCalibration, kEqualDevices, "sweep.workers=[4]",
                                       "training.allreduce.batching=horovod",
                                       std::string("training.allreduce.cycle=") + cycle}),
                                 {});
    EXPECT_EQ(fault_of(p, true), "") << cycle;
  }
}

TEST(Superlinear, IsWarnedOf) {
  Prediction p = predict(tiny({"sweep.scaling=strong", "training.batch={\"global\": 4096}"}), {});
  EXPECT_EQ(fault_of(p), "");
  p.points.back().efficiency = 1.06;
  EXPECT_NE(fault_of(p), "");
}

// One all-reduce of all gradients per step: the ring sends 2 (P - 1) messages per rank, in two
// phases.
TEST(SimulationSize, CountsTheMessagesOfARing) {
  const Scenario s = tiny();
  const auto strategy = make_strategy(JobPoint(s, 8), 10, nullptr);
  const SimulationSize messages = simulation_size(*strategy, 10, Fidelity::message);
  const SimulationSize flows = simulation_size(*strategy, 10, Fidelity::flow);
  const double batches = messages.messages / (14 * 8 * 10);
  EXPECT_EQ(batches, std::floor(batches));
  EXPECT_GE(batches, 1);
  EXPECT_LE(flows.messages, 2 * 8 * 10 * batches);
  EXPECT_EQ(messages.actors, 8.0 * (1 + strategy->background_tasks(0)));
  EXPECT_EQ(simulation_size(*strategy, 10, Fidelity::analytic).messages, 0);
}

TEST(SimulationSize, OfTooManyMessagesIsRefused) {
  const Scenario s = tiny({"cluster.nodes=10000", "sweep.workers=[10000]", "fidelity=message"});
  const std::string line = refusal([&] { predict(s, {}); });
  EXPECT_NE(line.find("use fidelity flow or analytic"), std::string::npos) << line;
  EXPECT_EQ(refusal([&] { expect_predictable(s); }), line);
}

TEST(Predictable, IsWhatPredictTakes) {
  for (const std::vector<std::string>& assignments : std::vector<std::vector<std::string>>{
           {"sweep.workers=[16]"},
           {"training.allreduce.algorithm=nvls"},
           {"training.allreduce.algorithm=in_network"},
           {"cluster.network.topology=fat_tree", "cluster.network.ports=4"}}) {
    std::optional<Scenario> s;
    try {
      s = tiny(assignments);
    } catch (const Error&) {
      continue;  // reading refuses it
    }
    EXPECT_EQ(refusal([&] { expect_predictable(*s); }), refusal([&] { predict(*s, {}); }))
        << assignments.front();
  }
  EXPECT_EQ(refusal([&] { expect_predictable(tiny()); }), "");
}

}  // namespace
}  // namespace rehearse
