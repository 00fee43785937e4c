// Costs of messages that depend on their size, and the additions of a receiver, at every fidelity.
#include <gtest/gtest.h>

#include <cmath>

#include "one_switch.h"
#include "runtime/collectives/collectives.h"
#include "runtime/strategies/sync_sgd.h"

namespace rehearse {
namespace {

constexpr auto kAll = {Fidelity::flow, Fidelity::message, Fidelity::analytic};

// Small messages: 5 us + s / 2 GB/s; from 64 KiB on: 20 us + s / 8 GB/s. Additions: 4 GB/s.
OneSwitch stepped(int ranks, Fidelity fidelity) {
  OneSwitch cluster;
  cluster.ranks = ranks;
  cluster.fidelity = fidelity;
  cluster.stack.pieces = {{Bytes(0), Duration(5e-6), Bandwidth(2e9)},
                          {Bytes(65536), Duration(20e-6), Bandwidth(8e9)}};
  cluster.stack.reduce_bandwidth = Bandwidth(4e9);
  return cluster;
}

// One message of `bytes` over two links of 1 us.
double message_seconds(double bytes) {
  return 2e-6 + (bytes < 65536 ? 5e-6 + bytes / 2e9 : 20e-6 + bytes / 8e9);
}

TEST(MessageCost, ARingPaysForMessagesOfAPart) {
  // 2 (P-1) messages of n/P bytes; the first P-1 of them are added.
  for (const auto fidelity : kAll) {
    for (const int ranks : {2, 8, 32}) {
      for (const double bytes : {65536.0, 1048576.0, 67108864.0}) {
        SCOPED_TRACE(testing::Message() << ranks << " ranks, " << bytes << " bytes");
        const double part = bytes / ranks;
        const double formula = (ranks - 1) * (2 * message_seconds(part) + part / 4e9);
        const double seconds = collective_seconds(stepped(ranks, fidelity), [&] {
          return make_all_reduce(Algorithm::ring, ranks, static_cast<std::int64_t>(bytes / 4));
        });
        EXPECT_NEAR(seconds / formula, 1, 0.03);
      }
    }
  }
}

TEST(MessageCost, EveryRoundOfAnExchangeHasItsOwn) {
  // Rabenseifner on 8 ranks and 256 KiB: halves of 128, 64 and 32 KiB are sent and added, then sent
  // back: the two larger fall into the second piece, the smallest into the first.
  double formula = 0;
  for (const double bytes : {131072.0, 65536.0, 32768.0}) {
    formula += 2 * message_seconds(bytes) + bytes / 4e9;
  }
  for (const auto fidelity : kAll) {
    const double seconds = collective_seconds(
        stepped(8, fidelity), [] { return make_all_reduce(Algorithm::rabenseifner, 8, 65536); });
    EXPECT_NEAR(seconds / formula, 1, 0.001);
  }
}

TEST(MessageCost, InsideANodeThePiecesAreItsOwn) {
  // Two nodes of four: rings of 4 ranks inside (1 MiB parts: 3 us + s / 4 GB/s, links of 10 GB/s
  // with 1 us to the hub and back), an exchange of halves (512 KiB) and back between the nodes.
  const double part = 1048576;
  const double inside = 3 * (2 * (2e-6 + 3e-6 + part / 4e9) + part / 4e9);
  // Between nodes two device links of 1 us come on top; four streams of 2 GB/s share the NIC.
  const double across = 2 * (2e-6 + 2e-6 + 20e-6 + part / 2 / 2e9) + part / 2 / 4e9;
  for (const auto fidelity : kAll) {
    OneSwitch cluster = stepped(8, fidelity);
    cluster.injection.bandwidth = Bandwidth(8e9);
    cluster.node = {4, 1, {Bandwidth(10e9), Duration(1e-6)}};
    cluster.stack.local_pieces = {{Bytes(0), Duration(1e-6), Bandwidth(1e9)},
                                  {Bytes(65536), Duration(3e-6), Bandwidth(4e9)}};
    const double seconds = collective_seconds(
        cluster, [] { return make_all_reduce(Algorithm::hierarchical, 8, 1048576, 4); });
    EXPECT_NEAR(seconds / (inside + across), 1, 0.03);
  }
}

// Two nodes of four devices: hubs of 10 GB/s, one NIC of 8 GB/s, no latencies. Additions at 4 GB/s,
// inside a node at 20 GB/s; copies to the host and back at 5 GB/s.
OneSwitch staged(Fidelity fidelity) {
  OneSwitch cluster;
  cluster.ranks = 8;
  cluster.node = {4, 1, {Bandwidth(10e9), Duration(0)}};
  cluster.injection = {Bandwidth(8e9), Duration(0)};
  cluster.stack.reduce_bandwidth = Bandwidth(4e9);
  cluster.stack.local_reduce_bandwidth = Bandwidth(20e9);
  cluster.stack.staging_bandwidth = Bandwidth(5e9);
  cluster.fidelity = fidelity;
  return cluster;
}

TEST(MessageCost, LeadersStageTheirBufferOnce) {
  // 80 MB. Reduce: ring of 3 rounds of 20 MB (2 ms each) with 1 ms of additions each, three parts
  // of 20 MB into the leader's link (6 ms): 15 ms. To the host: 16 ms. Two leaders exchange halves
  // of 40 MB (5 ms), add them (10 ms), and exchange the sums (5 ms): 20 ms. Back: 16 ms. Broadcast:
  // 6 ms out of the leader and 3 rounds of 2 ms: 12 ms.
  for (const auto fidelity : kAll) {
    const double seconds = collective_seconds(
        staged(fidelity), [] { return make_all_reduce(Algorithm::node_leader, 8, 20'000'000, 4); });
    EXPECT_NEAR(seconds, 0.079, 1e-5);
  }
}

TEST(MessageCost, FlatRingsStageTheBufferOfWhoLeavesTheNode) {
  // A ring of 80 MB: 14 rounds of 10 MB, the slowest over the hub's link at 10 GB/s (1 ms) or the
  // NIC (1.25 ms). Ranks 0, 3, 4 and 7 copy 80 MB before (16 ms) and after; where data from another
  // node are added, that takes 2.5 ms in each of 7 rounds.
  const double formula = 0.016 + 14 * 1.25e-3 + 7 * 2.5e-3 + 0.016;
  for (const auto fidelity : kAll) {
    const double seconds = collective_seconds(
        staged(fidelity), [] { return make_all_reduce(Algorithm::ring, 8, 20'000'000); });
    EXPECT_NEAR(seconds / formula, 1, 0.03);
  }
}

TEST(MessageCost, WhatIsNotAddedIsCopied) {
  // A ring over four nodes: 3 rounds of 20 MB in 2 ms with additions in 5 ms, 3 rounds in 2 ms with
  // copies in 4 ms. Two exchanges over two nodes, halves of 40 MB: 4 + 10 and 4 + 8 ms. In a node
  // nothing is copied: 3 (2 + 5) + 3 * 2 ms.
  for (const auto fidelity : kAll) {
    OneSwitch cluster;
    cluster.ranks = 4;
    cluster.injection = {Bandwidth(10e9), Duration(0)};
    cluster.stack.reduce_bandwidth = Bandwidth(4e9);
    cluster.stack.gather_copy_bandwidth = Bandwidth(5e9);
    cluster.fidelity = fidelity;
    const MakeSchedule ring = [] { return make_all_reduce(Algorithm::ring, 4, 20'000'000); };
    EXPECT_NEAR(collective_seconds(cluster, ring), 0.039, 1e-6);
    OneSwitch two = cluster;
    two.ranks = 2;
    const MakeSchedule halves = [] {
      return make_all_reduce(Algorithm::rabenseifner, 2, 20'000'000);
    };
    EXPECT_NEAR(collective_seconds(two, halves), 0.026, 1e-6);
    cluster.node = {4, 1, {Bandwidth(10e9), Duration(0)}};
    EXPECT_NEAR(collective_seconds(cluster, ring), 0.027, 1e-6);
  }
}

TEST(MessageCost, InsideANodeNothingIsStaged) {
  // 3 rounds of 20 MB with additions, 3 without: 3 (2 + 1) + 3 * 2 ms.
  for (const auto fidelity : kAll) {
    OneSwitch cluster = staged(fidelity);
    cluster.ranks = 4;
    const double seconds =
        collective_seconds(cluster, [] { return make_all_reduce(Algorithm::ring, 4, 20'000'000); });
    EXPECT_NEAR(seconds, 0.015, 1e-5);
  }
}

TEST(MessageCost, TheFidelitiesAgreeOnTrainingSteps) {
  // 2 MB and 8 MB over 8 ranks, the second one exposed.
  const auto step = [](Fidelity fidelity) {
    return forked([&] {
      OneSwitch cluster = stepped(8, fidelity);
      cluster.noise = OneSwitch::quiet(3);
      cluster.costs.forward.assign(3, {Duration(0.001), Duration(0)});
      cluster.costs.backward.assign(3, {Duration(0.002), Duration(0)});
      SyncSgd::Options options;
      options.steps = 3;
      options.workers = 8;
      options.reducer.cycle = Duration(0);
      options.reducer.threshold = Bytes(4e6);
      const SyncSgd sgd({{0, {}}, {1, {2'000'000}}, {2, {500'000}}}, options);
      const auto summary = simulate_on(cluster, [&](World& w, const StepObserver& observe) {
        sgd.run(w, {{nullptr, 2'500'000}, {nullptr, 2'500'000}}, observe);
      });
      const StepRecord& s = summary.steps.back();
      return std::vector<double>{(s.end - s.begin).value(),
                                 s.parts[StepPhase::exposed_communication].value()};
    });
  };
  const auto flow = step(Fidelity::flow);
  for (const auto fidelity : {Fidelity::message, Fidelity::analytic}) {
    const auto other = step(fidelity);
    EXPECT_NEAR(other.at(0) / flow.at(0), 1, 0.03);
    EXPECT_NEAR(other.at(1) / flow.at(1), 1, 0.03);
  }
  EXPECT_GT(flow.at(1), 0.001);
}

}  // namespace
}  // namespace rehearse
