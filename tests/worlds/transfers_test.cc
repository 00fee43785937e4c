// What every world promises of messages that are under way at once: several of a rank, of several
// tasks, beside collectives.
#include <algorithm>

#include "runtime/collectives/all_reduce.h"
#include "tests/worlds/terms.h"

namespace rehearse {
namespace {

using Transfers = std::vector<std::unique_ptr<Transfer>>;

class UnderWay : public WorldTest {};
INSTANTIATE_TEST_SUITE_P(Worlds, UnderWay, testing::ValuesIn(worlds_with(&Promises::messages)),
                         world_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(UnderWay);  // some programs have no such world

// Rank 0 receives from everybody at a port of each; the sender's rank and a turn say which.
TEST_P(UnderWay, WaitAnySaysWhichOfSeveral) {
  run([](World& world) {
    Transport& t = world.transport();
    const Group& group = *t.world();
    constexpr int kTurns = 3;
    if (t.rank() != 0) {
      for (int turn = 0; turn < kTurns; ++turn) {
        t.send(group, 0, t.rank(), numbers(turn + 4, all(10 * turn + t.rank())).tensor());
      }
      return;
    }
    for (int turn = 0; turn < kTurns; ++turn) {
      std::vector<Numbers> data;
      Transfers transfers(1);  // null
      for (int rank = 1; rank < t.size(); ++rank) data.push_back(numbers(turn + 4));
      for (int rank = 1; rank < t.size(); ++rank) {
        const Tensor tensor = data[static_cast<std::size_t>(rank - 1)].tensor();
        transfers.push_back(t.start_receive(group, rank % 2 == 0 ? rank : kAnyRank, rank, tensor));
        transfers.emplace_back();
      }
      for (int rank = 1; rank < t.size(); ++rank) {
        const Transport::Completed completed = t.wait_any(transfers);
        EXPECT_EQ(completed.index, static_cast<std::size_t>(2 * completed.rank - 1));
        const Numbers& got = data[static_cast<std::size_t>(completed.rank - 1)];
        EXPECT_TRUE(got.are(all(10 * turn + completed.rank)));
        EXPECT_NE(transfers[completed.index], nullptr);  // none is returned twice
        transfers[completed.index].reset();
      }
    }
  });
}

// What was sent when nobody asked for it is not lost, and a receive may be there first.
TEST_P(UnderWay, EitherEndMayBeFirst) {
  run([](World& world) {
    Transport& t = world.transport();
    const Group& group = *t.world();
    for (const int late : {0, 1}) {
      t.agree_min(group, 0);
      if (t.rank() == late) world.clock().sleep_until(world.clock().now() + Duration(0.01));
      Numbers data = numbers(50, all(t.rank() + late));
      if (t.rank() == 1) t.send(group, 0, 0, data.tensor());
      if (t.rank() == 0) {
        EXPECT_EQ(t.receive(group, kAnyRank, 0, data.tensor()), 1);
        EXPECT_TRUE(data.are(all(1 + late)));
      }
    }
  });
}

// 8 MB each way: more than any library sends before the receiver has asked.
TEST_P(UnderWay, BigMessagesMayMeet) {
  run([](World& world) {
    Transport& t = world.transport();
    const Group& group = *t.world();
    constexpr std::int64_t kElements = 2'000'000;
    std::vector<Numbers> got;
    Numbers mine = numbers(kElements, terms(t.rank()));
    Transfers transfers;
    for (int peer = 0; peer < t.size(); ++peer) {
      if (peer == t.rank()) continue;
      got.push_back(numbers(kElements));
      transfers.push_back(t.start_send(group, peer, 0, mine.tensor()));
    }
    std::vector<int> senders;
    for (int peer = 0; peer < t.size(); ++peer) {
      if (peer == t.rank()) continue;
      const Tensor tensor = got[senders.size()].tensor();
      transfers.push_back(t.start_receive(group, peer, 0, tensor));
      senders.push_back(peer);
    }
    for (std::size_t left = transfers.size(); left > 0; --left) {
      transfers[t.wait_any(transfers).index].reset();
    }
    for (std::size_t i = 0; i < senders.size(); ++i) EXPECT_TRUE(got[i].are(terms(senders[i])));
    EXPECT_EQ(t.sent(), Bytes(4.0 * kElements * (t.size() - 1)));
  });
}

// A message is its rank's: whichever task sends it, whichever receives it.
TEST_P(UnderWay, ABackgroundTaskAndAMainTaskMayTalk) {
  run([](World& world) {
    Transport& t = world.transport();
    const Group& group = *t.world();
    if (t.rank() > 1) return;
    const auto done = world.make_signal(false);
    const bool asks_in_background = t.rank() == 0;
    const auto ask = [&](Transport& mine) {
      for (int i = 0; i < 10; ++i) {
        mine.send(group, 1, 0, numbers(5, all(i)).tensor());
        Numbers answer = numbers(6);
        EXPECT_EQ(mine.receive(group, 1, 1, answer.tensor()), 1);
        EXPECT_TRUE(answer.are(all(100 + i)));
      }
    };
    const auto answer = [&](Transport& mine) {
      for (int i = 0; i < 10; ++i) {
        Numbers question = numbers(5);
        EXPECT_EQ(mine.receive(group, kAnyRank, 0, question.tensor()), 0);
        EXPECT_TRUE(question.are(all(i)));
        mine.send(group, 0, 1, numbers(6, all(100 + i)).tensor());
      }
    };
    if (asks_in_background) {
      world.spawn([&](World& background) {
        ask(background.transport());
        done->raise();
      });
      done->wait_above(0);
    } else {
      answer(t);
    }
  });
}

// The second task of one rank and the third of the other, while their main tasks talk as well.
TEST_P(UnderWay, AnyTaskMayTalkToAnyOther) {
  run([](World& world) {
    Transport& t = world.transport();
    const Group& group = *t.world();
    if (t.rank() > 1) return;
    const int peer = 1 - t.rank();
    const auto exchange = [&](Transport& mine, int to_port, int from_port) {
      for (int i = 0; i < 20; ++i) {
        Numbers data = numbers(to_port + 1, all(i));
        Numbers got = numbers(from_port + 1);
        Transfers sends;
        sends.push_back(mine.start_send(group, peer, to_port, data.tensor()));
        EXPECT_EQ(mine.receive(group, kAnyRank, from_port, got.tensor()), peer);
        EXPECT_TRUE(got.are(all(i)));
        mine.wait_any(sends);
      }
    };
    const auto done = world.make_signal(false);
    // By rank and task: the ports to which it sends, and at which it receives.
    constexpr int kTo[2][3] = {{0, 1, 2}, {4, 5, 3}};
    constexpr int kFrom[2][3] = {{3, 4, 5}, {1, 2, 0}};
    for (const int task : {1, 2}) {
      world.spawn([&, task](World& background) {
        exchange(background.transport(), kTo[t.rank()][task], kFrom[t.rank()][task]);
        done->raise();
      });
    }
    exchange(t, kTo[t.rank()][0], kFrom[t.rank()][0]);
    done->wait_above(1);
  });
}

// Started by one task, received by another of the same rank in the order in which they were sent.
TEST_P(UnderWay, TheTasksOfARankSendInOneOrder) {
  run([](World& world) {
    Transport& t = world.transport();
    const Group& group = *t.world();
    if (t.rank() == 1) {
      const auto there = world.make_signal(true);
      const auto back = world.make_signal(false);
      world.spawn([&](World& background) {
        for (int i = 1; i < 10; i += 2) {
          there->wait_above(i / 2);
          background.transport().send(group, 0, 0, numbers(i + 1, all(i)).tensor());
          back->raise();
        }
      });
      for (int i = 0; i < 10; i += 2) {
        t.send(group, 0, 0, numbers(i + 1, all(i)).tensor());
        there->raise();
        back->wait_above(i / 2);
      }
    } else if (t.rank() == 0) {
      for (int i = 0; i < 10; ++i) {
        Numbers got = numbers(i + 1);
        EXPECT_EQ(t.receive(group, 1, 0, got.tensor()), 1);
        EXPECT_TRUE(got.are(all(i)));
      }
    }
  });
}

// In the same group and lane.
TEST_P(UnderWay, MessagesAndCollectivesDoNotMeet) {
  run([](World& world) {
    Transport& t = world.transport();
    const Group& group = *t.world();
    for (const Algorithm algorithm : {Algorithm::ring, Algorithm::tree, Algorithm::native}) {
      Numbers mine = numbers(3000, all(-1));
      Numbers theirs = numbers(3000);
      const int next = (t.rank() + 1) % t.size();
      Transfers transfers;
      transfers.push_back(t.start_send(group, next, 0, mine.tensor()));
      Numbers data = numbers(3001, terms(t.rank()));
      all_reduce(t, group, data.tensor(), algorithm);
      EXPECT_TRUE(data.are(sums(t.size())));
      EXPECT_EQ(t.agree_min(group, 5).least, 5);
      transfers.push_back(t.start_receive(group, kAnyRank, 0, theirs.tensor()));
      all_reduce(t, group, data.tensor(), algorithm);
      for (int i = 0; i < 2; ++i) transfers[t.wait_any(transfers).index].reset();
      EXPECT_TRUE(theirs.are(all(-1)));
    }
  });
}

TEST_P(UnderWay, ATaskMayTalkWhileAnotherSums) {
  run([](World& world) {
    Transport& t = world.transport();
    const Group& group = *t.world();
    const auto done = world.make_signal(false);
    world.spawn([&](World& background) {
      Transport& mine = background.transport();
      const int next = (t.rank() + 1) % t.size();
      for (int i = 0; i < 30; ++i) {
        Numbers data = numbers(500 + i, all(i));
        Numbers got = numbers(500 + i);
        Transfers sends;
        sends.push_back(mine.start_send(group, next, 0, data.tensor()));
        mine.receive(group, kAnyRank, 0, got.tensor());
        EXPECT_TRUE(got.are(all(i)));
        mine.wait_any(sends);
      }
      done->raise();
    });
    for (int i = 0; i < 30; ++i) {
      Numbers data = numbers(5001, terms(t.rank()));
      all_reduce(t, group, data.tensor(), Algorithm::ring);
      EXPECT_TRUE(data.are(sums(t.size())));
    }
    done->wait_above(0);
  });
}

}  // namespace
}  // namespace rehearse
