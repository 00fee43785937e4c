// Real worlds: whoever waits for a task that has failed is released, and the run ends with what
// that task threw.
#include "base/error.h"
#include "tests/worlds/world_under_test.h"

namespace rehearse {
namespace {

void expect_lost(const std::function<void()>& run) {
  try {
    run();
    ADD_FAILURE() << "the run did not fail";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "lost");
  }
}

// Within a rank; all of them fail alike.
class FailingTask : public WorldTest {
 protected:
  // The main task does `wait` while another one fails.
  static void expect_release(const std::function<void(World&)>& wait) {
    expect_lost([&] {
      run([&](World& world) {
        world.spawn([](World& background) {
          background.clock().sleep_until(background.clock().now() + Duration(0.01));
          throw Error::input("lost");
        });
        wait(world);
        ADD_FAILURE() << "nobody raised and nobody sent";
      });
    });
  }
};
INSTANTIATE_TEST_SUITE_P(Worlds, FailingTask, testing::ValuesIn(worlds_with(&Promises::failures)),
                         world_name);

TEST_P(FailingTask, ReleasesWhoWaitsForASignal) {
  expect_release([](World& world) { world.make_signal(false)->wait_above(0); });
}

class FailingTalker : public FailingTask {};
INSTANTIATE_TEST_SUITE_P(Worlds, FailingTalker,
                         testing::ValuesIn(worlds_with(&Promises::failures, &Promises::messages)),
                         world_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(FailingTalker);  // some programs have no such world

TEST_P(FailingTalker, ReleasesWhoWaitsForAMessage) {
  expect_release([](World& world) {
    Transport& t = world.transport();
    Numbers data = numbers(10);
    t.receive(*t.world(), kAnyRank, 0, data.tensor());
  });
}

TEST_P(FailingTalker, ReleasesWhoWaitsForOneOfSeveral) {
  expect_release([](World& world) {
    Transport& t = world.transport();
    std::vector<Numbers> data;
    std::vector<std::unique_ptr<Transfer>> transfers;
    for (int port = 0; port < 3; ++port) data.push_back(numbers(10));
    for (int port = 0; port < 3; ++port) {
      transfers.push_back(t.start_receive(*t.world(), kAnyRank, port,
                                          data[static_cast<std::size_t>(port)].tensor()));
    }
    t.wait_any(transfers);
  });
}

// Among the ranks of one process; mpirun ends those of others.
class FailingRank : public WorldTest {};
INSTANTIATE_TEST_SUITE_P(Worlds, FailingRank,
                         testing::ValuesIn(worlds_with(&Promises::one_process)), world_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(FailingRank);  // some programs have no such world

TEST_P(FailingRank, ReleasesWhoWaitsForIt) {
  const std::vector<std::function<void(Transport&)>> waits{
      [](Transport& t) { t.agree_min(*t.world(), 1); },
      [](Transport& t) {
        Numbers data = numbers(10);
        if (t.size() > 1) t.receive(*t.world(), 0, 0, data.tensor());
      }};
  for (const auto& wait : waits) {
    expect_lost([&] {
      run([&](World& world) {
        if (world.transport().rank() == 0) throw Error::input("lost");
        wait(world.transport());
      });
    });
  }
}

}  // namespace
}  // namespace rehearse
