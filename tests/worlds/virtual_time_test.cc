// What simulated worlds promise of messages beyond what all worlds do: when things happen.
#include <algorithm>

#include "tests/worlds/world_under_test.h"

namespace rehearse {
namespace {

class VirtualTime : public WorldTest {};
INSTANTIATE_TEST_SUITE_P(Worlds, VirtualTime,
                         testing::ValuesIn(worlds_with(&Promises::virtual_time,
                                                       &Promises::messages)),
                         world_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(VirtualTime);  // some programs have no such world

// Every rank but the first sends at the moment that `when` says; the first asks at `asked` and
// expects them in the order of `order`.
void expect_order(World& world, const std::function<double(int rank)>& when, double asked,
                  const std::vector<int>& order) {
  Transport& t = world.transport();
  Numbers data(WorldTest::GetParam().promises, 100, all(0));
  if (t.rank() != 0) {
    world.clock().sleep_until(Duration(when(t.rank())));
    t.send(*t.world(), 0, 0, data.tensor());
    return;
  }
  world.clock().sleep_until(Duration(asked));
  for (const int sender : order) {
    EXPECT_EQ(t.receive(*t.world(), kAnyRank, 0, data.tensor()), sender);
  }
}

std::vector<int> ascending(int ranks) {
  std::vector<int> order;
  for (int rank = 1; rank < ranks; ++rank) order.push_back(rank);
  return order;
}

std::vector<int> descending(int ranks) {
  std::vector<int> order = ascending(ranks);
  std::reverse(order.begin(), order.end());
  return order;
}

TEST_P(VirtualTime, TheFirstToHaveSentIsReceivedFirst) {
  run([](World& world) {
    const int ranks = world.transport().size();
    expect_order(
        world, [&](int rank) { return 0.010 * (ranks - rank); }, 0, descending(ranks));
  });
}

TEST_P(VirtualTime, TheFirstToHaveSentIsReceivedFirstByOneWhoAsksLate) {
  run([](World& world) {
    const int ranks = world.transport().size();
    expect_order(
        world, [&](int rank) { return 0.010 * (ranks - rank); }, 0.1, descending(ranks));
  });
}

TEST_P(VirtualTime, OfEqualTimesTheLowestRankIsFirst) {
  for (const double asked : {0.0, 0.1}) {
    run([&](World& world) {
      expect_order(
          world, [](int) { return 0.010; }, asked, ascending(world.transport().size()));
    });
  }
}

// A rank runs ahead of the engine while it computes; what counts is when its work is done.
TEST_P(VirtualTime, ASenderIsAsLateAsItsWork) {
  run([](World& world) {
    Transport& t = world.transport();
    Numbers data = numbers(100);
    if (t.rank() == 0) {
      for (int sender = t.size() - 1; sender > 0; --sender) {
        EXPECT_EQ(t.receive(*t.world(), kAnyRank, 0, data.tensor()), sender);
      }
      EXPECT_GE(world.clock().now(), Duration(0.010 * (t.size() - 1)));
      return;
    }
    Device& device = world.device();
    device.begin_step(0);
    Event last;
    for (int task = t.rank(); task < t.size(); ++task) last = device.launch({Pass::forward, 0});
    device.wait(last);
    t.send(*t.world(), 0, 0, data.tensor());
  });
}

// 8 MB over links of 1 GB/s take 8 ms, and latencies of far less.
TEST_P(VirtualTime, AMessageTakesItsBytesOverTheBandwidth) {
  run([](World& world) {
    Transport& t = world.transport();
    Numbers data = numbers(2'000'000);
    if (t.rank() == 1) t.send(*t.world(), 0, 0, data.tensor());
    if (t.rank() != 0) return;
    t.receive(*t.world(), 1, 0, data.tensor());
    EXPECT_GE(world.clock().now(), Duration(0.008));
    EXPECT_LE(world.clock().now(), Duration(0.0088));
  });
}

// Two messages of 8 MB over the receiver's link of 1 GB/s take 16 ms, whoever is first.
TEST_P(VirtualTime, MessagesShareTheLinkOfTheirReceiver) {
  run([](World& world) {
    Transport& t = world.transport();
    const int senders = t.size() - 1;
    Numbers data = numbers(2'000'000);
    if (t.rank() != 0) {
      t.send(*t.world(), 0, 0, data.tensor());
      return;
    }
    std::vector<std::unique_ptr<Transfer>> transfers;
    for (int i = 0; i < senders; ++i) {
      transfers.push_back(t.start_receive(*t.world(), kAnyRank, 0, data.tensor()));
    }
    for (int i = 0; i < senders; ++i) transfers[t.wait_any(transfers).index].reset();
    EXPECT_GE(world.clock().now(), Duration(0.008 * senders));
    EXPECT_LE(world.clock().now(), Duration(0.0088 * senders));
  });
}

// A message that travels while its sender computes costs the sender nothing.
TEST_P(VirtualTime, AStartedMessageTravelsMeanwhile) {
  run([](World& world) {
    Transport& t = world.transport();
    Numbers data = numbers(2'000'000);
    std::vector<std::unique_ptr<Transfer>> transfers;
    if (t.rank() == 1) transfers.push_back(t.start_send(*t.world(), 0, 0, data.tensor()));
    if (t.rank() == 0) transfers.push_back(t.start_receive(*t.world(), 1, 0, data.tensor()));
    if (t.rank() > 1) return;
    world.clock().sleep_until(Duration(0.020));
    t.wait_any(transfers);
    EXPECT_LE(world.clock().now(), Duration(0.0201));
  });
}

}  // namespace
}  // namespace rehearse
