// Keys of the strategies: what is read, refused, and set aside.
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/scenarios/base_scenario.h"

namespace rehearse {
namespace {

using Assignments = std::vector<std::string>;

Scenario of(Assignments assignments) {
  assignments.insert(assignments.begin(), "sweep.workers=[8]");
  return base_with(assignments);
}

std::string complaint_of(Assignments assignments) {
  assignments.insert(assignments.begin(), "sweep.workers=[8]");
  return complaint(assignments);
}

bool says(const Assignments& assignments, const std::string& part) {
  const std::string text = complaint_of(assignments);
  if (text.find(part) != std::string::npos) return true;
  ADD_FAILURE() << assignments.back() << " says: " << text;
  return false;
}

TEST(StrategyKeys, Defaults) {
  const StrategyOptions s = of({}).strategy;
  EXPECT_EQ(s.kind, StrategyKind::sync);
  EXPECT_EQ(s.servers.count, 1);
  EXPECT_FALSE(s.servers.colocated);
  EXPECT_EQ(s.servers.sharding, ServerOptions::Sharding::round_robin);
  EXPECT_EQ(s.servers.update_bandwidth, Bandwidth(50e9));
  EXPECT_EQ(s.backup_workers, 0);
  EXPECT_EQ(s.masters, 1);
  EXPECT_EQ(s.sync_every, 1);
  EXPECT_FALSE(s.gated);
  EXPECT_EQ(s.processes, 1);
  EXPECT_EQ(s.groups, 1);
  EXPECT_TRUE(s.momentum_correction);
  EXPECT_EQ(s.easgd_force, 0.9);
  EXPECT_EQ(s.gem_kappa, 2);
  EXPECT_EQ(s.gem_momentum, 0.9);
  EXPECT_EQ(s.gem_lr, 0.01);
}

TEST(StrategyKeys, AllAreRead) {
  const StrategyOptions served =
      of({"training.strategy=sync_backup_ps", "training.backup_workers=3",
          R"(training.servers={"count": 2, "placement": "colocated", "sharding": "balanced",
                               "update_bandwidth": "9 GB/s"})"})
          .strategy;
  EXPECT_EQ(served.kind, StrategyKind::sync_backup_ps);
  EXPECT_EQ(served.backup_workers, 3);
  EXPECT_EQ(served.servers.count, 2);
  EXPECT_TRUE(served.servers.colocated);
  EXPECT_EQ(served.servers.sharding, ServerOptions::Sharding::balanced);
  EXPECT_EQ(served.servers.update_bandwidth, Bandwidth(9e9));

  const StrategyOptions mastered =
      of({"training.strategy=downpour", "training.masters=2", "training.sync_every=5",
          "training.processes=2", "training.gated=true"})
          .strategy;
  EXPECT_EQ(mastered.masters, 2);
  EXPECT_EQ(mastered.sync_every, 5);
  EXPECT_EQ(mastered.processes, 2);
  EXPECT_TRUE(mastered.gated);
  // 8 ranks that compute, a top master and two below.
  EXPECT_EQ(roles_of(mastered, 8), Roles(8, 0, 3));
  EXPECT_EQ(roles_of(served, 8), Roles(8, 2));
  EXPECT_EQ(roles_of(of({"training.strategy=easgd"}).strategy, 8), Roles(8, 0, 1));
  EXPECT_EQ(roles_of(of({}).strategy, 8), Roles(8));

  EXPECT_EQ(of({"training.strategy=easgd", "training.easgd.force=0.5"}).strategy.easgd_force, 0.5);
  const StrategyOptions gem =
      of({"training.strategy=gem", R"(training.gem={"kappa": 1, "momentum": 0.5, "lr": 0.1})"})
          .strategy;
  EXPECT_EQ(gem.gem_kappa, 1);
  EXPECT_EQ(gem.gem_momentum, 0.5);
  EXPECT_EQ(gem.gem_lr, 0.1);
  const StrategyOptions hybrid =
      of({"training.strategy=hybrid", "training.groups=4", "training.momentum_correction=false"})
          .strategy;
  EXPECT_EQ(hybrid.groups, 4);
  EXPECT_FALSE(hybrid.momentum_correction);
}

TEST(StrategyKeys, WhatNoStrategyCouldBeIsRefused) {
  EXPECT_TRUE(says({"training.strategy=hybird"}, "did you mean 'hybrid'?"));
  EXPECT_TRUE(says({"training.servers.cuont=2"}, "did you mean 'count'?"));
  EXPECT_TRUE(says({"training.servers.count=0"}, "/training/servers/count"));
  EXPECT_TRUE(says({"training.servers.placement=near"}, "/training/servers/placement"));
  EXPECT_TRUE(says({"training.servers.sharding=even"}, "balanced"));
  EXPECT_TRUE(says({"training.servers.update_bandwidth=0 GB/s"}, "no update ends"));
  EXPECT_TRUE(says({"training.servers=2"}, R"(write {"count": 2})"));
  EXPECT_TRUE(says({"training.servers=colocated"}, R"(write {"placement": "colocated"})"));
  EXPECT_TRUE(says({"training.backup_workers=-1"}, "/training/backup_workers"));
  EXPECT_TRUE(says({"training.sync_every=0"}, "/training/sync_every"));
  EXPECT_TRUE(says({"training.masters=0"}, "/training/masters"));
  EXPECT_TRUE(says({"training.easgd=0.5"}, R"(write {"force": 0.5})"));
  EXPECT_TRUE(says({"training.gem.momentum=2"}, "/training/gem/momentum"));
  EXPECT_TRUE(says({"training.gated=1"}, "/training/gated"));
}

TEST(StrategyKeys, WorkersMustBeDealtEvenly) {
  EXPECT_TRUE(says({"training.strategy=hybrid", "training.groups=3"}, "3 groups"));
  EXPECT_TRUE(says({"training.strategy=easgd", "training.processes=3"}, "use a multiple of 3"));
  EXPECT_TRUE(says({"training.strategy=gem", "training.masters=9"}, "sub-masters"));
  EXPECT_TRUE(
      says({"training.strategy=gem", "training.masters=5", "training.processes=2"}, "there are 4"));
  EXPECT_TRUE(says({"training.strategy=sync_backup_ps", "training.backup_workers=8"},
                   "leave nobody to wait for"));
  EXPECT_TRUE(says({"training.strategy=async_ps", "training.parallelism.tensor=2"}, "async_ps"));
}

// 8 nodes of 4 devices: every server takes a node of its own.
TEST(StrategyKeys, DedicatedServersTakeNodes) {
  const Assignments all{"training.strategy=async_ps", "sweep.workers=[32]"};
  EXPECT_NE(complaint(all), "accepted");
  const std::string async = "training.strategy=async_ps";
  EXPECT_EQ(complaint({async, "sweep.workers=[28]"}), "accepted");
  EXPECT_NE(complaint({async, "sweep.workers=[28]", "training.servers.count=2"}), "accepted");
  EXPECT_EQ(complaint({async, "sweep.workers=[32]", "training.servers.placement=colocated"}),
            "accepted");
  // The sweep by default stops there: 1, 2, 4, 8, 16, and 32 where they are colocated.
  EXPECT_EQ(base_with({async, "sweep=null"}).workers.back(), 16);
  EXPECT_EQ(base_with({async, "sweep=null", "training.servers.placement=colocated"}).workers.back(),
            32);
}

TEST(StrategyKeys, ThoseOfOthersAreSetAside) {
  EXPECT_EQ(of({"training.strategy=async_ps", "training.servers.count=2"}).remarks, Assignments{});
  const std::vector<std::pair<std::string, std::string>> keys{{"servers", R"({"count": 2})"},
                                                              {"backup_workers", "2"},
                                                              {"masters", "2"},
                                                              {"sync_every", "2"},
                                                              {"gated", "true"},
                                                              {"processes", "2"},
                                                              {"groups", "2"},
                                                              {"easgd", "{}"},
                                                              {"gem", "{}"},
                                                              {"momentum_correction", "true"}};
  for (const auto& [key, value] : keys) {
    const std::string assignment = "training." + key + "=" + value;
    EXPECT_EQ(of({assignment}).remarks,
              Assignments{"training." + key + " is not used: strategy 'sync' has no use for it"})
        << key;
  }
  // Each strategy uses its own.
  const std::vector<std::pair<std::string, Assignments>> used{
      {"async_ps", {"servers"}},
      {"sync_backup_ps", {"servers", "backup_workers"}},
      {"downpour", {"masters", "sync_every", "processes", "gated"}},
      {"easgd", {"masters", "sync_every", "processes", "easgd"}},
      {"gem", {"masters", "sync_every", "processes", "gem"}},
      {"hybrid", {"servers", "groups", "momentum_correction"}}};
  for (const auto& [strategy, own] : used) {
    Assignments all{"training.strategy=" + strategy};
    for (const auto& [key, value] : keys) all.push_back("training." + key + "=" + value);
    EXPECT_EQ(of(all).remarks.size(), keys.size() - own.size()) << strategy;
  }
}

TEST(EmulationKeys, AreRead) {
  EXPECT_EQ(of({}).emulation.arithmetic, nullptr);
  EXPECT_EQ(of({}).emulation.every, 0);
  const Scenario every = of({"emulation.every=7"});
  EXPECT_EQ(every.emulation.every, 7);
  EXPECT_EQ(every.emulation.arithmetic, nullptr);
  const Scenario other = of({R"(emulation={"model": {"input": {"channels": 3},
                                  "layers": [{"kind": "dense", "features": 2}]},
                        "data": {"samples": 50, "classes": 2}})"});
  ASSERT_NE(other.emulation.arithmetic, nullptr);
  EXPECT_EQ(other.emulation.arithmetic->model->parameter_count(), 3 * 2 + 2);
  EXPECT_EQ(other.emulation.arithmetic->samples, 50);
  EXPECT_EQ(other.samples, 1000);
  EXPECT_EQ(other.model->parameter_count(), 4 * 8 + 8 + 8 * 2 + 2);
}

TEST(EmulationKeys, AreRefused) {
  EXPECT_TRUE(says({"emulation.every=0"}, "/emulation/every"));
  EXPECT_TRUE(says({"emulation.modle=1"}, "did you mean 'model'?"));
  EXPECT_TRUE(says({R"(emulation.model={"zoo": "resnet5"})"}, "resnet50"));
  EXPECT_TRUE(says({R"(emulation.data={"samples": 0})"}, "/emulation/data/samples"));
  EXPECT_TRUE(says({"data.split=by_clas"}, "did you mean 'by_class'?"));
}

}  // namespace
}  // namespace rehearse
