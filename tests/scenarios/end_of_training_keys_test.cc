// faults, convergence, and the keys that end a real run early.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "base/error.h"
#include "scenarios/check.h"
#include "scenarios/convergence_reader.h"
#include "tests/scenarios/base_scenario.h"

namespace rehearse {
namespace {

bool says(const std::string& message, const std::string& part) {
  return message.find(part) != std::string::npos;
}

TEST(FaultKeys, AreTimes) {
  EXPECT_FALSE(base_with().faults);
  const Scenario own = base_with({R"(faults={"node_mtbf": "150 d", "job_mtbf": "10 d",
      "restart": "5 min", "queue": "1 h", "checkpoint_interval": "30 min",
      "checkpoint_cost": "20 s"})"});
  ASSERT_TRUE(own.faults);
  EXPECT_EQ(own.faults->node_mtbf, Duration(150 * 86400.0));
  EXPECT_EQ(own.faults->worker_mtbf, std::nullopt);
  EXPECT_EQ(own.faults->job_mtbf, Duration(864000.0));
  EXPECT_EQ(own.faults->restart, Duration(300));
  EXPECT_EQ(own.faults->queue, Duration(3600));
  EXPECT_EQ(own.faults->checkpoint_interval, Duration(1800));
  EXPECT_EQ(own.faults->checkpoint_cost, Duration(20));
}

TEST(FaultKeys, MustBeEnough) {
  // On GPUs what is left out is as published; of CPUs nothing is.
  EXPECT_EQ(base_with({R"(faults={"node_mtbf": "1 d"})"}).faults->checkpoint_cost, Duration(40));
  const std::string cpu = "cluster.node.device=epyc-7742-2s";
  EXPECT_TRUE(says(complaint({cpu, R"(faults={"restart": "1 min"})"}), "give 'node_mtbf'"));
  EXPECT_TRUE(says(complaint({cpu, R"(faults={"node_mtbf": "1 d"})"}), "give 'checkpoint_cost'"));
  EXPECT_TRUE(says(complaint({R"(faults={"node_mtbf": "1 d", "worker_mtbf": "1 d",
                                          "checkpoint_cost": "1 s"})"}),
                   "a failure would count twice"));
  EXPECT_TRUE(says(complaint({R"(faults={"node_mtbf": "0 d", "checkpoint_cost": "1 s"})"}),
                   "/faults/node_mtbf"));
  EXPECT_TRUE(says(complaint({"faults.node_mtbfs=1 d"}), "node_mtbf"));
  EXPECT_TRUE(says(complaint({R"(faults="150 d")"}), R"(write {"node_mtbf": "150 d"})"));
}

constexpr const char* kObject = R"({"target": {"loss": 2.1}, "samples_at_small_batch": 1.5e6,
    "critical_batch": 2048.5, "staleness_penalty": 0.02, "source": "a paper"})";

TEST(ConvergenceKeys, AnObject) {
  const Scenario own = base_with({std::string("convergence=") + kObject});
  ASSERT_TRUE(own.convergence);
  EXPECT_EQ(own.convergence->target.metric, Metric::loss);
  EXPECT_EQ(to_text(own.convergence->target), "loss 2.1");
  EXPECT_EQ(own.convergence->samples_at_small_batch, 1.5e6);
  EXPECT_EQ(own.convergence->critical_batch, 2048.5);
  EXPECT_EQ(own.convergence->staleness_penalty, 0.02);
  EXPECT_EQ(own.convergence->source, "a paper");

  const std::string both = R"(convergence.target={"loss": 2, "test_accuracy": 0.5})";
  EXPECT_TRUE(says(complaint({std::string("convergence=") + kObject, both}), "two targets"));
  const std::string never = R"(convergence.target={"test_accuracy": 1.5})";
  EXPECT_TRUE(says(complaint({std::string("convergence=") + kObject, never}), "out of range"));
  EXPECT_TRUE(says(complaint({std::string("convergence=") + kObject, "convergence.target={}"}),
                   "the target is empty"));
  EXPECT_TRUE(
      says(complaint({std::string("convergence=") + kObject, "convergence.critical_batch=0"}),
           "/convergence/critical_batch"));
}

TEST(ConvergenceKeys, AFile) {
  const std::string path = testing::TempDir() + "rehearse_convergence.json";
  std::ofstream(path) << R"({"format": "rehearse-convergence-1", "convergence": )" << kObject
                      << R"(, "curves": [{"file": "a.json", "update_samples": 64, "staleness": 0,
                             "samples_to_target": 1e6, "fitted": 1.1e6, "residual": 0.1}]})";
  const Scenario own = base_with({"convergence=" + path});
  ASSERT_TRUE(own.convergence);
  EXPECT_EQ(own.convergence->critical_batch, 2048.5);
  EXPECT_EQ(check_file(path), "convergence");
  std::ofstream(path) << R"({"format": "rehearse-run-1"})";
  EXPECT_TRUE(says(complaint({"convergence=" + path}), "a 'rehearse-convergence-1' is expected"));
  std::remove(path.c_str());
  EXPECT_TRUE(says(complaint({"convergence=" + path}), path));
}

TEST(ConvergenceKeys, TargetsOfTheCommandLine) {
  EXPECT_EQ(to_text(parse_metric_target("test_accuracy=0.9", "--target")), "test_accuracy 0.9");
  EXPECT_EQ(to_text(parse_metric_target("loss=0.3", "--target")), "loss 0.3");
  for (const char* bad :
       {"", "loss", "loss=", "loss=x", "loss=0", "loss=1x", "test_accuracy=2", "accuracy=0.9"}) {
    EXPECT_THROW((void)parse_metric_target(bad, "--target"), Error) << bad;
  }
}

TEST(StoppingKeys, Defaults) {
  const StoppingOptions none = base_with().stopping;
  EXPECT_FALSE(none.evaluates());
  const StoppingOptions own =
      base_with({"training.early_stopping={}", "training.optimizer.plateau={}"}).stopping;
  EXPECT_TRUE(own.evaluates());
  EXPECT_EQ(own.early_stopping->metric, Metric::loss);  // there is no test set
  EXPECT_EQ(own.early_stopping->patience, 5);
  EXPECT_EQ(own.plateau->factor, 0.1);
  EXPECT_FALSE(own.needs_test_set());
  const StoppingOptions tested =
      base_with({"training.early_stopping={}", "data.test_samples=100"}).stopping;
  EXPECT_EQ(tested.early_stopping->metric, Metric::test_loss);
  EXPECT_TRUE(tested.needs_test_set());
}

TEST(StoppingKeys, AllOfThem) {
  const StoppingOptions own =
      base_with({"training.evaluate_every=20",
                 R"(training.early_stopping={"metric": "test_accuracy", "patience": 3,
                                             "min_delta": 0.01})",
                 R"(training.stop_at={"test_accuracy": 0.9})",
                 R"(training.optimizer.plateau={"metric": "loss", "factor": 0.5, "patience": 2,
                                                "min_delta": 0.1, "min_lr": 1e-4})"})
          .stopping;
  EXPECT_EQ(own.evaluate_every, 20);
  EXPECT_EQ(own.early_stopping->metric, Metric::test_accuracy);
  EXPECT_EQ(own.early_stopping->min_delta, 0.01);
  EXPECT_EQ(to_text(*own.stop_at), "test_accuracy 0.9");
  EXPECT_EQ(own.plateau->factor, 0.5);
  EXPECT_EQ(own.plateau->watch.patience, 2);
  EXPECT_EQ(own.plateau->min_lr, 1e-4);

  EXPECT_TRUE(says(complaint({"training.early_stopping=loss"}), R"(write {"metric": "loss"})"));
  EXPECT_TRUE(says(complaint({"training.early_stopping.patience=0"}), "/patience"));
  EXPECT_TRUE(says(complaint({"training.optimizer.plateau.factor=1"}), "below 1"));
  EXPECT_TRUE(
      says(complaint({R"(training.early_stopping={"metric": "accuracy"})"}), "test_accuracy"));
}

}  // namespace
}  // namespace rehearse
