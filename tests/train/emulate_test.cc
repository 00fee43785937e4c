// Emulations: real arithmetic on the predicted clock, the same bits for the same seed.
#include "train/emulation/emulate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "predict/forked_map.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

using Assignments = std::vector<std::string>;

// A dense network of two layers without batch normalisation, 12 steps of 8 samples.
Scenario small(const Assignments& assignments) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "tiny.json");
  document.set(R"(model={"input": {"channels": 16}, "layers": [
      {"kind": "dense", "features": 24}, {"kind": "relu"}, {"kind": "dense", "features": 4}]})");
  document.set(R"(data={"samples": 256, "classes": 4, "test_samples": 64})");
  document.set("training.batch.per_worker=8");
  document.set(R"(training.optimizer={"name": "sgd", "lr": 0.1})");
  document.set("training.steps=12");
  document.set("cluster.nodes=16");
  document.set("sweep.workers=[4]");
  document.set("emulation.every=4");
  for (const std::string& assignment : assignments) document.set(assignment);
  return read_scenario(document);
}

std::string emulated_text(const Scenario& scenario, int threads = 1) {
  return forked_map(
             1, 1,
             [&](std::size_t) {
               return to_json(emulate(scenario, scenario.workers.back(), {.threads = threads}));
             },
             {})
      .front();
}

Emulation emulated(const Assignments& assignments) {
  return emulation_from_json(emulated_text(small(assignments)));
}

const Assignments kStrategies{"sync",  "async_ps", "sync_backup_ps", "downpour",
                              "easgd", "gem",      "hybrid"};

TEST(Emulate, EqualSeedsAreEqualBitsWithAnyThreads) {
  for (const std::string& strategy : kStrategies) {
    const Scenario one = small({"training.strategy=" + strategy});
    const std::string text = emulated_text(one);
    EXPECT_EQ(emulated_text(one), text) << strategy;
    EXPECT_EQ(emulated_text(one, 2), text) << strategy;
    EXPECT_NE(emulated_text(small({"training.strategy=" + strategy, "seed=2"})), text) << strategy;
    EXPECT_EQ(to_json(emulation_from_json(text)), text) << strategy;
  }
}

// 12 steps of 4 workers, a point every 4.
TEST(Emulate, EveryStrategyLearns) {
  for (const std::string& strategy : kStrategies) {
    const Emulation e = emulated({"training.strategy=" + strategy});
    EXPECT_EQ(e.strategy, strategy);
    ASSERT_EQ(e.curve.size(), 12U) << strategy;
    EXPECT_EQ(e.curve.back().samples, 12 * 4 * 8);
    for (std::size_t i = 1; i < e.curve.size(); ++i) {
      EXPECT_GE(e.curve[i].seconds, e.curve[i - 1].seconds) << strategy;
    }
    ASSERT_TRUE(e.curve.back().test_accuracy) << strategy;
    EXPECT_LT(e.curve.back().loss, e.curve.front().loss) << strategy;
    EXPECT_FALSE(e.diverged);
    EXPECT_EQ(e.servers.size(), strategy == "sync" ? 0U : 1U) << strategy;
    for (const ServerLoad& server : e.servers) {
      EXPECT_GT(server.busy_share, 0) << strategy;
      EXPECT_LT(server.busy_share, 1) << strategy;
    }
  }
}

// The mean gradient of four batches of 8 is that of one batch of 32, and both see the same samples
// in a step: losses differ by rounding only. Whatever sums the gradients, and while the backward
// pass goes on or after it.
TEST(Emulate, SynchronousWorkersFollowOneOfAllTheirSamples) {
  const Emulation one =
      emulated({"sweep.workers=[1]", "training.batch.per_worker=32", "emulation.every=1"});
  for (const Assignments& keys : std::vector<Assignments>{
           {"training.strategy=sync"},
           {"training.allreduce.algorithm=recursive_doubling", "fidelity=message"},
           {"training.allreduce.algorithm=auto", "training.allreduce.overlap=false"},
           {"training.allreduce.batching=horovod", "training.allreduce.cycle=10 us"},
           {"training.allreduce.batching=buckets", "training.allreduce.fusion=0 B",
            "training.allreduce.in_flight=3"},
           {"training.strategy=sync_backup_ps", "training.servers.count=2"},
           {"training.strategy=hybrid", "training.servers.count=2"},
           {"training.strategy=downpour", "training.processes=4", "emulation.every=4"}}) {
    const Emulation four = emulated(keys);
    ASSERT_EQ(four.curve.size(), one.curve.size()) << keys.front();
    for (std::size_t i = 0; i < one.curve.size(); ++i) {
      EXPECT_NEAR(four.curve[i].loss, one.curve[i].loss, 1e-4) << keys.front() << ' ' << i;
    }
    // At the end; on the way a step of a worker ends before servers have applied its gradient.
    EXPECT_NEAR(*four.curve.back().test_accuracy, *one.curve.back().test_accuracy, 1.0 / 64)
        << keys.front();
  }
}

// With one worker nothing is ever old: all strategies that apply its gradients are plain SGD.
TEST(Emulate, OneWorkerIsPlainSgdWithAnyServers) {
  const Emulation plain = emulated({"sweep.workers=[1]"});
  for (const char* strategy : {"async_ps", "sync_backup_ps", "hybrid"}) {
    const Emulation served =
        emulated({"sweep.workers=[1]", std::string("training.strategy=") + strategy,
                  "training.servers.count=2"});
    ASSERT_EQ(served.curve.size(), plain.curve.size());
    for (std::size_t i = 0; i < plain.curve.size(); ++i) {
      EXPECT_EQ(served.curve[i].loss, plain.curve[i].loss) << strategy << ' ' << i;
    }
    EXPECT_EQ(served.curve.back().test_accuracy, plain.curve.back().test_accuracy) << strategy;
  }
}

TEST(Emulate, LossesThatAreNoNumbersEndTheRun) {
  for (const std::string& strategy : kStrategies) {
    const Assignments keys{"training.strategy=" + strategy, "training.optimizer.lr=1e6",
                           "training.steps=40"};
    const Emulation e = emulated(keys);
    EXPECT_TRUE(e.diverged) << strategy;
    ASSERT_FALSE(e.curve.empty()) << strategy;
    EXPECT_LT(e.curve.back().samples, 40 * 4 * 8) << strategy;
    // Groups and rings end as a whole, others around them at other times.
    for (const char* more : {"training.groups=2", "training.processes=2"}) {
      Assignments grouped = keys;
      grouped.emplace_back(more);
      grouped.emplace_back(R"(noise={"compute_cv": 0.3, "device_cv": 0.3})");
      EXPECT_TRUE(emulated(grouped).diverged) << strategy << ' ' << more;
    }
    Assignments on = keys;
    on.emplace_back("training.on_divergence=continue");
    const Emulation through = emulated(on);
    EXPECT_TRUE(through.diverged) << strategy;
    EXPECT_EQ(through.curve.back().samples, 40 * 4 * 8) << strategy;
  }
}

TEST(Emulate, SaysWhatItPassesOver) {
  const Emulation e = emulated({"training.early_stopping.patience=1", "training.groups=2"});
  ASSERT_EQ(e.warnings.size(), 2U);
  EXPECT_NE(e.warnings[0].what.find("training.groups"), std::string::npos);
  EXPECT_NE(e.warnings[1].what.find("training.early_stopping"), std::string::npos);
}

// Each worker knows one of the four classes: what it learns, others forget.
TEST(Emulate, WorkersMayKnowFewClasses) {
  const Emulation iid = emulated({});
  const Emulation by_class = emulated({"data.split=by_class"});
  EXPECT_NE(by_class.curve.front().loss, iid.curve.front().loss);
  EXPECT_EQ(by_class.curve.size(), iid.curve.size());
}

// What travels, and how long steps last, is the clock's where another network is computed.
TEST(Emulate, AnotherNetworkMayBeComputed) {
  const std::string other = R"(emulation={"every": 4, "model": {"input": {"channels": 16},
      "layers": [{"kind": "dense", "features": 8}, {"kind": "relu"},
                 {"kind": "dense", "features": 4}]}})";
  const auto moved = [](const Assignments& keys) {
    const Scenario scenario = small(keys);
    const std::string text = forked_map(1, 1,
                                        [&](std::size_t) {
                                          const Emulation e = emulate(scenario, 4, {});
                                          return std::to_string(e.servers.at(0).sent.value()) +
                                                 " " + e.clock_model + " " + e.arithmetic_model +
                                                 " " + std::to_string(e.curve.back().seconds);
                                        },
                                        {})
                                 .front();
    return text;
  };
  const auto bytes = [](const std::string& text) { return std::stod(text); };
  const auto seconds = [](const std::string& text) {
    return std::stod(text.substr(text.find_last_of(' ') + 1));
  };
  const std::string own = moved({"training.strategy=async_ps"});
  const std::string another = moved({"training.strategy=async_ps", other});
  // 16 · 24 + 24 + 24 · 4 + 4 = 508 parameters, 12 steps of 4 workers.
  EXPECT_EQ(bytes(own), 12 * 4 * 508 * 4);
  EXPECT_NEAR(bytes(another), 12 * 4 * 508 * 4, 1e-6);
  // Its tensors are others, and so are the latencies of their messages.
  EXPECT_NEAR(seconds(another), seconds(own), 0.05 * seconds(own));
}

}  // namespace
}  // namespace rehearse
