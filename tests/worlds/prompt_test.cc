// Where a message is there as soon as it is sent, or at a known time: which of several is first.
#include <algorithm>

#include "tests/worlds/world_under_test.h"

namespace rehearse {
namespace {

using Transfers = std::vector<std::unique_ptr<Transfer>>;

class Prompt : public WorldTest {};
INSTANTIATE_TEST_SUITE_P(Worlds, Prompt,
                         testing::ValuesIn(worlds_with(&Promises::messages, &Promises::prompt)),
                         world_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Prompt);  // some programs have no such world

// The sends happen one after the other, from the last rank to the second.
TEST_P(Prompt, FromAnyAreReceivedInTheOrderInWhichTheyWereSent) {
  run([](World& world) {
    Transport& t = world.transport();
    const Group& group = *t.world();
    Numbers mine = numbers(10, all(t.rank()));
    Transfers sends;
    for (int sender = t.size() - 1; sender > 0; --sender) {
      if (t.rank() == sender) sends.push_back(t.start_send(group, 0, 2, mine.tensor()));
      t.agree_min(group, 0);
    }
    for (int sender = t.size() - 1; t.rank() == 0 && sender > 0; --sender) {
      EXPECT_EQ(t.receive(group, kAnyRank, 2, mine.tensor()), sender);
      EXPECT_TRUE(mine.are(all(sender)));
    }
    if (!sends.empty()) t.wait_any(sends);
  });
}

TEST_P(Prompt, WaitAnyReturnsEachOfThoseThatAreCompleteOnce) {
  run([](World& world) {
    Transport& t = world.transport();
    const Group& group = *t.world();
    Numbers a = numbers(2, all(1));
    Numbers b = numbers(3, all(2));
    Transfers transfers;
    if (t.rank() == 0) {
      transfers.push_back(t.start_receive(group, 1, 1, b.tensor()));
      transfers.push_back(t.start_receive(group, 1, 0, a.tensor()));
    }
    if (t.rank() == 1) {
      t.send(group, 0, 0, a.tensor());
      t.send(group, 0, 1, b.tensor());
    }
    t.agree_min(group, 0);
    // In virtual time a message is still on its way when the sender may go on.
    world.clock().sleep_until(world.clock().now() + Duration(0.001));
    std::vector<std::size_t> returned;
    for (int i = 0; t.rank() == 0 && i < 2; ++i) {
      returned.push_back(t.wait_any(transfers).index);
      transfers[returned.back()].reset();
    }
    std::ranges::sort(returned);
    if (t.rank() == 0) {
      EXPECT_EQ(returned, (std::vector<std::size_t>{0, 1}));
    }
  });
}

}  // namespace
}  // namespace rehearse
