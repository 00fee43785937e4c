// Messages from rank to rank in the simulated world (noting_ranks.h): which meet, and when.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/error.h"
#include "noting_ranks.h"

namespace rehearse {
namespace {

class Messages : public testing::TestWithParam<Fidelity> {
 protected:
  static OneSwitch ranks(int count) { return ranks_on_a_switch(count, GetParam()); }
};

TEST_P(Messages, PingPong) {
  // A sender is free when its last byte has left, after 100 us; the receiver has it 2 us later.
  const Notes notes = notes_of(ranks(2), 4, [](const Rank& rank, Notes& at) {
    if (rank.me == 0) {
      rank.transport.send(rank.all, 1, kPort, kMegabyte);
      at[0] = now(rank.world);
      rank.transport.receive(rank.all, 1, kPort, kMegabyte);
      at[1] = now(rank.world);
    } else {
      rank.transport.receive(rank.all, 0, kPort, kMegabyte);
      at[2] = now(rank.world);
      rank.transport.send(rank.all, 0, kPort, kMegabyte);
      at[3] = now(rank.world);
    }
  });
  expect_near(notes, {100, 204, 102, 202});
}

TEST_P(Messages, ASendWaitsForItsReceive) {
  const Notes notes = notes_of(ranks(2), 2, [](const Rank& rank, Notes& at) {
    if (rank.me == 0) {
      rank.transport.send(rank.all, 1, kPort, kMegabyte);
    } else {
      rank.sleep_until(50);
      rank.transport.receive(rank.all, 0, kPort, kMegabyte);
    }
    at[static_cast<std::size_t>(rank.me)] = now(rank.world);
  });
  expect_near(notes, {150, 152});
}

TEST_P(Messages, MessagesUnderWayTogetherShareTheReceiversLink) {
  // Together 2 MB at 10 GB/s. One after the other: the second begins when the first is there.
  const Notes together = notes_of(ranks(3), 3, [](const Rank& rank, Notes& at) {
    if (rank.me > 0) {
      rank.transport.send(rank.all, 0, kPort, kMegabyte);
    } else {
      std::array transfers{rank.transport.start_receive(rank.all, 1, kPort, kMegabyte),
                           rank.transport.start_receive(rank.all, 2, kPort, kMegabyte)};
      for (int i = 0; i < 2; ++i) transfers[rank.transport.wait_any(transfers).index].reset();
    }
    at[static_cast<std::size_t>(rank.me)] = now(rank.world);
  });
  expect_near(together, {202, 200, 200});
  const Notes in_turn = notes_of(ranks(3), 3, [](const Rank& rank, Notes& at) {
    if (rank.me > 0) {
      rank.transport.send(rank.all, 0, kPort, kMegabyte);
    } else {
      for (int i = 0; i < 2; ++i) rank.transport.receive(rank.all, kAnyRank, kPort, kMegabyte);
    }
    at[static_cast<std::size_t>(rank.me)] = now(rank.world);
  });
  expect_near(in_turn, {204, 100, 202});
}

TEST_P(Messages, OfAnyRankTheFirstToHaveSentIsReceived) {
  // Rank 3 sends at 10 us, 1 at 20 us, 2 at 30 us; rank 0 asks at 40 us, and 100 + 2 us later
  // again.
  const Notes notes = notes_of(ranks(4), 6, [](const Rank& rank, Notes& at) {
    if (rank.me > 0) {
      rank.sleep_until(std::array{0, 20, 30, 10}[static_cast<std::size_t>(rank.me)]);
      rank.transport.send(rank.all, 0, kPort, kMegabyte);
      return;
    }
    rank.sleep_until(40);
    for (std::size_t i = 0; i < 6; i += 2) {
      at[i] = rank.transport.receive(rank.all, kAnyRank, kPort, kMegabyte);
      at[i + 1] = now(rank.world);
    }
  });
  expect_near(notes, {3, 142, 1, 244, 2, 346});
}

// Ranks 1 to 3 send to rank 0 at one moment, which rank 1 reaches in most steps; powers of two make
// it the same number.
void send_at_one_moment(const Rank& rank, double moment) {
  rank.world.spawn([moment](World& world) {
    const int me = world.transport().rank();
    for (double part = 1 << (3 - me); part >= 1; part /= 2) {
      world.clock().sleep_until(Duration(moment / part));
    }
    world.transport().send(*world.transport().world(), 0, kPort, kMegabyte);
  });
}

TEST_P(Messages, OfEqualTimesTheLowestRankIsReceived) {
  constexpr double kMoment = 1.0 / (1 << 16);  // s: 15.26 us
  for (const double asked : {0.0, kMoment, 2 * kMoment}) {
    const Notes notes = notes_of(ranks(4), 3, [&](const Rank& rank, Notes& who) {
      if (rank.me > 0) return send_at_one_moment(rank, kMoment);
      rank.world.clock().sleep_until(Duration(asked));
      for (double& one : who) {
        one = rank.transport.receive(rank.all, kAnyRank, kPort, kMegabyte);
      }
    });
    EXPECT_EQ(notes, (Notes{1, 2, 3})) << asked;
  }
}

TEST_P(Messages, BothEndsMayStartToSendBeforeTheyReceive) {
  // Both directions at once.
  const Notes notes = notes_of(ranks(2), 4, [](const Rank& rank, Notes& at) {
    const int other = 1 - rank.me;
    auto sent = rank.transport.start_send(rank.all, other, kPort, kMegabyte);
    auto received = rank.transport.start_receive(rank.all, other, kPort, kMegabyte);
    std::array transfers{std::move(received), std::move(sent)};
    for (int i = 0; i < 2; ++i) {
      const auto done = rank.transport.wait_any(transfers);
      EXPECT_EQ(done.rank, other);
      transfers[done.index].reset();
      at[static_cast<std::size_t>(2 * rank.me) + done.index] = now(rank.world);
    }
  });
  expect_near(notes, {102, 100, 102, 100});
}

TEST_P(Messages, WaitAnyReturnsWhatHasBeenCompleteForLongest) {
  // Rank 2 sends at 20 us, rank 1 at 50 us. 30 us of the first pass alone, 0.7 MB at half the rate
  // until 190 us; the other has 0.3 MB left: 220 us. Both are complete at 300 us.
  for (const auto& [asked, expected] :
       {std::pair{0.0, Notes{1, 192, 0, 222}}, std::pair{300.0, Notes{1, 300, 0, 300}}}) {
    const Notes notes = notes_of(ranks(3), 4, [&](const Rank& rank, Notes& at) {
      if (rank.me > 0) {
        rank.sleep_until(rank.me == 1 ? 50 : 20);
        rank.transport.send(rank.all, 0, kPort, kMegabyte);
        return;
      }
      std::array transfers{rank.transport.start_receive(rank.all, 1, kPort, kMegabyte),
                           rank.transport.start_receive(rank.all, 2, kPort, kMegabyte)};
      rank.sleep_until(asked);
      for (std::size_t i = 0; i < 4; i += 2) {
        const auto done = rank.transport.wait_any(transfers);
        transfers[done.index].reset();
        at[i] = static_cast<double>(done.index);
        at[i + 1] = now(rank.world);
      }
    });
    expect_near(notes, expected);
  }
}

TEST_P(Messages, ABackgroundTaskSendsToAMainTask) {
  const Notes notes = notes_of(ranks(2), 2, [](const Rank& rank, Notes& at) {
    rank.world.spawn([](World& background) {
      Transport& transport = background.transport();
      transport.send(*transport.world(), 1 - transport.rank(), kPort, kMegabyte);
    });
    rank.transport.receive(rank.all, kAnyRank, kPort, kMegabyte);
    at[static_cast<std::size_t>(rank.me)] = now(rank.world);
  });
  expect_near(notes, {102, 102});
}

TEST_P(Messages, AMainTaskSendsAtTheTimeOfItsHost) {
  // Which takes 50 us to enqueue a task.
  OneSwitch cluster = ranks(2);
  cluster.costs.forward = {{Duration(1), Duration(50 * kUs)}};
  const Notes notes = notes_of(cluster, 1, [](const Rank& rank, Notes& at) {
    if (rank.me == 0) {
      rank.world.device().launch({Pass::forward, 0});
      rank.transport.send(rank.all, 1, kPort, kMegabyte);
    } else {
      rank.transport.receive(rank.all, 0, kPort, kMegabyte);
      at[0] = now(rank.world);
    }
  });
  expect_near(notes, {152});
}

TEST_P(Messages, APortAndALaneAreAddressesOfTheirOwn) {
  // The message at another port or in another lane is asked for first: 2 MB, 202 us; then 102 us.
  for (const auto& [lane, port] : {std::pair{0, kPort + 1}, std::pair{1, kPort}}) {
    const Notes notes = notes_of(ranks(2), 2, [&](const Rank& rank, Notes& at) {
      const Group other = rank.all.lane(lane);
      if (rank.me == 0) {
        std::array transfers{rank.transport.start_send(rank.all, 1, kPort, kMegabyte),
                             rank.transport.start_send(other, 1, port, kTwoMegabytes)};
        for (int i = 0; i < 2; ++i) transfers[rank.transport.wait_any(transfers).index].reset();
      } else {
        rank.transport.receive(other, kAnyRank, port, kTwoMegabytes);
        at[0] = now(rank.world);
        rank.transport.receive(rank.all, kAnyRank, kPort, kMegabyte);
        at[1] = now(rank.world);
      }
    });
    expect_near(notes, {202, 304});
  }
}

TEST_P(Messages, OfOneSenderArriveInTheOrderOfSending) {
  const Notes notes = notes_of(ranks(2), 2, [](const Rank& rank, Notes& at) {
    if (rank.me == 0) {
      std::array transfers{rank.transport.start_send(rank.all, 1, kPort, kTwoMegabytes),
                           rank.transport.start_send(rank.all, 1, kPort, kMegabyte)};
      for (int i = 0; i < 2; ++i) transfers[rank.transport.wait_any(transfers).index].reset();
    } else {
      rank.transport.receive(rank.all, 0, kPort, kTwoMegabytes);  // as a receive of 1 MB it fails
      at[0] = now(rank.world);
      rank.transport.receive(rank.all, kAnyRank, kPort, kMegabyte);
      at[1] = now(rank.world);
    }
  });
  expect_near(notes, {202, 304});
}

TEST_P(Messages, InAGroupRanksArePlacesInIt) {
  const Notes notes = notes_of(ranks(4), 1, [](const Rank& rank, Notes& who) {
    const Group odd(1, {3, 1});
    if (rank.me == 3) rank.transport.send(odd, 1, kPort, kMegabyte);
    if (rank.me == 1) who[0] = rank.transport.receive(odd, kAnyRank, kPort, kMegabyte);
  });
  EXPECT_EQ(notes, Notes{0});
}

INSTANTIATE_TEST_SUITE_P(Of, Messages, testing::Values(Fidelity::flow, Fidelity::message),
                         [](const auto& of) {
                           return of.param == Fidelity::flow ? "flow" : "message";
                         });

TEST(MessagesOfAServer, CostTheSameUnderFlowAndMessage) {
  // Seven workers of different speed push 1 MB to rank 0 three times, which answers each with 2 MB.
  const auto notes = [](Fidelity fidelity) {
    return notes_of(ranks_on_a_switch(8, fidelity), 7 * 3 * 2, [](const Rank& rank, Notes& at) {
      if (rank.me == 0) {
        for (std::size_t i = 0; i < 21; ++i) {
          const int who = rank.transport.receive(rank.all, kAnyRank, 0, kMegabyte);
          rank.transport.send(rank.all, who, 1, kTwoMegabytes);
          at[i] = who;
        }
        return;
      }
      for (int step = 0; step < 3; ++step) {
        rank.world.clock().sleep_until(rank.world.clock().now() + Duration(37 * kUs * rank.me));
        rank.transport.send(rank.all, 0, 0, kMegabyte);
        rank.transport.receive(rank.all, 0, 1, kTwoMegabytes);
        at[static_cast<std::size_t>(21 + 3 * (rank.me - 1) + step)] = now(rank.world);
      }
    });
  };
  const Notes flow = notes(Fidelity::flow);
  expect_near(notes(Fidelity::message), flow);
  // The first asks after 37 us. Then 21 times 102 us there and 200 us back; the last has it 2 us
  // later.
  EXPECT_NEAR(*std::max_element(flow.begin(), flow.end()), 37 + 21 * 302 + 2, 1e-3);
}

TEST(MessagesUnderAnalytic, AreRefusedByName) {
  const Notes refused =
      notes_of(ranks_on_a_switch(2, Fidelity::analytic), 2, [](const Rank& rank, Notes& caught) {
        const auto refuses = [](const std::function<void()>& call) {
          try {
            call();
          } catch (const Error& error) {
            const std::string text = error.what();
            return text.find("fidelity 'analytic' cannot") != std::string::npos;
          }
          return false;
        };
        caught[0] = refuses([&] { rank.transport.send(rank.all, 1, kPort, kMegabyte); });
        caught[1] = refuses([&] { rank.transport.receive(rank.all, kAnyRank, kPort, kMegabyte); });
      });
  EXPECT_EQ(refused, (Notes{1, 1}));
}

}  // namespace
}  // namespace rehearse
