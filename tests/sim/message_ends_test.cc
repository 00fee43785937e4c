// What the ends of messages add (topologies/stacks/message_ends.h). Links of 10 GB/s and 1 us each,
// two between any ranks: a small message takes 2 us, a million bytes 100 us.
#include <gtest/gtest.h>

#include "one_switch.h"
#include "runtime/collectives/collectives.h"

namespace rehearse {
namespace {

constexpr double kUs = 1e-6;

OneSwitch with_ends(int ranks, Fidelity fidelity, const MessageEnds& ends) {
  OneSwitch cluster;
  cluster.ranks = ranks;
  cluster.fidelity = fidelity;
  cluster.stack.ends = ends;
  return cluster;
}

// A message of a million bytes from rank 0 to rank 1.
double one_message(const OneSwitch& cluster) {
  return collective_seconds(cluster, [] { return make_broadcast(2, 250'000); });
}

double all_reduce(const OneSwitch& cluster, Algorithm algorithm, std::int64_t elements) {
  return collective_seconds(cluster,
                            [&] { return make_all_reduce(algorithm, cluster.ranks, elements); });
}

class Ends : public testing::TestWithParam<Fidelity> {};

TEST_P(Ends, HeadersTakeTheirShareOfTheLink) {
  // 1 MB / 0.8 = 1.25 MB: 125 us.
  MessageEnds ends;
  ends.wire_efficiency = 0.8;
  EXPECT_NEAR(one_message(with_ends(2, GetParam(), ends)), 127 * kUs, 1e-10);
}

TEST_P(Ends, AStreamsOwnRateIsOneOfPayload) {
  // 5 GB/s of payload need 6.25 GB/s of the link: 200 us, as without headers.
  MessageEnds ends;
  ends.wire_efficiency = 0.8;
  OneSwitch cluster = with_ends(2, GetParam(), ends);
  cluster.stack.stream_bandwidth = Bandwidth(5e9);
  EXPECT_NEAR(one_message(cluster), 202 * kUs, 1e-10);
}

TEST_P(Ends, ARingCarriesTheAcknowledgementsOfWhatComesIn) {
  // 4 ranks, 4 MB: 6 rounds of 1 MB, each with a tenth more: 6 (2 + 110) us.
  MessageEnds ends;
  ends.acknowledgement_share = 0.1;
  const OneSwitch cluster = with_ends(4, GetParam(), ends);
  EXPECT_NEAR(all_reduce(cluster, Algorithm::ring, 1'000'000), 672 * kUs, 1e-9);
}

TEST_P(Ends, AnExchangeAcknowledgesWithItsData) {
  // 2 rounds of 1 MB both ways.
  MessageEnds ends;
  ends.acknowledgement_share = 0.1;
  const OneSwitch cluster = with_ends(4, GetParam(), ends);
  EXPECT_NEAR(all_reduce(cluster, Algorithm::recursive_doubling, 250'000), 204 * kUs, 1e-9);
}

TEST_P(Ends, AHandshakeCostsARoundTrip) {
  // Small messages take 2 + 5 us. At the threshold 7 + 14 + 100 us, below it 7 + 100.
  MessageEnds ends;
  for (const auto& [from, expected] : {std::pair{1e6, 121.0}, std::pair{1e6 + 1, 107.0}}) {
    ends.rendezvous_from = Bytes(from);
    OneSwitch cluster = with_ends(2, GetParam(), ends);
    cluster.stack.step_latency = Duration(5e-6);
    EXPECT_NEAR(one_message(cluster), expected * kUs, 1e-9);
  }
}

TEST_P(Ends, ARingOfHandshakesPaysOneInEveryRound) {
  // 8 ranks, 8 MB: 14 rounds of 3 * 2 + 100 us.
  MessageEnds ends;
  ends.rendezvous_from = Bytes(1e6);
  const OneSwitch cluster = with_ends(8, GetParam(), ends);
  EXPECT_NEAR(all_reduce(cluster, Algorithm::ring, 2'000'000), 14 * 106 * kUs, 1e-8);
}

// Rank 3 sends everything to rank 1, then rank 0 to rank 1, then rank 0 to rank 2.
class OneAfterTheOther : public Schedule {
 public:
  OneAfterTheOther() : Schedule(4, 250'000) {}
  [[nodiscard]] int rounds() const override { return 3; }
  void actions(int rank, int round, std::vector<Action>& out) const override {
    const int from = round == 0 ? 3 : 0;
    const int to = round == 2 ? 2 : 1;
    if (rank == from) out.push_back({Action::Kind::send, to, 0, elements()});
    if (rank == to) out.push_back({Action::Kind::receive, from, 0, elements()});
  }
};

TEST_P(Ends, ASenderOfEagerMessagesWaitsForItsOwnLinkOnly) {
  // Links of 10 us. Without handshakes the three go one after the other, and rank 1 asks for the
  // second 20 us after the first has left: 120 + 100 + 100 + 20 us. Eager, the first two begin at
  // once and are halfway at 100 us. Rank 0 goes on then: its link takes 100 us for the half of one
  // that is left and a half of the other, then 50 us for the rest, and 20 us pass on the way.
  const auto seconds = [&](const MessageEnds& ends) {
    OneSwitch cluster = with_ends(4, GetParam(), ends);
    cluster.injection.latency = Duration(10e-6);
    return collective_seconds(cluster, [] { return std::make_unique<OneAfterTheOther>(); });
  };
  MessageEnds eager;
  eager.rendezvous_from = Bytes(1e9);
  EXPECT_NEAR(seconds(eager), 270 * kUs, 1e-9);
  EXPECT_NEAR(seconds({}), 340 * kUs, 1e-9);
}

// Rank 0 sends to rank 1, which first gets something from rank 2.
class Early : public Schedule {
 public:
  Early() : Schedule(3, 250'000) {}
  [[nodiscard]] int rounds() const override { return 2; }
  void actions(int rank, int round, std::vector<Action>& out) const override {
    const int from = round == 0 ? 2 : 0;
    if (rank == from) out.push_back({Action::Kind::send, 1, 0, round == 0 ? elements() : 1});
    if (rank == 1) out.push_back({Action::Kind::receive, from, 0, round == 0 ? elements() : 1});
  }
};

TEST_P(Ends, AnEagerMessageIsThereWhenItsReceiverAsks) {
  // The long message takes 102 us, and the short one costs nothing any more: they share rank 1's
  // link for the 0.8 ns that 8 bytes need.
  MessageEnds eager;
  eager.rendezvous_from = Bytes(1e9);
  const OneSwitch cluster = with_ends(3, GetParam(), eager);
  EXPECT_NEAR(collective_seconds(cluster, [] { return std::make_unique<Early>(); }), 102 * kUs,
              1e-9);
}

TEST_P(Ends, AnEmptyEagerMessageTakesItsLatency) {
  MessageEnds ends;
  ends.rendezvous_from = Bytes(1e6);
  const OneSwitch cluster = with_ends(2, GetParam(), ends);
  EXPECT_NEAR(collective_seconds(cluster, [] { return make_broadcast(2, 0); }), 2 * kUs, 1e-9);
}

TEST_P(Ends, AnIdleLinkHasABurstToGive) {
  // 0.2 of 1 MB pass at once: 80 us.
  MessageEnds ends;
  ends.idle_burst = Bytes(200e3);
  const OneSwitch cluster = with_ends(2, GetParam(), ends);
  EXPECT_NEAR(one_message(cluster), 82 * kUs, 1e-9);
}

TEST_P(Ends, ABusyLinkHasNone) {
  // Exchanges of 1 MB without latencies: the second finds an empty bucket. 80 + 100 us.
  MessageEnds ends;
  ends.idle_burst = Bytes(200e3);
  OneSwitch cluster = with_ends(4, GetParam(), ends);
  cluster.injection.latency = Duration(0);
  EXPECT_NEAR(all_reduce(cluster, Algorithm::recursive_doubling, 250'000), 180 * kUs, 1e-9);
  // 5 us of idling between them refill 50 kB: 80 + 95 us, and 5 us after each.
  cluster.stack.step_latency = Duration(5e-6);
  EXPECT_NEAR(all_reduce(cluster, Algorithm::recursive_doubling, 250'000), 185 * kUs, 1e-9);
}

// The second of two exchanges of 1 MB among 4 ranks; the first, which begins together, takes 3 * 2
// + 100 us.
double second_exchange(Fidelity fidelity, const MessageEnds& ends) {
  return all_reduce(with_ends(4, fidelity, ends), Algorithm::recursive_doubling, 250'000) -
         106 * kUs;
}

TEST_P(Ends, ExchangesTakeTurnsIfOneRankLeavesTheRoundBeforeTooLate) {
  // A skew of 3 us exceeds the 2 us of a small message: announcement 2 us, 2 + 100 us one way,
  // 2 + 100 us the other, 2 us for the reply. A skew of 1 us does not.
  MessageEnds ends;
  ends.rendezvous_from = Bytes(1e6);
  for (const auto& [skew, second] : {std::pair{3e-6, 208.0}, std::pair{1e-6, 106.0}}) {
    ends.departure_skew = Duration(skew);
    EXPECT_NEAR(second_exchange(GetParam(), ends), second * kUs, 1e-9);
  }
}

TEST_P(Ends, ALongerMessageLeavesItsRanksFurtherApart) {
  // As above: 3 % of the 100 us that a message takes on the link exceed 2 us, 1 % do not.
  MessageEnds ends;
  ends.rendezvous_from = Bytes(1e6);
  for (const auto& [spread, second] : {std::pair{0.03, 208.0}, std::pair{0.01, 106.0}}) {
    ends.departure_spread = spread;
    EXPECT_NEAR(second_exchange(GetParam(), ends), second * kUs, 1e-9);
  }
}

TEST_P(Ends, TurnsFollowTurns) {
  // Rabenseifner's algorithm, 4 ranks, 4 MB: exchanges of 2, 1, 1 and 2 MB, the second and third
  // with the same peer. After the first, 0.9 % of 200 us are below the 2 us of a small message, 1.5
  // % are above; then all that follow take turns, though 1.5 % of 100 us are below. Who sends
  // second is done when its data has left, 2 us before the other has it, and announces so much
  // earlier to the same peer: 206 us.
  MessageEnds ends;
  ends.rendezvous_from = Bytes(1e6);
  for (const auto& [spread, turns] : {std::pair{0.009, false}, std::pair{0.015, true}}) {
    ends.departure_spread = spread;
    const OneSwitch cluster = with_ends(4, GetParam(), ends);
    const double expected = turns ? 206 + 208 + 206 + 408 : 206 + 106 + 106 + 206;
    EXPECT_NEAR(all_reduce(cluster, Algorithm::rabenseifner, 1'000'000), expected * kUs, 1e-9);
  }
}

TEST_P(Ends, AnAnnouncementThatFollowsDataHasItsOwnSize) {
  // A skew of 3 us does not exceed the 2 us of a small message and 0.6 us on each of two links that
  // 6 kB take, but exceeds 2 us and 0.4 us on each for 4 kB.
  MessageEnds ends;
  ends.rendezvous_from = Bytes(1e6);
  ends.departure_skew = Duration(3e-6);
  for (const auto& [bytes, second] : {std::pair{6e3, 106.0}, std::pair{4e3, 208.0}}) {
    ends.announcement = Bytes(bytes);
    EXPECT_NEAR(second_exchange(GetParam(), ends), second * kUs, 1e-9);
  }
}

TEST_P(Ends, ASleepingReceiverWakesOnceForEveryMessage) {
  // The way takes 2 us: whom waking costs 1.5 us sleeps by then, whom it costs 2.5 us still polls.
  MessageEnds ends;
  for (const auto& [wake_up, more] : {std::pair{1.5e-6, 1.5}, std::pair{2.5e-6, 0.0}}) {
    ends.wake_up = Duration(wake_up);
    EXPECT_NEAR(one_message(with_ends(2, GetParam(), ends)), (102 + more) * kUs, 1e-9);
    // Announcement, reply and data wake somebody.
    MessageEnds asking = ends;
    asking.rendezvous_from = Bytes(1e6);
    EXPECT_NEAR(one_message(with_ends(2, GetParam(), asking)), (106 + 3 * more) * kUs, 1e-9);
  }
}

TEST_P(Ends, InsideANodeTheyAddNothing) {
  MessageEnds ends;
  ends.wire_efficiency = 0.5;
  ends.rendezvous_from = Bytes(1);
  OneSwitch cluster = with_ends(2, GetParam(), ends);
  cluster.node = {2, 1, {Bandwidth(10e9), Duration(1e-6)}};
  EXPECT_NEAR(one_message(cluster), 102 * kUs, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Of, Ends, testing::Values(Fidelity::flow, Fidelity::message),
                         [](const auto& of) {
                           return of.param == Fidelity::flow ? "flow" : "message";
                         });

}  // namespace
}  // namespace rehearse
