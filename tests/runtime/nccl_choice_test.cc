#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/runtime/nccl_machines.h"

namespace rehearse {
namespace {

TEST(NcclChoice, LatenciesAddUpToTheTimeWithoutBytes) {
  const NcclMachine m = four_hopper_nodes();
  const NcclModel model(m);
  for (Protocol protocol : kProtocols) {
    for (double bytes : {0.0, kMi, kGi}) {
      const double wire = bytes * 62 / 32 / (1e3 * gigas(m, kAllReduce, Algorithm::ring, protocol));
      const auto l = model.latencies(kAllReduce, Algorithm::ring, protocol, bytes);
      EXPECT_NEAR((l.base + l.inside * 56 + l.between * 6).value() * 1e6 + wire,
                  micros(m, kAllReduce, Algorithm::ring, protocol, bytes), 1e-6);
    }
    const auto l = model.latencies(kAllReduce, Algorithm::tree, protocol, 0);
    EXPECT_NEAR((l.base + l.inside * 14 + l.between * 4).value() * 1e6,
                micros(m, kAllReduce, Algorithm::tree, protocol, 0), 1e-9);
  }
}

TEST(NcclChoice, LatenciesHoldThePlateauOfRings) {
  const auto inside = [](const NcclMachine& m, Operation operation, Algorithm algorithm,
                         double bytes) {
    const NcclModel model(m);
    return model.latencies(operation, algorithm, Protocol::simple, bytes).inside.value() * 1e6;
  };
  NcclMachine m = four_hopper_nodes();
  const double least = 64 * 16 * 32;  // bytes, channels, ranks
  EXPECT_NEAR(inside(m, kAllReduce, Algorithm::ring, least - 1), 3.4, 1e-9);
  EXPECT_NEAR(inside(m, kAllReduce, Algorithm::ring, least), 3.4 * 1.4, 1e-9);
  EXPECT_NEAR(inside(m, kAllGather, Algorithm::ring, least), 3.4, 1e-9);
  EXPECT_NEAR(inside(m, kAllReduce, Algorithm::recursive_doubling, least), 3.4, 1e-9);
  EXPECT_NEAR(inside(m, kAllReduce, Algorithm::nvls_tree, least), 3.4, 1e-9);  // not here
  m.architecture = NcclArchitecture::volta;
  EXPECT_NEAR(inside(m, kAllReduce, Algorithm::ring, least), 3.4 * 1.9, 1e-9);
  EXPECT_NEAR(inside(one_hopper_node(), kAllReduce, Algorithm::ring, kGi), 3.4, 1e-9);
}

TEST(NcclChoice, LatenciesOfOthers) {
  NcclMachine m = four_hopper_nodes();
  m.network_latency = Duration(2e-6);
  const NcclModel model(m);
  // No protocol is simple, whose flush counts the device's latency twice.
  const auto pairs =
      model.latencies(Operation::all_to_all, Algorithm::pairwise, Protocol::none, kMi);
  EXPECT_NEAR(pairs.base.value(), 6.6e-6, 1e-15);  // of LL, as the step inside
  EXPECT_NEAR(pairs.inside.value(), 0.6e-6, 1e-15);
  EXPECT_NEAR(pairs.between.value(), 18e-6, 1e-15);
  const auto broadcast = model.latencies(Operation::broadcast, Algorithm::ring, Protocol::ll, kMi);
  EXPECT_NEAR(broadcast.inside.value(), 1e-6, 1e-15);
  EXPECT_NEAR(broadcast.between.value(), 4.7e-6, 1e-15);
  // The 28 us of a tree hold a chunk, which a simulation moves itself.
  const auto tree = NcclModel(of(m, NcclGeneration::v2_21))
                        .latencies(kAllReduce, Algorithm::tree, Protocol::simple, kMi);
  EXPECT_NEAR(tree.inside.value(), 4e-6, 1e-15);
  EXPECT_NEAR(tree.between.value(), 18e-6, 1e-15);
}

std::vector<NcclMachine> many_machines() {
  std::vector<NcclMachine> all;
  for (NcclGeneration generation : kGenerations)
    for (NcclArchitecture architecture :
         {NcclArchitecture::pascal, NcclArchitecture::volta, NcclArchitecture::ampere,
          NcclArchitecture::hopper, NcclArchitecture::blackwell})
      for (int nodes : {1, 2, 3, 16, 100})
        for (int per_node : {1, 2, 8})
          for (bool extras : {false, true}) {
            if (nodes * per_node == 1) continue;
            NcclMachine m = of(machine(architecture, nodes, per_node, 4, 20), generation);
            m.has_nvls = m.has_collnet = m.amd_host = extras;
            m.pcie = extras && architecture < NcclArchitecture::hopper;
            all.push_back(m);
          }
  return all;
}

TEST(NcclChoice, ChoiceIsTheLeastOfAllTimes) {
  for (const NcclMachine& m : many_machines()) {
    const NcclModel model(m);
    for (int o = 0; o < kOperations; ++o) {
      const auto operation = static_cast<Operation>(o);
      for (double bytes : {0.0, 100.0, 50e3, 3e6, 2e9}) {
        const NcclChoice choice = model.choose(operation, bytes);
        EXPECT_EQ(model.time(operation, choice.algorithm, choice.protocol, bytes), choice.time);
        double least = 1e9;
        for (std::size_t a = 0; a < kAlgorithmNames.values().size(); ++a)
          for (Protocol protocol :
               {Protocol::none, Protocol::ll, Protocol::ll128, Protocol::simple})
            if (const auto t = model.time(operation, static_cast<Algorithm>(a), protocol, bytes)) {
              EXPECT_GT(t->value(), 0);
              least = std::min(least, t->value());
            }
        EXPECT_EQ(choice.time.value(), least);
      }
    }
  }
}

// Twice the bytes never take less time. Over the edge of a column of corrections a time may fall,
// by no more than 0.6 / 0.8 = 0.75, the greatest step of the table (LL128 from 2 to 4 MiB).
TEST(NcclChoice, TimesGrowWithBytes) {
  for (const NcclMachine& m : many_machines()) {
    const NcclModel model(m);
    for (int o = 0; o < kOperations; ++o) {
      const auto operation = static_cast<Operation>(o);
      for (double bytes = 1; bytes < 1e10; bytes *= 2) {
        const Duration before = model.choose(operation, bytes).time;
        EXPECT_GE(model.choose(operation, 2 * bytes).time, before);
        const Duration end = model.choose(operation, 2 * bytes - 1e-6).time;
        EXPECT_GE(end, before);
        const Duration next = model.choose(operation, 2 * bytes).time;
        EXPECT_GE(next, 0.75 * end);
        if (operation != kAllReduce) {
          EXPECT_GE(next, end);
        }
      }
    }
  }
}

TEST(NcclChoice, OneRankHasNothingToDo) {
  const NcclModel model(machine(NcclArchitecture::ampere, 1, 1, 1, 20));
  for (int o = 0; o < kOperations; ++o) {
    const NcclChoice choice = model.choose(static_cast<Operation>(o), kMi);
    EXPECT_EQ(choice.algorithm, Algorithm::ring);
    EXPECT_EQ(choice.time, Duration(0));
  }
  EXPECT_FALSE(model.bus_bandwidth(kAllReduce, Algorithm::ring, Protocol::simple));
  EXPECT_FALSE(model.choose(kAllReduce, Algorithm::tree, kMi));
}

}  // namespace
}  // namespace rehearse
