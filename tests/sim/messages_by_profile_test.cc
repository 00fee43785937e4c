// What a profile makes of a message from rank to rank in the simulated world (noting_ranks.h).
#include <gtest/gtest.h>

#include "noting_ranks.h"

namespace rehearse {
namespace {

class MessageCosts : public testing::TestWithParam<Fidelity> {
 protected:
  static OneSwitch ranks(int count) { return ranks_on_a_switch(count, GetParam()); }
};

// Rank 0 sends a megabyte to rank 1, which asks for it at `asked`: when rank 0 may go on, and when
// rank 1 has it.
Notes one_message(const OneSwitch& cluster, double asked = 0) {
  return notes_of(cluster, 2, [&](const Rank& rank, Notes& at) {
    if (rank.me == 0) {
      rank.transport.send(rank.all, 1, kPort, kMegabyte);
    } else {
      rank.sleep_until(asked);
      rank.transport.receive(rank.all, 0, kPort, kMegabyte);
    }
    at[static_cast<std::size_t>(rank.me)] = now(rank.world);
  });
}

TEST_P(MessageCosts, CostWhatTheProfileSaysOfStreamsAndSteps) {
  // 5 GB/s and 5 us: 200 us, and 7 us later.
  OneSwitch cluster = ranks(2);
  cluster.stack.stream_bandwidth = Bandwidth(5e9);
  cluster.stack.step_latency = Duration(5 * kUs);
  expect_near(one_message(cluster), {200, 207});
  // What is not added is copied: 1 MB at 20 GB/s.
  cluster.stack.gather_copy_bandwidth = Bandwidth(20e9);
  expect_near(one_message(cluster), {200, 257});
}

TEST_P(MessageCosts, AreStagedOnceAtEachEnd) {
  // 100 us to the host, 100 us on the links, 2 us, 100 us to the device. A receiver that comes late
  // finds the data on its sender's host.
  OneSwitch cluster = ranks(2);
  cluster.stack.staging_bandwidth = Bandwidth(10e9);
  expect_near(one_message(cluster), {200, 302});
  expect_near(one_message(cluster, 150), {250, 352});
  // Inside a node they are not.
  cluster.node = {2, 1, {Bandwidth(10e9), Duration(1 * kUs)}};
  expect_near(one_message(cluster), {100, 102});
}

TEST_P(MessageCosts, InsideANodeASharedCoreCopiesThem) {
  // 2 us, then 100 us of rank 1's core; rank 0 waits for the copy.
  OneSwitch cluster = ranks(2);
  cluster.node = {2, 1, {Bandwidth(10e9), Duration(1 * kUs)}};
  cluster.stack.local_stream_bandwidth = Bandwidth(10e9);
  cluster.costs.shares_core = true;
  expect_near(one_message(cluster), {102, 102});
}

constexpr Tensor kLong{nullptr, 2'495'000};

TEST_P(MessageCosts, WaitingForThemInterruptsASharedCore) {
  // A message of 998 us and 2 us: 50 us without pause, then ten sleeps of 100 us, each of which
  // costs 20 us: 250 us (runtime/worlds/polling.h).
  OneSwitch cluster = ranks(2);
  cluster.costs.shares_core = true;
  cluster.costs.wake_up = Duration(20 * kUs);
  cluster.costs.forward = {{Duration(5000 * kUs), Duration(0)}};
  const Notes notes = notes_of(cluster, 1, [](const Rank& rank, Notes& at) {
    if (rank.me == 0) return rank.transport.send(rank.all, 1, kPort, kLong);
    rank.world.spawn([](World& background) {
      background.transport().receive(*background.transport().world(), 0, kPort, kLong);
    });
    rank.world.device().wait(rank.world.device().launch({Pass::forward, 0}));
    at[0] = now(rank.world);
  });
  expect_near(notes, {5250});
}

TEST_P(MessageCosts, AnEagerMessageTravelsWithoutItsReceive) {
  OneSwitch cluster = ranks(2);
  cluster.stack.ends.rendezvous_from = Bytes(1e9);
  expect_near(one_message(cluster), {100, 102});
  expect_near(one_message(cluster, 50), {100, 102});
  expect_near(one_message(cluster, 300), {100, 300});
}

TEST_P(MessageCosts, AHandshakeCostsARoundTrip) {
  // Small messages take 2 + 5 us: the announcement 7 us, 100 us, 7 us, and 7 us for the reply. A
  // receiver that comes late finds the announcement.
  OneSwitch cluster = ranks(2);
  cluster.stack.ends.rendezvous_from = Bytes(1e6);
  cluster.stack.step_latency = Duration(5 * kUs);
  expect_near(one_message(cluster), {107, 121});
  expect_near(one_message(cluster, 50), {150, 164});
}

TEST_P(MessageCosts, HeadersAndBurstsAreThoseOfARound) {
  // 1 MB / 0.8 less a burst of 0.2 MB: 105 us.
  OneSwitch cluster = ranks(2);
  cluster.stack.ends.wire_efficiency = 0.8;
  cluster.stack.ends.idle_burst = Bytes(200e3);
  expect_near(one_message(cluster), {105, 107});
}

INSTANTIATE_TEST_SUITE_P(Of, MessageCosts, testing::Values(Fidelity::flow, Fidelity::message),
                         [](const auto& of) {
                           return of.param == Fidelity::flow ? "flow" : "message";
                         });

}  // namespace
}  // namespace rehearse
