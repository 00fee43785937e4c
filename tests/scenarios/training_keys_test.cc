// The keys that only matter to a real run: optimizer, data, length.
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/scenarios/base_scenario.h"

namespace rehearse {
namespace {

Scenario with_optimizer(const std::string& keys) {
  return base_with({"training.optimizer={" + keys + "}"});
}

std::string optimizer_complaint(const std::string& keys) {
  return complaint({"training.optimizer={" + keys + "}"});
}

TEST(OptimizerKeys, AllAreRead) {
  const OptimizerChoice o =
      with_optimizer(R"("name": "lars", "lr": 2, "momentum": 0.9, "weight_decay": 0.0005,
          "trust": 0.01, "lr_scaling": "linear", "warmup_epochs": 5, "decay_epochs": [30, 60.5],
          "decay": 0.5)")
          .optimizer;
  EXPECT_EQ(o.rule.name, "lars");
  EXPECT_EQ(o.rule.momentum, 0.9);
  EXPECT_EQ(o.rule.weight_decay, 0.0005);
  EXPECT_EQ(o.rule.trust, 0.01);
  EXPECT_EQ(o.slots, 1);
  EXPECT_EQ(o.rate.lr, 2);
  EXPECT_EQ(o.rate.scaling, LearningRateOptions::Scaling::linear);
  EXPECT_EQ(o.rate.warmup_epochs, 5);
  EXPECT_EQ(o.rate.decay_epochs, (std::vector<double>{30, 60.5}));
  EXPECT_EQ(o.rate.decay, 0.5);
}

TEST(OptimizerKeys, Defaults) {
  const OptimizerChoice sgd = with_optimizer(R"("name": "sgd")").optimizer;
  EXPECT_EQ(sgd.rate.lr, 0.1);
  EXPECT_EQ(sgd.rate.scaling, LearningRateOptions::Scaling::none);
  EXPECT_EQ(sgd.rate.decay, 0.1);
  EXPECT_EQ(sgd.rule.weight_decay, 0);
  for (const char* name : {"adam", "adamw", "lamb"}) {
    const OptimizerChoice choice =
        with_optimizer("\"name\": \"" + std::string(name) + "\"").optimizer;
    EXPECT_EQ(choice.rate.lr, 0.001) << name;
    EXPECT_EQ(choice.rule.weight_decay, 0) << name;
    EXPECT_EQ(choice.rule.epsilon, std::string(name) == "lamb" ? 1e-6 : 1e-8) << name;
    EXPECT_EQ(choice.slots, 2) << name;
  }
  EXPECT_EQ(with_optimizer(R"("name": "larc")").optimizer.rule.trust, 0.001);
  EXPECT_EQ(with_optimizer(R"("name": "nesterov", "momentum": 0.5)").optimizer.slots, 1);
}

TEST(OptimizerKeys, TrustOfOthersIsSetAside) {
  EXPECT_EQ(with_optimizer(R"("name": "sgd", "trust": 0.01)").remarks,
            (std::vector<std::string>{
                "training.optimizer.trust is not used: sgd does not scale by layer"}));
  EXPECT_EQ(with_optimizer(R"("name": "lamb", "trust": 0.01)").remarks,
            (std::vector<std::string>{
                "training.optimizer.trust is not used: lamb has a ratio without a coefficient"}));
}

TEST(OptimizerKeys, WhatNoRunWouldTakeIsRefused) {
  const std::string at = "s.json: /training/optimizer";
  const std::string known =
      " is not known (it can be sgd, nesterov, adam, adamw, lars, larc or lamb): did you mean ";
  EXPECT_EQ(optimizer_complaint(R"("name": "sdg")"), at + "/name: 'sdg'" + known + "'sgd'?");
  EXPECT_EQ(optimizer_complaint(R"("name": "AdamW")"), at + "/name: 'AdamW'" + known + "'adamw'?");
  EXPECT_EQ(optimizer_complaint(R"("name": "lambs")"), at + "/name: 'lambs'" + known + "'lamb'?");
  EXPECT_EQ(optimizer_complaint(R"("name": "sgd", "lr": 0)"),
            at + "/lr: 0 is out of range (it must be above 0 and at most 1000000)");
  EXPECT_EQ(optimizer_complaint(R"("name": "sgd", "lr": -1)"),
            at + "/lr: -1 is out of range (it must be above 0 and at most 1000000)");
  EXPECT_EQ(optimizer_complaint(R"("name": "sgd", "momentum": 1)"),
            at + "/momentum: 1 is out of range (it must be at least 0 and below 1)");
  EXPECT_EQ(optimizer_complaint(R"("name": "nesterov")"),
            at + ": momentum of the optimizer is 0: use a number above 0 with nesterov");
  EXPECT_EQ(optimizer_complaint(R"("name": "lars", "trust": 0)"),
            at + "/trust: 0 is out of range (it must be above 0 and at most 1000)");
  EXPECT_EQ(optimizer_complaint(R"("name": "sgd", "decay_epochs": [1], "decay": 0)"),
            at + "/decay: 0 is out of range (it must be above 0 and at most 1)");
  EXPECT_EQ(optimizer_complaint(R"("name": "sgd", "weight_decay": -1)"),
            at + "/weight_decay: -1 is out of range (it must be between 0 and 1000)");
  EXPECT_EQ(optimizer_complaint(R"("name": "sgd", "lr_scaling": "cubic")"),
            at + "/lr_scaling: 'cubic' is not known (it can be none, linear or sqrt)");
  EXPECT_EQ(optimizer_complaint(R"("name": "sgd", "warmup_epochs": -1)"),
            at + "/warmup_epochs: -1 is out of range (it must be between 0 and 1000000)");
  EXPECT_EQ(optimizer_complaint(R"("name": "sgd", "decay_epochs": [-1])"),
            at + "/decay_epochs/0: -1 is out of range (it must be between 0 and 1000000)");
}

TEST(SplitKeys, AllAreRead) {
  EXPECT_EQ(base_with().parallelism.dense, 1);
  const Scenario s =
      base_with({R"(training.parallelism={"dense": 2, "split": "all"})", "sweep.workers=[2,8]"});
  EXPECT_EQ(s.parallelism.dense, 2);
  EXPECT_EQ(s.parallelism.split, SplitRule::all);
  EXPECT_EQ(s.split_at(2).layers.size(), 2);
  EXPECT_TRUE(s.remarks.empty());
  EXPECT_EQ(base_with({"training.parallelism.split=all"}).remarks,
            (std::vector<std::string>{"training.parallelism.split is not used: dense is 1"}));
}

// Without a sweep the points begin with one group, and with whole nodes where those are needed.
TEST(SplitKeys, DefaultSweepsHaveWholeGroups) {
  using Workers = std::vector<std::int64_t>;
  EXPECT_EQ(base_with({"sweep={}", "training.parallelism.dense=2"}).workers,
            (Workers{2, 4, 8, 16, 32}));
  EXPECT_EQ(base_with({"sweep={}", "training.parallelism.dense=8",
                       "training.allreduce.algorithm=hierarchical"})
                .workers,
            (Workers{8, 16, 32}));
}

TEST(DataKeys, FilesStartAtTheScenario) {
  const Scenario s = base_with({"data.format=mnist", R"(data.train=["a/images", "a/labels"])",
                                R"(data.test=["/b/images", "./labels"])"});
  EXPECT_EQ(s.source.format, DataSource::Format::mnist);
  EXPECT_EQ(to_text(s.source.format), "mnist");
  EXPECT_EQ(s.source.train, (std::vector<std::string>{"a/images", "a/labels"}));
  EXPECT_EQ(s.source.test, (std::vector<std::string>{"/b/images", "labels"}));
  JsonDocument elsewhere = JsonDocument::parse_text(base_text(), "/data/jobs/s.json");
  elsewhere.set("data.format=cifar10");
  elsewhere.set(R"(data.train=["../batch_1.bin"])");
  EXPECT_EQ(read_scenario(elsewhere).source.train, (std::vector<std::string>{"/data/batch_1.bin"}));
}

TEST(DataKeys, SyntheticByDefault) {
  EXPECT_EQ(base_with().source.format, DataSource::Format::synthetic);
  EXPECT_EQ(base_with().source.test_samples, 0);
  EXPECT_EQ(base_with({"data.test_samples=100"}).source.test_samples, 100);
}

TEST(DataKeys, WhatDoesNotFitIsRefused) {
  EXPECT_EQ(complaint({"data.format=imagenet"}),
            "s.json: /data/format: 'imagenet' is not known (it can be synthetic, cifar10, mnist or "
            "text)");
  EXPECT_EQ(complaint({R"(data.train=["x"])"}),
            "s.json: /data/train: the synthetic set has no files: say which 'format' they have");
  EXPECT_EQ(complaint({R"(data.test=["x"])"}),
            "s.json: /data/test: the synthetic set has no files: say which 'format' they have");
  EXPECT_EQ(complaint({"data.format=cifar10"}),
            "s.json: /data/train: no training files are given: list them");
  EXPECT_EQ(complaint({"data.format=cifar10", R"(data.train=["x"])", "data.test_samples=5"}),
            "s.json: /data/test_samples: the test set is what its files hold: leave the key out");
  EXPECT_EQ(complaint({"data.format=mnist", R"(data.train=["x"])"}),
            "s.json: /data/train: MNIST needs two files, not 1: give the images, then the labels");
  EXPECT_EQ(complaint({"data.format=mnist", R"(data.train=["x", "y"])", R"(data.test=["z"])"}),
            "s.json: /data/test: MNIST needs two files, not 1: give the images, then the labels");
  EXPECT_EQ(complaint({"data.train=x"}),
            "s.json: /data/train: expected an array of strings (found string)");
}

TEST(RunGuards, HaveDefaultsAndAreRead) {
  const RunGuards usual = base_with().guards;
  EXPECT_EQ(usual.stall_warning, Duration(60));
  EXPECT_TRUE(usual.stop_on_divergence);
  const RunGuards other =
      base_with({"training.stall_warning=2 s", "training.on_divergence=continue"}).guards;
  EXPECT_EQ(other.stall_warning, Duration(2));
  EXPECT_FALSE(other.stop_on_divergence);
  EXPECT_EQ(complaint({"training.stall_warning=2000 h"}),
            "s.json: /training/stall_warning: nobody waits more than a day for a warning: write "
            "for example \"60 s\", or \"0 s\" for none");
}

TEST(RunLength, StepsOrEpochs) {
  const RunLength none = base_with().length;
  EXPECT_FALSE(none.steps || none.epochs);
  EXPECT_EQ(none.checkpoint_every, 0);
  const RunLength steps = base_with({"training.steps=7", "training.checkpoint_every=3"}).length;
  EXPECT_EQ(steps.steps, 7);
  EXPECT_EQ(steps.checkpoint_every, 3);
  EXPECT_EQ(base_with({"training.epochs=0.5"}).length.epochs, 0.5);
  EXPECT_EQ(complaint({"training.epochs=0"}),
            "s.json: /training/epochs: a run of no epochs trains nothing: give more");
  EXPECT_EQ(complaint({"training.epochs=1", "training.steps=1"}),
            "s.json: /training/epochs: both 'steps' and 'epochs' are given: give one");
  EXPECT_EQ(complaint({"training.steps=0"}),
            "s.json: /training/steps: 0 is out of range (it must be between 1 and 1000000000000)");
}

}  // namespace
}  // namespace rehearse
