#include "scenarios/scenario.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/scenarios/base_scenario.h"

namespace rehearse {
namespace {

using Workers = std::vector<std::int64_t>;

TEST(Scenario, DefaultsAreTheDocumentedOnes) {
  const Scenario s = base_with();
  EXPECT_EQ(s.name, "base");
  EXPECT_EQ(s.file, "s.json");
  EXPECT_EQ(s.model->parameter_count(), 4 * 8 + 8 + 8 * 2 + 2);
  EXPECT_EQ(s.precision, Precision::fp32);
  EXPECT_EQ(s.stack.name, "ideal");
  EXPECT_EQ(s.placement.kind, Placement::Kind::contiguous);
  EXPECT_EQ(s.optimizer.rule.name, "sgd");
  EXPECT_EQ(s.optimizer.slots, 0);
  EXPECT_EQ(s.all_reduce.algorithm, Algorithm::automatic);  // the stack names no library
  EXPECT_EQ(s.framework, Framework::pytorch);               // on a GPU
  EXPECT_EQ(s.all_reduce.fusion, Bytes(25.0 * 1024 * 1024));
  EXPECT_EQ(s.all_reduce.cycle, Duration(5e-3));
  EXPECT_TRUE(s.all_reduce.overlap);
  EXPECT_EQ(s.noise.compute_cv, s.device.compute_cv);
  EXPECT_EQ(s.scaling, Scaling::weak);
  EXPECT_EQ(s.fidelity, Fidelity::flow);
  EXPECT_EQ(s.seed, 1U);
  EXPECT_EQ(s.devices(), 32);
  EXPECT_FALSE(s.calibration);
}

TEST(Scenario, OptimizersKeepTheirSlots) {
  EXPECT_EQ(base_with({R"(training.optimizer={"name": "sgd", "momentum": 0.9})"}).optimizer.slots,
            1);
  EXPECT_EQ(base_with({R"(training.optimizer={"name": "adam"})"}).optimizer.slots, 2);
}

// So that one key can be varied alone: the others that depend on it are remarked on, not refused.
TEST(Scenario, RemarksOnWhatHasNoEffect) {
  const Scenario adam = base_with({R"(training.optimizer={"name": "adam", "momentum": 0.9})"});
  EXPECT_EQ(adam.remarks, (std::vector<std::string>{"training.optimizer.momentum is not used: adam "
                                                    "keeps two moments of its own"}));
  EXPECT_EQ(adam.optimizer.rule.momentum, 0);
  const Scenario lamb = base_with({R"(training.optimizer={"name": "lamb", "momentum": 0.9})"});
  EXPECT_EQ(lamb.remarks, (std::vector<std::string>{"training.optimizer.momentum is not used: lamb "
                                                    "keeps two moments of its own"}));
  EXPECT_EQ(lamb.optimizer.rule.momentum, 0);
  const Scenario buckets =
      base_with({"training.allreduce.batching=buckets", "training.allreduce.cycle=5 ms"});
  EXPECT_EQ(buckets.remarks, (std::vector<std::string>{"training.allreduce.cycle is not used: a "
                                                       "bucket leaves as soon as it is full"}));
  EXPECT_EQ(buckets.all_reduce.fusion, Bytes(25.0 * 1024 * 1024));
  const Scenario horovod =
      base_with({"training.allreduce.batching=horovod", "training.allreduce.in_flight=2"});
  EXPECT_EQ(horovod.remarks,
            (std::vector<std::string>{"training.allreduce.in_flight is not used: Horovod's thread "
                                      "performs one batch after the other"}));
  EXPECT_EQ(horovod.all_reduce.in_flight, 1);
  const Scenario lanes =
      base_with({"training.allreduce.batching=buckets", "training.allreduce.in_flight=4"});
  EXPECT_TRUE(lanes.remarks.empty());
  EXPECT_EQ(lanes.all_reduce.in_flight, 4);
}

TEST(Scenario, WeakScalingKeepsTheBatchPerWorker) {
  const Scenario s = base_with();
  EXPECT_EQ(s.worker_batch(8), 32);
  EXPECT_EQ(s.global_batch_at(8), 256);
}

TEST(Scenario, StrongScalingSharesTheGlobalBatch) {
  const Scenario s = base_with({R"(training.batch={"global": 100})"});
  EXPECT_EQ(s.scaling, Scaling::strong);
  EXPECT_EQ(s.batch_per_worker, 0);
  EXPECT_EQ(s.worker_batch(1), 100);
  EXPECT_EQ(s.worker_batch(8), 13);  // 100 / 8 = 12.5: the slowest worker has 13
  EXPECT_EQ(s.global_batch_at(8), 100);
}

// The batch is that of the smallest point; the scaling says what of it the others keep.
TEST(Scenario, ScalingDecidesWhatIsKept) {
  const Scenario strong = base_with({"sweep.scaling=strong", "sweep.workers=[4,8]"});
  EXPECT_EQ(strong.global_batch, 32 * 4);
  const Scenario weak =
      base_with({R"(training.batch={"global": 64})", "sweep.scaling=weak", "sweep.workers=[4,8]"});
  EXPECT_EQ(weak.batch_per_worker, 64 / 4);
  EXPECT_EQ(weak.global_batch_at(8), 128);
}

TEST(Scenario, DefaultSweepIsPowersOfTwo) {
  EXPECT_EQ(base_with({"sweep={}"}).workers, (Workers{1, 2, 4, 8, 16, 32}));
  EXPECT_EQ(
      base_with({"sweep={}", "training.allreduce.algorithm=hierarchical", "cluster.node.devices=3"})
          .workers,
      (Workers{3, 6, 12, 24}));
  EXPECT_EQ(base_with({"sweep={}", "cluster.nodes=100000"}).workers.back(), 1024);
  EXPECT_EQ(base_with({"sweep={}", "cluster.placement=[5,1]"}).workers, (Workers{1, 2, 4, 8}));
  EXPECT_EQ(base_with({"sweep.workers=16"}).workers, (Workers{16}));
}

TEST(Scenario, NeutralValuesOfLaterKeysAreAccepted) {
  EXPECT_EQ(complaint({"training.strategy=sync", "training.backup_workers=0", "training.masters=1",
                       "training.sync_every=1", "training.groups=1", "training.local_steps=1",
                       R"(training.parallelism={"data": "auto", "tensor": 1, "pipeline": 1,
                         "sequence": false, "zero": 0, "schedule": "1f1b", "microbatch": 1,
                         "virtual_stages": 1, "recompute": "none"})",
                       R"(background={"pattern": "uniform", "share": 0})"}),
            "accepted");
}

constexpr const char* kCalibration =
    R"(cluster.node.calibration={"samples_per_s": 100, "batch": 16, "relative_error": 0.02,
       "source": "a paper", "model": "layers", "precision": "fp32"})";

// The entry whose quantity begins so.
Provenance about(const Scenario& s, const std::string& beginning) {
  for (const Provenance& p : s.provenance) {
    if (p.quantity.starts_with(beginning)) return p;
  }
  return {};
}

TEST(Calibration, IsReadAndNamed) {
  const Scenario s = base_with({kCalibration});
  ASSERT_TRUE(s.calibration);
  EXPECT_EQ(s.calibration->samples_per_s, 100);
  EXPECT_EQ(s.calibration->batch, 16);
  EXPECT_EQ(s.calibration->relative_error, 0.02);
  EXPECT_EQ(about(s, "device time").source, "a paper");
  EXPECT_EQ(about(s, "device time").kind, Provenance::Kind::published);
  EXPECT_TRUE(s.remarks.empty());
}

TEST(Calibration, OfAnotherModelIsSetAside) {
  const Scenario s = base_with({kCalibration, "model={\"zoo\": \"mlp\"}", "data.classes=10"});
  EXPECT_FALSE(s.calibration);
  ASSERT_EQ(s.remarks.size(), 1U);
  EXPECT_EQ(s.remarks[0], "the calibration is not used: it is of layers, the model is mlp");
  EXPECT_EQ(about(s, "device time").kind, Provenance::Kind::derived);
  EXPECT_TRUE(base_with({kCalibration, "precision=fp16"}).remarks.size() == 1);
}

TEST(Calibration, NullMeansNone) {
  EXPECT_FALSE(base_with({kCalibration, "cluster.node.calibration=null"}).calibration);
}

}  // namespace
}  // namespace rehearse
