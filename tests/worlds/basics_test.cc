// What every world promises of its clock, its device, its signals and its background tasks.
#include <atomic>

#include "tests/worlds/world_under_test.h"

namespace rehearse {
namespace {

class Basics : public WorldTest {};
INSTANTIATE_TEST_SUITE_P(Worlds, Basics, testing::ValuesIn(worlds_under_test()), world_name);

TEST_P(Basics, TimeStartsAtZeroAndPasses) {
  run([](World& world) {
    Clock& clock = world.clock();
    const Duration begin = clock.now();
    EXPECT_GE(begin, Duration(0));
    EXPECT_LT(begin, Duration(60));
    clock.sleep_until(begin + Duration(0.005));
    EXPECT_GE(clock.now(), begin + Duration(0.005));
    if (promises().virtual_time) {
      EXPECT_EQ(clock.now(), begin + Duration(0.005));
    }
  });
}

TEST_P(Basics, NobodySleepsUntilAMomentThatHasPassed) {
  run([](World& world) {
    Clock& clock = world.clock();
    const Duration begin = clock.now();
    clock.sleep_until(begin + Duration(0.002));
    const Duration later = clock.now();
    clock.sleep_until(begin);
    clock.sleep_until(Duration(0));
    EXPECT_GE(clock.now(), later);
    if (promises().virtual_time) {
      EXPECT_EQ(clock.now(), later);
    }
  });
}

TEST_P(Basics, ADeviceRunsItsTasksInOrder) {
  std::vector<std::vector<std::size_t>> ran(static_cast<std::size_t>(GetParam().ranks));
  const auto perform = [&](int rank, const Task& task) {
    ran[static_cast<std::size_t>(rank)].push_back(task.layer);
  };
  run(
      [&](World& world) {
        Device& device = world.device();
        device.begin_step(0);
        const Duration idle = device.busy();
        std::vector<Event> events;
        for (const std::size_t layer : {0, 1, 2, 3}) {
          events.push_back(device.launch({Pass::forward, layer}));
        }
        for (std::size_t i = 1; i < events.size(); ++i) {
          EXPECT_GT(events[i].ticket, events[i - 1].ticket);
        }
        device.wait(events.back());
        const Duration after = world.clock().now();
        device.wait(events.front());  // over since long
        EXPECT_GE(device.busy(), idle);
        if (promises().virtual_time) {
          EXPECT_EQ(world.clock().now(), after);
          EXPECT_NEAR((device.busy() - idle).value(), 4 * 0.010, 1e-12);
        } else {
          const auto me = static_cast<std::size_t>(world.transport().rank());
          EXPECT_EQ(ran[me], (std::vector<std::size_t>{0, 1, 2, 3}));
        }
      },
      perform);
}

TEST_P(Basics, ABackgroundTaskMayWaitForTheDevice) {
  run([](World& world) {
    Device& device = world.device();
    device.begin_step(0);
    const Event last = device.launch({Pass::backward, 0});
    const auto done = world.make_signal(false);
    world.spawn([&](World& background) {
      background.device().wait(last);
      if (promises().virtual_time) {
        EXPECT_GE(background.clock().now(), Duration(0.020));
      }
      done->raise();
    });
    done->wait_above(0);
    device.wait(last);
  });
}

TEST_P(Basics, ASignalCountsWhatWasRaised) {
  run([](World& world) {
    const auto orders = world.make_signal(true);
    const auto results = world.make_signal(false);
    EXPECT_EQ(results->count(), 0);
    world.spawn([&](World&) {
      EXPECT_GE(orders->wait_above(0), 1);
      EXPECT_GE(orders->wait_above(1), 2);
      EXPECT_EQ(orders->wait_above(2), 3);
      EXPECT_EQ(orders->count(), 3);
      EXPECT_EQ(orders->wait_above(1), 3);  // at once
      results->raise();
      results->raise();
    });
    for (int i = 0; i < 3; ++i) orders->raise();
    EXPECT_EQ(results->wait_above(1), 2);
    EXPECT_EQ(results->count(), 2);
  });
}

// On the clocks of both tasks.
TEST_P(Basics, WhatASignalCausesIsLater) {
  run([](World& world) {
    const auto there = world.make_signal(true);
    const auto back = world.make_signal(false);
    const Duration raised = world.clock().now() + Duration(0.004);
    Duration answered;
    world.spawn([&](World& background) {
      there->wait_above(0);
      EXPECT_GE(background.clock().now(), raised);
      answered = background.clock().now() + Duration(0.003);
      background.clock().sleep_until(answered);
      back->raise();
    });
    world.clock().sleep_until(raised);
    there->raise();
    back->wait_above(0);
    EXPECT_GE(world.clock().now(), answered);
  });
}

TEST_P(Basics, BackgroundTasksRunSideBySide) {
  run([](World& world) {
    const auto first = world.make_signal(true);
    const auto second = world.make_signal(true);
    const auto done = world.make_signal(false);
    world.spawn([&](World&) {
      first->wait_above(0);
      done->raise();
    });
    world.spawn([&](World&) {
      second->wait_above(0);
      done->raise();
    });
    second->raise();  // the task that was spawned first does not hold up the other
    EXPECT_EQ(done->wait_above(0), 1);
    first->raise();
    EXPECT_EQ(done->wait_above(1), 2);
  });
}

TEST_P(Basics, ARunEndsWithItsLastTask) {
  std::atomic<int> ended = 0;
  run([&](World& world) {
    world.spawn([&](World& background) {
      background.clock().sleep_until(background.clock().now() + Duration(0.01));
      ++ended;
    });
  });
  if (promises().one_process) {
    EXPECT_EQ(ended, GetParam().ranks);
  }
  if (promises().virtual_time) {  // of another process
    EXPECT_EQ(ended, 0);
  }
}

TEST_P(Basics, ATaskKnowsItsRank) {
  run([](World& world) {
    const Transport& main = world.transport();
    EXPECT_EQ(main.size(), GetParam().ranks);
    EXPECT_EQ(main.world()->size(), main.size());
    EXPECT_EQ(main.world()->context(), 0);
    EXPECT_EQ(main.rank_in(*main.world()), main.rank());
    const auto done = world.make_signal(false);
    world.spawn([&](World& background) {
      EXPECT_EQ(background.transport().rank(), main.rank());
      EXPECT_EQ(background.transport().world(), main.world());
      done->raise();
    });
    done->wait_above(0);
  });
}

}  // namespace
}  // namespace rehearse
