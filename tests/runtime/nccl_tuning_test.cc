#include "runtime/collectives/nccl_tuning.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "runtime/collectives/nccl_constants.h"
#include "tests/runtime/nccl_machines.h"

namespace rehearse {
namespace {

void expect_choice(const NcclMachine& m, double bytes, Algorithm algorithm, Protocol protocol,
                   double time) {
  const NcclChoice choice = NcclModel(m).choose(kAllReduce, bytes);
  EXPECT_EQ(to_text(choice.algorithm), to_text(algorithm)) << bytes;
  EXPECT_EQ(to_text(choice.protocol), to_text(protocol)) << bytes;
  EXPECT_NEAR(choice.time.value() * 1e6, time, 0.05) << bytes;
}

TEST(NcclTuning, ChoosesOnOneNode) {
  const NcclMachine m = one_hopper_node();
  // LL: 6.6 + 14 * 0.6 = 15 us; min(141, 360 / 2) * 8 / 14 = 80.571 GB/s: 8 KiB in 0.10 us, 1 MiB
  // in 13.01 us.
  expect_choice(m, 8 * kKi, Algorithm::ring, Protocol::ll, 15.1);
  expect_choice(m, 1 * kMi, Algorithm::ring, Protocol::ll, 28.0);
  // Simple: 8.4 + 14 * 3.4 = 56 us; 360 * 8 / 14 = 205.714 GB/s: 1 GiB in 5219.6 us.
  expect_choice(m, 1 * kGi, Algorithm::ring, Protocol::simple, 5275.6);
}

TEST(NcclTuning, ChoosesOnFourNodes) {
  const NcclMachine m = four_hopper_nodes();
  // LL: 6.8 + 2 (7 * 0.6 + 2 * 5) = 35.2 us. min(384 * 0.92, 8 * 36) = 288 GB/s over 3.8 is beyond
  // the host's 20.4; half of it and 0.7 for 64 * 2^7 bytes are 7.14 GB/s: 1.15 us.
  expect_choice(m, 8 * kKi, Algorithm::tree, Protocol::ll, 36.3);
  // LL128: 14 + 2 (7 * 1.25 + 2 * 8.5) = 65.5 us; min(288 * 15 / 16, 8 * 29) / 2 * 0.6 = 69.6 GB/s:
  // 15.07 us.
  expect_choice(m, 1 * kMi, Algorithm::tree, Protocol::ll128, 80.6);
  // 14 + 56 * 1.9 + 6 * 4 = 144.4 us; min(384 * 0.92, 8 * 36.7) * 32 / 62 = 151.54 GB/s: 442.9 us.
  expect_choice(m, 64 * kMi, Algorithm::ring, Protocol::ll128, 587.3);
  // Inside, 3 us of the host are less than 3.4: 1.4 (8.4 + 56 * 3.4 + 6 * 14) = 395.92 us;
  // 384 * 32 / 62 = 198.19 GB/s: 5417.6 us.
  expect_choice(m, 1 * kGi, Algorithm::ring, Protocol::simple, 5813.6);
}

TEST(NcclTuning, ChoosesOnManyNodes) {
  const NcclMachine m = many_ampere_nodes();
  // 6.8 + 2 (7 * 0.6 + 5 * 5) = 65.2 us, and 1.15 us as above.
  expect_choice(m, 8 * kKi, Algorithm::tree, Protocol::ll, 66.3);
  // 14 + 2 (7 * 1.25 + 5 * 8.5) = 116.5 us; min(192 * 0.92, 8 * 17.8) = 142.4, * 15 / 16 / 2 * 0.9
  // for 64 * 2^20 bytes = 60.075 GB/s: 1117.1 us.
  expect_choice(m, 64 * kMi, Algorithm::tree, Protocol::ll128, 1233.6);
  // 14 + 448 * 1.9 + 62 * 4 = 1113.2 us; min(192 * 0.92, 160) * 256 / 510 = 80.314 GB/s.
  expect_choice(m, 1 * kGi, Algorithm::ring, Protocol::ll128, 14482.5);
  // 1.4 (8.4 + 448 * 3.4 + 62 * 14) = 3359.4 us; 192 * 256 / 510 = 96.376 GB/s: 11141.1 us.
  EXPECT_NEAR(micros(m, kAllReduce, Algorithm::ring, Protocol::simple, kGi), 14500.6, 0.05);
}

TEST(NcclTuning, ReadsVersions) {
  EXPECT_EQ(nccl_generation("2.0"), NcclGeneration::v2_18);
  EXPECT_EQ(nccl_generation("2.8.4-1"), NcclGeneration::v2_18);
  EXPECT_EQ(nccl_generation("2.18"), NcclGeneration::v2_18);
  EXPECT_EQ(nccl_generation("2.19.3"), NcclGeneration::v2_21);
  EXPECT_EQ(nccl_generation("2.22.3"), NcclGeneration::v2_21);
  EXPECT_EQ(nccl_generation("2.23.4"), NcclGeneration::v2_23);
  EXPECT_EQ(nccl_generation("2.26.2"), NcclGeneration::v2_23);
  EXPECT_EQ(nccl_generation("2.27.3"), NcclGeneration::v2_27);
  EXPECT_EQ(nccl_generation("2.100"), NcclGeneration::v2_27);
  EXPECT_EQ(nccl_generation("3.1"), NcclGeneration::v2_27);
  EXPECT_EQ(nccl_generation("1.3.4"), NcclGeneration::v2_18);
  for (const char* text : {"", "2", "2.", "two.18", "2.x", "-2.18", "2.-1", "99999999999.1"})
    EXPECT_THROW(nccl_generation(text), Error) << text;
}

// No bytes leave the latency alone.
TEST(NcclTuning, TreesInSimpleOfEachGeneration) {
  const auto latency = [](NcclGeneration generation) {
    return micros(of(four_hopper_nodes(), generation), kAllReduce, Algorithm::tree,
                  Protocol::simple, 0);
  };
  EXPECT_NEAR(latency(NcclGeneration::v2_18), 2 * (7 * 4 + 2 * 14), 1e-9);
  EXPECT_NEAR(latency(NcclGeneration::v2_21), 2 * (7 * 28 + 2 * 28), 1e-9);
  EXPECT_NEAR(latency(NcclGeneration::v2_23), 8.4 + 2 * (7 * 4 + 2 * 14), 1e-9);
  EXPECT_NEAR(latency(NcclGeneration::v2_27), 8.4 + 2 * (7 * 4 + 2 * 14), 1e-9);
}

TEST(NcclTuning, RingsOfEachGeneration) {
  const auto latency = [](NcclGeneration generation, Operation operation) {
    return micros(of(four_hopper_nodes(), generation), operation, Algorithm::ring, Protocol::ll, 0);
  };
  // Of 62 steps 8 or 6 leave the node; those inside take 1 us of the host, not 0.6.
  EXPECT_NEAR(latency(NcclGeneration::v2_21, kAllReduce), 6.6 + 54 * 1 + 8 * 2.7, 1e-9);
  EXPECT_NEAR(latency(NcclGeneration::v2_23, kAllReduce), 6.6 + 56 * 1 + 6 * 2.7, 1e-9);
  EXPECT_NEAR(latency(NcclGeneration::v2_21, kAllGather), 6.6 + 28 * 1 + 3 * 2.7, 1e-9);
  // LL carries a quarter of the bandwidth, later half: of 240 GB/s, with a limit of 87.7.
  const NcclMachine a100 = machine(NcclArchitecture::ampere, 1, 8, 12, 20);
  const auto ll = [&](NcclGeneration generation, Operation operation) {
    return gigas(of(a100, generation), operation, Algorithm::ring, Protocol::ll);
  };
  EXPECT_NEAR(ll(NcclGeneration::v2_18, kAllReduce), 60, 1e-9);
  EXPECT_NEAR(ll(NcclGeneration::v2_18, kAllGather), 80, 1e-9);
  EXPECT_NEAR(ll(NcclGeneration::v2_21, kAllReduce), 87.7, 1e-9);
  EXPECT_NEAR(ll(NcclGeneration::v2_27, kAllGather), 87.7, 1e-9);
  // Hopper's own limit came later.
  EXPECT_NEAR(gigas(of(one_hopper_node(), NcclGeneration::v2_18), kAllReduce, Algorithm::ring,
                    Protocol::ll),
              87.7, 1e-9);
  // One device per node: 0.7 of the bandwidth in LL128, later 0.92 but the latency of trees.
  const NcclMachine lone = machine(NcclArchitecture::ampere, 4, 1, 2, 12);
  EXPECT_NEAR(gigas(of(lone, NcclGeneration::v2_21), kAllReduce, Algorithm::ring, Protocol::ll128),
              24 * 0.7, 1e-9);
  EXPECT_NEAR(gigas(of(lone, NcclGeneration::v2_23), kAllReduce, Algorithm::ring, Protocol::ll128),
              24 * 0.92, 1e-9);
  EXPECT_NEAR(micros(of(lone, NcclGeneration::v2_23), kAllReduce, Algorithm::ring, Protocol::ll, 0),
              6.6 + 6 * 5, 1e-9);
}

TEST(NcclTuning, SwitchesThatAddOfEachGeneration) {
  NcclMachine one = one_hopper_node();
  one.has_nvls = true;
  NcclMachine four = four_hopper_nodes();
  four.has_nvls = true;
  struct Expected {
    NcclGeneration generation;
    double nvls, nvls_tree;    // us without bytes
    double algorithm, gather;  // GB/s of NVLS on one node, of an all-reduce and a gather; -1: none
    double tree;               // GB/s of NVLSTree on four nodes
  };
  const double eleven = 11.0 / 12 * 0.85 * 7 / 8;  // channels, efficiency, what others send
  for (const Expected& e : std::initializer_list<Expected>{
           {NcclGeneration::v2_18, 23, 23 + 6 * 19, 360 * 5.0 / 6, -1, 384 * 0.7 * 4 / 6},
           {NcclGeneration::v2_21, 25, 25 + 4 * 14, 360 * 5.0 / 6, 360 * 5.0 / 6, 192 * 5.0 / 6},
           {NcclGeneration::v2_23, 25, 25 + 4 * 14, 360 * 5.0 / 6, 360, 192 * 5.0 / 6},
           {NcclGeneration::v2_27, 25, 25 + 4 * 20.9, 360 * 8.0 / 14, 360 * eleven,
            8 * 45.5 * 32 / 62}}) {
    const auto bandwidth = [&](const NcclMachine& m, Operation operation, Algorithm algorithm) {
      const double none = micros(of(m, e.generation), operation, algorithm, Protocol::simple, 0);
      const double all = micros(of(m, e.generation), operation, algorithm, Protocol::simple, 1e9);
      return none < 0 ? -1 : 1e6 / (all - none);
    };
    EXPECT_NEAR(micros(of(one, e.generation), kAllReduce, Algorithm::nvls, Protocol::simple, 0),
                e.nvls, 1e-9);
    EXPECT_NEAR(
        micros(of(four, e.generation), kAllReduce, Algorithm::nvls_tree, Protocol::simple, 0),
        e.nvls_tree, 1e-9);
    EXPECT_NEAR(bandwidth(one, kAllReduce, Algorithm::nvls), e.algorithm, 1e-6);
    EXPECT_NEAR(bandwidth(one, kAllGather, Algorithm::nvls), e.gather, 1e-6);
    EXPECT_NEAR(bandwidth(four, kAllReduce, Algorithm::nvls_tree), e.tree, 1e-6);
  }
}

TEST(NcclTuning, SwitchesAddOnlyWhereTheyCan) {
  for (NcclGeneration generation : kGenerations) {
    const auto has = [&](const NcclMachine& m, Operation operation, Algorithm algorithm) {
      return NcclModel(of(m, generation)).choose(operation, algorithm, kMi).has_value();
    };
    NcclMachine one = one_hopper_node();
    NcclMachine four = four_hopper_nodes();
    for (int o = 0; o < kOperations; ++o) {
      EXPECT_FALSE(has(one, static_cast<Operation>(o), Algorithm::nvls));
      EXPECT_FALSE(has(four, static_cast<Operation>(o), Algorithm::nvls_tree));
    }
    one.has_nvls = four.has_nvls = true;
    EXPECT_TRUE(has(one, kAllReduce, Algorithm::nvls));
    EXPECT_FALSE(has(one, kAllReduce, Algorithm::nvls_tree));
    EXPECT_FALSE(has(one, Operation::broadcast, Algorithm::nvls));
    EXPECT_FALSE(has(four, kAllReduce, Algorithm::nvls));
    EXPECT_FALSE(has(four, kAllGather, Algorithm::nvls));
    EXPECT_TRUE(has(four, kAllReduce, Algorithm::nvls_tree));
    four.has_collnet = true;
    EXPECT_TRUE(has(four, kAllReduce, Algorithm::nvls));
    EXPECT_FALSE(has(four, kAllGather, Algorithm::nvls));
    NcclMachine two = one;
    two.ranks = 2;
    EXPECT_FALSE(has(two, kAllReduce, Algorithm::nvls));
    one.pcie = true;
    EXPECT_FALSE(has(one, kAllReduce, Algorithm::nvls));
    one.pcie = false;
    one.architecture = NcclArchitecture::ampere;
    EXPECT_FALSE(has(one, kAllReduce, Algorithm::nvls));
  }
}

TEST(NcclTuning, CollnetHasNumbersOfItsOwn) {
  NcclMachine m = four_hopper_nodes();
  EXPECT_EQ(micros(m, kAllReduce, Algorithm::collnet_direct, Protocol::simple, 0), -1);
  EXPECT_EQ(micros(m, kAllReduce, Algorithm::collnet_chain, Protocol::simple, 0), -1);
  m.has_collnet = true;
  m.network_latency = Duration(1e-6);  // twice in simple
  EXPECT_NEAR(micros(m, kAllReduce, Algorithm::collnet_direct, Protocol::simple, 0),
              2 * (3.7 + 7 * 0.4) + 31 + 2, 1e-9);
  EXPECT_NEAR(micros(m, kAllReduce, Algorithm::collnet_chain, Protocol::simple, 0),
              2 * 7 * 2.8 + 30 + 2, 1e-9);
  // 8 devices on 8 NICs: nothing is shared; Hopper has 0.85 of it.
  EXPECT_NEAR(gigas(m, kAllReduce, Algorithm::collnet_direct, Protocol::simple), 384 * 0.85, 1e-9);
  EXPECT_NEAR(gigas(m, kAllReduce, Algorithm::collnet_chain, Protocol::simple), 384, 1e-9);
  // Two devices on a NIC: 2 - (2 - 1) / 2 = 1.5 times slower.
  m.channels = 4;
  EXPECT_NEAR(gigas(m, kAllReduce, Algorithm::collnet_direct, Protocol::simple), 192 * 0.85 / 1.5,
              1e-9);
  EXPECT_EQ(micros(m, kAllReduce, Algorithm::collnet_chain, Protocol::ll, 0), -1);
  EXPECT_EQ(micros(m, kAllGather, Algorithm::collnet_direct, Protocol::simple, 0), -1);
}

TEST(NcclTuning, LongLinesNeedNvlink) {
  const auto runs = [](const NcclMachine& m, Algorithm algorithm) {
    return micros(m, kAllReduce, algorithm, Protocol::ll128, kMi) > 0;
  };
  for (NcclGeneration generation : kGenerations) {
    NcclMachine m = of(machine(NcclArchitecture::volta, 2, 8, 8, 20), generation);
    for (Algorithm algorithm : {Algorithm::ring, Algorithm::tree}) {
      EXPECT_TRUE(runs(m, algorithm));
      NcclMachine pcie = m;
      pcie.pcie = true;
      EXPECT_FALSE(runs(pcie, algorithm));
      NcclMachine far = m;
      far.near_nic = false;
      EXPECT_FALSE(runs(far, algorithm));
      far.nodes = 1;
      EXPECT_TRUE(runs(far, algorithm));
      NcclMachine old = m;
      old.architecture = NcclArchitecture::pascal;
      EXPECT_FALSE(runs(old, algorithm));
      NcclMachine early = m;
      early.architecture = NcclArchitecture::blackwell;
      EXPECT_EQ(runs(early, algorithm), generation >= NcclGeneration::v2_23);
    }
  }
}

TEST(NcclTuning, TreesHaveHalfTheirBandwidth) {
  const NcclMachine m = four_hopper_nodes();
  // min(384 * 0.92, 8 * 36) = 288 GB/s; 1 GiB is beyond the table of corrections.
  EXPECT_NEAR(gigas(m, kAllReduce, Algorithm::tree, Protocol::simple), 288, 1e-9);
  EXPECT_NEAR(micros(m, kAllReduce, Algorithm::tree, Protocol::simple, kGi),
              120.4 + 2 * kGi / 288e3, 1e-6);
}

TEST(NcclTuning, TreesAreCorrectedPerPowerOfTwo) {
  const auto at = [](Protocol protocol, double bytes) {
    return nccl_tree_correction(Algorithm::tree, protocol, bytes);
  };
  EXPECT_EQ(at(Protocol::simple, 63), 1);
  EXPECT_EQ(at(Protocol::simple, 64), 0.9);
  EXPECT_EQ(at(Protocol::ll, 256 * kKi), 0.4);      // 2^12 * 64
  EXPECT_EQ(at(Protocol::ll, 256 * kKi - 1), 0.5);  // 2^11
  EXPECT_EQ(at(Protocol::ll128, 4 * kMi), 0.8);     // 2^16
  EXPECT_EQ(at(Protocol::simple, 512 * kMi - 1), 0.9);
  EXPECT_EQ(at(Protocol::simple, 512 * kMi), 1);
  EXPECT_EQ(nccl_tree_correction(Algorithm::nvls_tree, Protocol::simple, 512 * kMi), 0.9);
}

TEST(NcclTuning, OtherOperations) {
  const NcclMachine m = four_hopper_nodes();
  // No plateau: 8.4 + 28 * 3.4 + 3 * 14 = 145.6 us; 384 * 32 / 31 GB/s.
  for (Operation operation : {kAllGather, Operation::reduce_scatter}) {
    EXPECT_NEAR(micros(m, operation, Algorithm::ring, Protocol::simple, kGi),
                145.6 + kGi / (384e3 * 32 / 31), 1e-6);
    EXPECT_EQ(micros(m, operation, Algorithm::tree, Protocol::simple, kGi), -1);
    EXPECT_EQ(micros(m, operation, Algorithm::pat, Protocol::simple, kGi), -1);
  }
  for (Operation operation : {Operation::broadcast, Operation::reduce}) {
    // Every rank costs a step between nodes, in simple one of a tree.
    EXPECT_NEAR(micros(m, operation, Algorithm::ring, Protocol::ll, 0), 6.6 + 32 * 2.7, 1e-9);
    EXPECT_NEAR(micros(m, operation, Algorithm::ring, Protocol::simple, kGi),
                8.4 + 32 * 14 + kGi / 384e3, 1e-6);
    EXPECT_NEAR(micros(one_hopper_node(), operation, Algorithm::ring, Protocol::ll, 0), 7.2, 1e-9);
    EXPECT_FALSE(NcclModel(m).choose(operation, Algorithm::tree, kMi));
  }
  for (Operation operation : {Operation::all_to_all, Operation::send_recv}) {
    const NcclChoice choice = NcclModel(m).choose(operation, kGi);
    EXPECT_EQ(choice.algorithm, Algorithm::pairwise);
    EXPECT_EQ(choice.protocol, Protocol::simple);
    EXPECT_NEAR(choice.time.value() * 1e6, 8.4 + kGi / 384e3, 1e-6);
    EXPECT_FALSE(NcclModel(m).choose(operation, Algorithm::ring, kMi));
  }
}

TEST(NcclTuning, PatNeedsOneDevicePerNode) {
  const NcclMachine m = machine(NcclArchitecture::hopper, 4, 1, 2, 24);
  // 8 + 2 * 14 / 3.5 + 4 * 2.8 = 27.2 us, 48 * 0.75 GB/s.
  EXPECT_NEAR(micros(m, kAllGather, Algorithm::pat, Protocol::simple, kMi), 27.2 + kMi / 36e3,
              1e-6);
  EXPECT_EQ(micros(m, kAllGather, Algorithm::pat, Protocol::ll, kMi), -1);
  EXPECT_EQ(micros(m, kAllReduce, Algorithm::pat, Protocol::simple, kMi), -1);
  EXPECT_EQ(micros(of(m, NcclGeneration::v2_21), kAllGather, Algorithm::pat, Protocol::simple, kMi),
            -1);
}

TEST(NcclTuning, HostsOfAmdPostSlowerAndHaveOtherLimits) {
  NcclMachine m = four_hopper_nodes();
  m.amd_host = true;
  EXPECT_NEAR(micros(m, kAllReduce, Algorithm::ring, Protocol::simple, 0), 8.4 + 56 * 6 + 6 * 14,
              1e-9);
  EXPECT_NEAR(gigas(m, kAllReduce, Algorithm::ring, Protocol::ll), 19, 1e-9);
}

}  // namespace
}  // namespace rehearse
