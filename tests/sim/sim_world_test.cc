// The training program in the simulated world: hand-computed steps.
#include <gtest/gtest.h>

#include "forked.h"
#include "runtime/strategies/sync_sgd.h"
#include "sim/worlds/simulation.h"
#include "topologies/graph/build.h"
#include "topologies/shapes/single_switch.h"

namespace rehearse {
namespace {

const std::vector<TrainingLayer> kLayers{{0, {}}, {1, {2'000'000}}, {2, {500'000}}};

SyncSgd make_sgd(std::int64_t steps, int workers) {
  SyncSgd::Options options;
  options.steps = steps;
  options.workers = workers;
  options.reducer.cycle = Duration(0);
  options.reducer.threshold = Bytes(4e6);
  return {kLayers, options};
}

TaskCosts costs() {
  // Forward 10 ms and backward 20 ms per layer; the host enqueues a task in 1 ms; update 2 ms.
  TaskCosts c;
  c.forward.assign(3, {Duration(0.010), Duration(0.001)});
  c.backward.assign(3, {Duration(0.020), Duration(0.001)});
  c.update = {Duration(0.002), Duration(0)};
  return c;
}

NetworkSpec single_switch() {
  NetworkSpec spec;
  spec.injection = {Bandwidth(1e9), Duration(0)};
  spec.topology = std::make_shared<SingleSwitchSpec>();
  return spec;
}

SimulationSummary run(int ranks, NoiseOptions noise, const SyncSgd& sgd) {
  const Network network = build_network(single_switch(), ranks, NodeSpec{});
  const auto router = make_router(network, Routing::minimal);
  SimulationOptions options;
  options.network = &network;
  options.router = router.get();
  for (int rank = 0; rank < ranks; ++rank) options.workers.push_back(rank);
  options.costs = costs();
  options.noise = noise;
  return simulate(options, [&](World& world, const StepObserver& observe) {
    sgd.run(world, {{nullptr, 2'500'000}, {nullptr, 2'500'000}}, observe);
  });
}

NoiseOptions quiet(int steps) {
  NoiseOptions noise;
  noise.runs = 1;
  noise.steps_per_run = steps;
  return noise;
}

TEST(SimWorld, OneRankComputesAndUpdates) {
  // 1 ms until the first kernel is enqueued, then 3 * 10 + 3 * 20 ms on the device, then 2 ms.
  const auto steps = forked([] {
    const auto summary = run(1, quiet(2), make_sgd(2, 1));
    const StepRecord& s = summary.steps[1];
    return std::vector<double>{(s.end - s.begin).value(), s.parts[StepPhase::compute].value(),
                               s.parts[StepPhase::other].value(),
                               s.parts[StepPhase::optimizer].value()};
  });
  EXPECT_NEAR(steps[0], 0.093, 1e-9);
  EXPECT_NEAR(steps[1], 0.090, 1e-9);
  EXPECT_NEAR(steps[2], 0.001, 1e-9);
  EXPECT_NEAR(steps[3], 0.002, 1e-9);
}

TEST(SimWorld, ReductionsOverlapWithTheBackwardPass) {
  // Two ranks. Layer 2's 2 MB are ready at 51 ms and take 2 ms on the ring (2 MB at 1 GB/s),
  // hidden. Layer 1's 8 MB are ready at 71 ms and end at 79 ms, still under layer 0's backward (to
  // 91 ms).
  const auto hidden = forked([] {
    const auto summary = run(2, quiet(2), make_sgd(2, 2));
    const StepRecord& s = summary.steps[1];
    return std::vector<double>{(s.end - s.begin).value(),
                               s.parts[StepPhase::exposed_communication].value(),
                               s.hidden_communication.value(), static_cast<double>(s.spans.size())};
  });
  EXPECT_NEAR(hidden[0], 0.093, 1e-6);
  EXPECT_NEAR(hidden[1], 0, 1e-6);
  EXPECT_NEAR(hidden[2], 0.010, 1e-6);
  EXPECT_EQ(hidden[3], 4);  // two agreements and two all-reduces
}

TEST(SimWorld, PartsAddUpToTheStepWithNoise) {
  const auto numbers = forked([] {
    NoiseOptions noise = quiet(20);
    noise.compute_cv = 0.4;
    const auto summary = run(8, noise, make_sgd(20, 8));
    double sum = 0;
    double whole = 0;
    double waits = 0;
    for (const StepRecord& s : summary.steps) {
      sum += (s.parts[StepPhase::compute] + s.parts[StepPhase::exposed_communication] +
              s.parts[StepPhase::straggler_wait] + s.parts[StepPhase::optimizer] +
              s.parts[StepPhase::other])
                 .value();
      whole += (s.end - s.begin).value();
      waits += s.parts[StepPhase::straggler_wait].value();
    }
    return std::vector<double>{sum, whole, waits};
  });
  EXPECT_NEAR(numbers[0], numbers[1], 1e-9);
  EXPECT_GT(numbers[2], 0.02);  // 20 steps of 90 ms with 40 % noise: somebody waits
}

TEST(SimWorld, WaitingForSlowerRanksIsNoCommunication) {
  // Without overlap the fast ranks meet the slow ones in the agreement that follows the backward
  // pass. 30 % noise on passes of 30 and 60 ms over 8 ranks: they wait for some 30 ms, the 10 MB
  // travel for 2 * 7/8 * 10 ms = 17.5 ms.
  const auto numbers = forked([] {
    NoiseOptions noise = quiet(20);
    noise.compute_cv = 0.3;
    SyncSgd::Options options;
    options.steps = 20;
    options.workers = 8;
    options.reducer.overlap = false;
    options.reducer.cycle = Duration(0);
    const auto summary = run(8, noise, SyncSgd(kLayers, options));
    double waits = 0;
    double travels = 0;
    for (const StepRecord& s : summary.steps) {
      waits += s.parts[StepPhase::straggler_wait].value() / 20;
      travels += s.parts[StepPhase::exposed_communication].value() / 20;
    }
    return std::vector<double>{waits, travels};
  });
  EXPECT_GT(numbers[0], 0.015);
  EXPECT_NEAR(numbers[1], 0.0175, 0.0002);
}

TEST(SimWorld, AModelWithoutParametersTrains) {
  const auto numbers = forked([] {
    SyncSgd::Options options;
    options.steps = 2;
    options.workers = 2;
    const SyncSgd sgd({{0, {}}, {1, {}}}, options);
    const Network network = build_network(single_switch(), 2, NodeSpec{});
    const auto router = make_router(network, Routing::minimal);
    SimulationOptions sim;
    sim.network = &network;
    sim.router = router.get();
    sim.workers = {0, 1};
    sim.costs = costs();
    sim.noise = quiet(2);
    const auto summary = simulate(
        sim, [&](World& world, const StepObserver& observe) { sgd.run(world, {}, observe); });
    return std::vector<double>{(summary.steps[1].end - summary.steps[1].begin).value()};
  });
  EXPECT_NEAR(numbers.at(0), 0.001 + 2 * 0.010 + 2 * 0.020 + 0.002, 1e-9);
}

}  // namespace
}  // namespace rehearse
