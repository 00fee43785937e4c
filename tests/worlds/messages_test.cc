// What every world promises of messages: order, addresses, sizes, who sent them, what was sent.
#include <algorithm>
#include <set>

#include "tests/worlds/world_under_test.h"

namespace rehearse {
namespace {

class Messages : public WorldTest {};
INSTANTIATE_TEST_SUITE_P(Worlds, Messages, testing::ValuesIn(worlds_with(&Promises::messages)),
                         world_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Messages);  // some programs have no such world

// The group of all ranks in descending order.
Group descending(int ranks) {
  std::vector<int> members;
  for (int rank = ranks - 1; rank >= 0; --rank) members.push_back(rank);
  return {1, members};
}

// Blocks until all of them are complete.
void wait_all(Transport& t, std::vector<std::unique_ptr<Transfer>>& transfers) {
  for (std::size_t left = transfers.size(); left > 0; --left) {
    transfers[t.wait_any(transfers).index].reset();
  }
}

TEST_P(Messages, ArriveWhole) {
  run([](World& world) {
    Transport& t = world.transport();
    const int next = (t.rank() + 1) % t.size();
    const int previous = (t.rank() + t.size() - 1) % t.size();
    Numbers mine = numbers(1000, [&](std::size_t i) { return 1000.0f * t.rank() + i; });
    Numbers theirs = numbers(1000);
    std::vector<std::unique_ptr<Transfer>> sends;
    sends.push_back(t.start_send(*t.world(), next, 3, mine.tensor()));
    EXPECT_EQ(t.receive(*t.world(), previous, 3, theirs.tensor()), previous);
    EXPECT_TRUE(theirs.are([&](std::size_t i) { return 1000.0f * previous + i; }));
    EXPECT_EQ(t.wait_any(sends).rank, next);
  });
}

// Message i has i + 1 elements: one out of order would not fit.
TEST_P(Messages, KeepTheOrderOfOneSenderToOnePort) {
  run([](World& world) {
    Transport& t = world.transport();
    constexpr int kMany = 40;
    if (t.rank() == 1) {
      for (int i = 0; i < kMany; ++i) t.send(*t.world(), 0, 7, numbers(i + 1, all(i)).tensor());
    } else if (t.rank() == 0) {
      for (int i = 0; i < kMany; ++i) {
        Numbers got = numbers(i + 1);
        EXPECT_EQ(t.receive(*t.world(), i % 2 == 0 ? 1 : kAnyRank, 7, got.tensor()), 1);
        EXPECT_TRUE(got.are(all(i)));
      }
    }
  });
}

TEST_P(Messages, GoToReceivesInTheOrderInWhichTheseWereStarted) {
  run([](World& world) {
    Transport& t = world.transport();
    constexpr int kMany = 5;
    std::vector<Numbers> data;
    std::vector<std::unique_ptr<Transfer>> transfers;
    for (int i = 0; i < kMany; ++i) data.push_back(numbers(i + 1, all(t.rank() == 1 ? i : 0)));
    for (int i = 0; i < kMany; ++i) {
      const Tensor tensor = data[static_cast<std::size_t>(i)].tensor();
      if (t.rank() == 1) transfers.push_back(t.start_send(*t.world(), 0, 7, tensor));
      if (t.rank() == 0) transfers.push_back(t.start_receive(*t.world(), 1, 7, tensor));
    }
    std::reverse(transfers.begin(), transfers.end());  // asked in another order
    wait_all(t, transfers);
    for (int i = 0; t.rank() == 0 && i < kMany; ++i) {
      EXPECT_TRUE(data[static_cast<std::size_t>(i)].are(all(i)));
    }
  });
}

// Where a message may be addressed to: groups, their lanes, ports.
struct Address {
  Group group;
  int port;
};

// Of messages from rank 1 to rank 0; sizes and contents differ from address to address.
void expect_apart(World& world, const std::vector<Address>& addresses) {
  Transport& t = world.transport();
  const auto rank_of = [](const Group& group, int world_rank) {
    return group.world_rank(0) == 0 ? world_rank : group.size() - 1 - world_rank;
  };
  if (t.rank() > 1) return;
  std::vector<Numbers> data;
  std::vector<std::unique_ptr<Transfer>> sends;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    data.emplace_back(WorldTest::GetParam().promises, static_cast<std::int64_t>(i + 2),
                      all(t.rank() == 1 ? static_cast<double>(i + 5) : 0));
  }
  for (std::size_t i = 0; t.rank() == 1 && i < addresses.size(); ++i) {
    const auto& [group, port] = addresses[i];
    sends.push_back(t.start_send(group, rank_of(group, 0), port, data[i].tensor()));
  }
  for (std::size_t i = addresses.size(); t.rank() == 0 && i-- > 0;) {
    const auto& [group, port] = addresses[i];
    const int sender = rank_of(group, 1);
    const int asked = i % 2 == 0 ? sender : kAnyRank;
    EXPECT_EQ(t.receive(group, asked, port, data[i].tensor()), sender);
    EXPECT_TRUE(data[i].are(all(static_cast<double>(i + 5))));
  }
  wait_all(t, sends);
}

TEST_P(Messages, ToDifferentPortsDoNotMix) {
  run([](World& world) {
    const Group all = *world.transport().world();
    expect_apart(world, {{all, 0}, {all, 1}, {all, 17}, {all, kMostPorts - 1}});
  });
}

TEST_P(Messages, InDifferentLanesDoNotMix) {
  run([](World& world) {
    const Group all = *world.transport().world();
    expect_apart(world, {{all, 0},
                         {all.lane(1), 0},
                         {all.lane(2), 0},
                         {all.lane(Group::kMostLanes - 1), 0},
                         {all, kMostPorts - 1}});
  });
}

TEST_P(Messages, InDifferentGroupsDoNotMix) {
  run([](World& world) {
    const Group all = *world.transport().world();
    const Group other = descending(all.size());
    expect_apart(world, {{all, 4},
                         {other, 4},
                         {other.lane(1), 4},
                         {all.lane(Group::kMostLanes - 1), kMostPorts - 1},
                         {other, 0}});
  });
}

TEST_P(Messages, NameRanksAsTheGroupNumbersThem) {
  run([](World& world) {
    Transport& t = world.transport();
    const Group group = descending(t.size());
    const int me = t.rank_in(group);
    Numbers data = numbers(3, all(t.rank()));
    if (me != 0) {
      const std::vector<std::unique_ptr<Transfer>> sends = [&] {
        std::vector<std::unique_ptr<Transfer>> one;
        one.push_back(t.start_send(group, 0, 9, data.tensor()));
        return one;
      }();
      EXPECT_EQ(t.wait_any(sends).rank, 0);
      return;
    }
    std::set<int> heard;
    for (int i = 1; i < t.size(); ++i) {
      Numbers got = numbers(3);
      const int who = t.receive(group, kAnyRank, 9, got.tensor());
      EXPECT_TRUE(got.are(all(group.world_rank(who))));
      EXPECT_TRUE(who != me && heard.insert(who).second);
    }
  });
}

TEST_P(Messages, OfOneRankWaitBehindNobodyElses) {
  run([](World& world) {
    Transport& t = world.transport();
    const Group& group = *t.world();
    Numbers mine = numbers(10, all(t.rank()));
    std::vector<std::unique_ptr<Transfer>> sends;
    for (int sender = t.size() - 1; sender > 0; --sender) {
      if (t.rank() == sender) sends.push_back(t.start_send(group, 0, 2, mine.tensor()));
      t.agree_min(group, 0);
    }
    for (int sender = 1; t.rank() == 0 && sender < t.size(); ++sender) {
      EXPECT_EQ(t.receive(group, sender, 2, mine.tensor()), sender);
      EXPECT_TRUE(mine.are(all(sender)));
    }
    wait_all(t, sends);
  });
}

TEST_P(Messages, WithoutElementsArriveAsWell) {
  run([](World& world) {
    Transport& t = world.transport();
    const Tensor nothing{};
    if (t.rank() == 1) {
      t.send(*t.world(), 0, 0, nothing);
      t.send(*t.world(), 0, 0, nothing);
    } else if (t.rank() == 0) {
      EXPECT_EQ(t.receive(*t.world(), kAnyRank, 0, nothing), 1);
      EXPECT_EQ(t.receive(*t.world(), 1, 0, nothing), 1);
      EXPECT_EQ(t.sent(), Bytes(0));
    }
  });
}

// A million bytes and one are no whole number of any other type, nor of mebibytes.
TEST_P(Messages, MayBeOfEveryElementType) {
  run([](World& world) {
    Transport& t = world.transport();
    constexpr std::int64_t kMany = 1'048'577;
    for (const ElementType type : {ElementType::float32, ElementType::float16,
                                   ElementType::bfloat16, ElementType::float8, ElementType::byte}) {
      std::vector<unsigned char> bytes;
      for (std::int64_t i = 0; promises().numbers && i < kMany * element_bytes(type); ++i) {
        bytes.push_back(static_cast<unsigned char>(t.rank() == 1 ? i * 7 % 251 : 0));
      }
      const Tensor tensor{promises().numbers ? bytes.data() : nullptr, kMany, type};
      if (t.rank() == 1) t.send(*t.world(), 0, 1, tensor);
      if (t.rank() == 0) {
        t.receive(*t.world(), 1, 1, tensor);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i) wrong += bytes[i] != i * 7 % 251;
        EXPECT_EQ(wrong, 0);
      }
    }
  });
}

TEST_P(Messages, AreCountedWhereTheyAreSent) {
  run([](World& world) {
    Transport& t = world.transport();
    EXPECT_EQ(t.sent(), Bytes(0));
    Numbers data = numbers(100);
    const Tensor half{data.tensor().data, 7, ElementType::float16};
    if (t.rank() == 1) {
      t.send(*t.world(), 0, 0, data.tensor());
      const auto done = world.make_signal(false);
      world.spawn([&](World& background) {
        background.transport().send(*t.world(), 0, 0, half);
        done->raise();
      });
      done->wait_above(0);
      EXPECT_EQ(t.sent(), Bytes(100 * 4 + 7 * 2));  // by both tasks
    } else if (t.rank() == 0) {
      t.receive(*t.world(), 1, 0, data.tensor());
      t.receive(*t.world(), 1, 0, half);
      EXPECT_EQ(t.sent(), Bytes(0));
    }
  });
}

TEST_P(Messages, MustFitTheTensorThatReceivesThem) {
  run([](World& world) {
    Transport& t = world.transport();
    const int next = (t.rank() + 1) % t.size();
    const int previous = (t.rank() + t.size() - 1) % t.size();
    for (const std::int64_t wanted : {99, 101}) {
      Numbers mine = numbers(100);
      Numbers theirs = numbers(wanted);
      std::vector<std::unique_ptr<Transfer>> sends;
      sends.push_back(t.start_send(*t.world(), next, 0, mine.tensor()));
      EXPECT_THROW(t.receive(*t.world(), previous, 0, theirs.tensor()), ContractViolation);
      t.wait_any(sends);
    }
  });
}

class Addresses : public WorldTest {};
INSTANTIATE_TEST_SUITE_P(Worlds, Addresses, testing::ValuesIn(worlds_with(&Promises::addresses)),
                         world_name);

TEST_P(Addresses, AreThoseOfOtherRanksAndOfPorts) {
  run([](World& world) {
    Transport& t = world.transport();
    Numbers data = numbers(1);
    const auto refused = [&](int rank, int port) {
      EXPECT_THROW((void)t.start_send(*t.world(), rank, port, data.tensor()), ContractViolation);
      if (rank == kAnyRank && t.size() > 1) return;
      EXPECT_THROW((void)t.start_receive(*t.world(), rank, port, data.tensor()), ContractViolation);
    };
    refused(t.rank(), 0);
    refused(t.size(), 0);
    refused(kAnyRank, 0);
    refused(-2, 0);
    refused((t.rank() + 1) % t.size(), -1);
    refused((t.rank() + 1) % t.size(), kMostPorts);
    EXPECT_THROW((void)t.wait_any({}), ContractViolation);
    EXPECT_EQ(t.sent(), Bytes(0));
  });
}

}  // namespace
}  // namespace rehearse
