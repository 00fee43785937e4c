// Ranks whose computation and communication share one core.
#include <gtest/gtest.h>

#include "one_switch.h"
#include "runtime/collectives/collectives.h"
#include "runtime/strategies/sync_sgd.h"

namespace rehearse {
namespace {

constexpr auto kBoth = {Fidelity::flow, Fidelity::message};
constexpr auto kAll = {Fidelity::flow, Fidelity::message, Fidelity::analytic};

// Two ranks in one node; copies at 1 GB/s, nothing else costs. A forward task is 1 s.
OneSwitch node_of_two(Fidelity fidelity) {
  OneSwitch cluster;
  cluster.node = {2, 1, {Bandwidth(1e9), Duration(0)}};
  cluster.injection = {Bandwidth(1e9), Duration(0)};
  cluster.stack.local_stream_bandwidth = Bandwidth(1e9);
  cluster.costs.shares_core = true;
  cluster.costs.forward = {{Duration(1), Duration(0)}};
  cluster.fidelity = fidelity;
  return cluster;
}

// When each rank's computation of 1 s and the collective in its background end, and the device's
// busy time; both begin at 0. [3 * rank + …]
std::vector<double> race(const OneSwitch& cluster, const MakeSchedule& make) {
  return forked([&] {
    std::vector<double> ends(static_cast<std::size_t>(3 * cluster.ranks));
    simulate_on(cluster, [&](World& world, const StepObserver&) {
      double* mine = &ends[static_cast<std::size_t>(3 * world.transport().rank())];
      world.spawn([&make, mine](World& background) {
        const auto schedule = make();
        background.transport().execute(*background.transport().world(), *schedule,
                                       {nullptr, schedule->elements()});
        mine[1] = background.clock().now().value();
      });
      world.device().wait(world.device().launch({Pass::forward, 0}));
      mine[0] = world.clock().now().value();
      mine[2] = world.device().busy().value();
    });
    return ends;
  });
}

TEST(SharedCore, ComputationAloneTakesItsTime) {
  const auto ends = forked([] {
    OneSwitch cluster = node_of_two(Fidelity::flow);
    cluster.costs.input = {Duration(0.25), Duration(0)};
    cluster.costs.update = {Duration(0.5), Duration(0.125)};
    std::vector<double> times;
    simulate_on(cluster, [&](World& world, const StepObserver&) {
      if (world.transport().rank() != 0) return;
      for (const Pass pass : {Pass::input, Pass::forward, Pass::update}) {
        world.device().launch({pass, 0});  // returns when it is done: nobody waits
        times.push_back(world.clock().now().value());
      }
      times.push_back(world.device().busy().value());
    });
    return times;
  });
  ASSERT_EQ(ends.size(), 4u);
  EXPECT_NEAR(ends[0], 0.25, 1e-9);
  EXPECT_NEAR(ends[1], 1.25, 1e-9);
  EXPECT_NEAR(ends[2], 1.875, 1e-9);
  EXPECT_NEAR(ends[3], 1.875, 1e-9);
}

// When two steps of input and forward end on rank 0, with one reader; reading takes 0.25 s.
std::vector<double> two_steps_with_a_reader(bool shares_core) {
  return forked([&] {
    OneSwitch cluster = node_of_two(Fidelity::flow);
    cluster.costs.shares_core = shares_core;
    cluster.costs.input = {Duration(0.25), Duration(0)};
    cluster.costs.readers = 1;
    std::vector<double> times;
    simulate_on(cluster, [&](World& world, const StepObserver&) {
      if (world.transport().rank() != 0) return;
      for (const Pass pass : {Pass::input, Pass::forward, Pass::input, Pass::forward}) {
        world.device().wait(world.device().launch({pass, 0}));
        times.push_back(world.clock().now().value());
      }
    });
    return times;
  });
}

TEST(SharedCore, ReadersTakeTurnsWithTheComputation) {
  // The first batch is there at 0.25 s. Beside the first forward task two more are read: 0.5 s of
  // work at half speed, by when half of the task is done; it ends at 0.25 + 1 + 0.5 s. The second
  // batch is ready; one more is read beside the second task, which takes 1.25 s.
  const auto ends = two_steps_with_a_reader(true);
  ASSERT_EQ(ends.size(), 4u);
  EXPECT_NEAR(ends[0], 0.25, 1e-9);
  EXPECT_NEAR(ends[1], 1.75, 1e-9);
  EXPECT_NEAR(ends[2], 1.75, 1e-9);
  EXPECT_NEAR(ends[3], 3.0, 1e-9);
}

TEST(SharedCore, ReadersDoNotDisturbAnAccelerator) {
  const auto ends = two_steps_with_a_reader(false);
  ASSERT_EQ(ends.size(), 4u);
  EXPECT_NEAR(ends[1], 1.25, 1e-9);
  EXPECT_NEAR(ends[2], 1.25, 1e-9);
  EXPECT_NEAR(ends[3], 2.25, 1e-9);
}

// When the forward task of 1 s of each rank ends beside `background`; waking up costs 20 us.
std::vector<double> beside(Fidelity fidelity,
                           const std::function<void(World&, Signal&)>& background) {
  return forked([&] {
    OneSwitch cluster = node_of_two(fidelity);
    cluster.costs.wake_up = Duration(20e-6);
    cluster.stack.message_latency = Duration(1e-3);
    std::vector<double> ends(static_cast<std::size_t>(cluster.ranks));
    simulate_on(cluster, [&](World& world, const StepObserver&) {
      const std::shared_ptr<Signal> signal = world.make_signal(true);
      world.spawn([&background, signal](World& task) { background(task, *signal); });
      world.device().wait(world.device().launch({Pass::forward, 0}));
      signal->raise();
      ends[static_cast<std::size_t>(world.transport().rank())] = world.clock().now().value();
    });
    return ends;
  });
}

TEST(SharedCore, PollingForAMessageInterruptsTheComputation) {
  // An agreement of two takes 1 ms: 50 us without pause, then ten sleeps of 100 us, each of which
  // costs 20 us: 250 us (runtime/worlds/polling.h).
  for (const auto fidelity : kAll) {
    const auto ends = beside(fidelity, [](World& task, Signal&) {
      task.transport().agree_min(*task.transport().world(), 0);
    });
    EXPECT_NEAR(ends.at(0), 1.00025, 1e-9);
  }
}

TEST(SharedCore, WakingUpInterruptsTheComputation) {
  // Twice: at 0.25 and 0.5 s. A time that has passed is not slept for.
  for (const auto fidelity : kAll) {
    const auto ends = beside(fidelity, [](World& task, Signal&) {
      for (const double time : {0.25, 0.5, 0.5, 0.1}) task.clock().sleep_until(Duration(time));
    });
    EXPECT_NEAR(ends.at(0), 1.00004, 1e-9);
  }
}

TEST(SharedCore, WhoWaitsWhenNobodyComputesInterruptsNothing) {
  // The signal comes behind the task.
  const auto ends = beside(Fidelity::flow, [](World& task, Signal& signal) {
    signal.wait_above(0);
    task.transport().agree_min(*task.transport().world(), 0);
  });
  EXPECT_NEAR(ends.at(0), 1, 1e-9);
}

TEST(SharedCore, CopiesAndComputationHalveEachOther) {
  // A ring of 400 MB over two ranks: two rounds of 200 MB, 0.4 s of copying per rank. At half speed
  // it ends at 0.8 s; by then 0.4 s of the second are computed, and 0.6 s are left: 1.4 s.
  for (const auto fidelity : kBoth) {
    const auto ends = race(node_of_two(fidelity),
                           [] { return make_all_reduce(Algorithm::ring, 2, 100'000'000); });
    for (const std::size_t rank : {0u, 1u}) {
      EXPECT_NEAR(ends.at(3 * rank), 1.4, 1e-6);
      EXPECT_NEAR(ends.at(3 * rank + 1), 0.8, 1e-6);
      EXPECT_NEAR(ends.at(3 * rank + 2), 1.4, 1e-6);
    }
  }
}

TEST(SharedCore, AdditionsCompeteAndLatenciesDoNot) {
  // The same, with 0.1 s for each message and additions at 2 GB/s: the first round waits 0.1 s,
  // copies 0.2 s and adds 0.1 s, the second waits 0.1 s and copies 0.2 s: 0.2 s of waiting and
  // 0.5 s of work at half speed end at 1.2 s. The computation loses 0.5 s.
  for (const auto fidelity : kBoth) {
    OneSwitch cluster = node_of_two(fidelity);
    cluster.stack.local_step_latency = Duration(0.1);
    cluster.stack.reduce_bandwidth = Bandwidth(2e9);
    const auto ends =
        race(cluster, [] { return make_all_reduce(Algorithm::ring, 2, 100'000'000); });
    EXPECT_NEAR(ends.at(0), 1.5, 1e-6);
    EXPECT_NEAR(ends.at(1), 1.2, 1e-6);
  }
}

TEST(SharedCore, TheReceiverCopiesAndTheSenderWaits) {
  // 400 MB from rank 0 to rank 1: 0.8 s at half the speed of rank 1's core. Rank 0's computation is
  // not disturbed, but its buffer is needed until the copy is done.
  for (const auto fidelity : kBoth) {
    const auto ends = race(node_of_two(fidelity), [] { return make_broadcast(2, 100'000'000); });
    EXPECT_NEAR(ends.at(0), 1.0, 1e-6);
    EXPECT_NEAR(ends.at(1), 0.8, 1e-6);
    EXPECT_NEAR(ends.at(3), 1.4, 1e-6);
    EXPECT_NEAR(ends.at(4), 0.8, 1e-6);
  }
}

TEST(SharedCore, BetweenNodesOnlyAdditionsNeedTheCore) {
  // One rank per node, 400 MB: two rounds of 200 MB at 1 GB/s on the wire, 0.2 s each; the first is
  // added at 2 GB/s, 0.1 s of work, 0.2 s at half speed.
  for (const auto fidelity : kBoth) {
    OneSwitch cluster = node_of_two(fidelity);
    cluster.node = {};
    cluster.stack.reduce_bandwidth = Bandwidth(2e9);
    const auto ends =
        race(cluster, [] { return make_all_reduce(Algorithm::ring, 2, 100'000'000); });
    EXPECT_NEAR(ends.at(0), 1.1, 1e-6);
    EXPECT_NEAR(ends.at(1), 0.6, 1e-6);
  }
}

TEST(SharedCore, WithoutARateTheLinksCarryTheMessages) {
  // 400 MB of a ring over the hub's links of 1 GB/s take 0.4 s; nobody's core is used.
  for (const auto fidelity : kBoth) {
    OneSwitch cluster = node_of_two(fidelity);
    cluster.stack.local_stream_bandwidth.reset();
    const auto ends =
        race(cluster, [] { return make_all_reduce(Algorithm::ring, 2, 100'000'000); });
    EXPECT_NEAR(ends.at(0), 1.0, 1e-6);
    EXPECT_NEAR(ends.at(1), 0.4, 1e-6);
  }
}

SimulationSummary train(const NoiseOptions& noise, Fidelity fidelity) {
  OneSwitch cluster = node_of_two(fidelity);
  cluster.noise = noise;
  cluster.traced_ranks = 1;
  cluster.costs.forward.assign(3, {Duration(0.010), Duration(0)});
  cluster.costs.backward.assign(3, {Duration(0.020), Duration(0)});
  cluster.costs.input = {Duration(0.005), Duration(0)};
  cluster.costs.update = {Duration(0.002), Duration(0)};
  SyncSgd::Options options;
  options.steps = noise.steps();
  options.workers = cluster.ranks;
  options.reducer.cycle = Duration(0);
  options.reducer.threshold = Bytes(4e6);
  const SyncSgd sgd({{0, {}}, {1, {2'000'000}}, {2, {500'000}}}, options);
  return simulate_on(cluster, [&](World& world, const StepObserver& observe) {
    sgd.run(world, {{nullptr, 2'500'000}, {nullptr, 2'500'000}}, observe);
  });
}

TEST(SharedCore, ATrainingStepSlowsDownByWhatItHides) {
  // Input 5 ms, forward 30 ms, the last layer's backward until 55 ms. Its 2 MB are 2 ms of copying,
  // until 59 ms at half speed; the next layer's backward ends at 77 ms instead of 75 ms. Its 8 MB
  // are 8 ms of copying, until 93 ms, and the last backward ends at 105 ms. Update: 107 ms.
  for (const auto fidelity : kAll) {
    const auto numbers = forked([&] {
      const auto summary = train(OneSwitch::quiet(2), fidelity);
      const StepRecord& s = summary.steps[1];
      return std::vector<double>{(s.end - s.begin).value(),
                                 s.parts[StepPhase::input_wait].value(),
                                 s.parts[StepPhase::compute].value(),
                                 s.hidden_communication.value(),
                                 s.parts[StepPhase::exposed_communication].value(),
                                 s.parts[StepPhase::other].value()};
    });
    EXPECT_NEAR(numbers.at(0), 0.107, 1e-6);
    EXPECT_NEAR(numbers.at(1), 0.005, 1e-6);
    EXPECT_NEAR(numbers.at(2), 0.100, 1e-6);
    EXPECT_NEAR(numbers.at(3), 0.020, 1e-6);
    EXPECT_NEAR(numbers.at(4), 0, 1e-6);
    EXPECT_NEAR(numbers.at(5), 0, 1e-6);
  }
}

TEST(SharedCore, TheTraceShowsInputAndStretchedTasks) {
  // The step above: three forward and three backward tasks, input and update; the second backward
  // task begins at 55 ms of the step and lasts for 22 ms.
  const auto numbers = forked([] {
    const auto summary = train(OneSwitch::quiet(2), Fidelity::flow);
    const double begin = summary.steps[1].begin.value();
    std::vector<double> found;
    for (const TraceSpan& span : summary.trace) {
      if (span.name == "input" || span.name == "backward layer 1") {
        found.insert(found.end(), {span.begin_s - begin, span.end_s - begin});
      }
    }
    return found;
  });
  ASSERT_EQ(numbers.size(), 4u);
  EXPECT_NEAR(numbers[0], 0, 1e-6);
  EXPECT_NEAR(numbers[1], 0.005, 1e-6);
  EXPECT_NEAR(numbers[2], 0.055, 1e-6);
  EXPECT_NEAR(numbers[3], 0.077, 1e-6);
}

TEST(SharedCore, EqualSeedsEqualResults) {
  const auto ends = [](std::uint64_t seed) {
    return forked([seed] {
      NoiseOptions noise = OneSwitch::quiet(10);
      noise.seed = seed;
      noise.compute_cv = 0.2;
      return train(noise, Fidelity::flow).step_ends;
    });
  };
  EXPECT_EQ(ends(7), ends(7));
  EXPECT_NE(ends(7), ends(8));
}

}  // namespace
}  // namespace rehearse
