// Two all-reduces in flight on one switch, and what the tasks of a rank share, against sums by
// hand.
#include <gtest/gtest.h>

#include "one_switch.h"
#include "runtime/strategies/sync_sgd.h"

namespace rehearse {
namespace {

struct Parts {
  double step, exposed, hidden, others;
};

// 40 MB of gradients in each of two tensors, a ring for each; a ring over two ranks moves 40 MB
// each way, half of them added.
Parts train(const OneSwitch& cluster, int in_flight, bool same_layer = false) {
  const auto numbers = forked([&] {
    SyncSgd::Options options;
    options.steps = 2;
    options.workers = cluster.ranks;
    options.reducer.batching = ReducerOptions::Batching::buckets;
    options.reducer.bucket = options.reducer.first_bucket = Bytes(0);
    options.reducer.in_flight = in_flight;
    constexpr std::int64_t kTensor = 10'000'000;
    const SyncSgd program = same_layer ? SyncSgd({{0, {kTensor, kTensor}}, {1, {}}}, options)
                                       : SyncSgd({{0, {kTensor}}, {1, {kTensor}}}, options);
    const auto summary = simulate_on(cluster, [&](World& world, const StepObserver& observe) {
      program.run(world, {{nullptr, 2 * kTensor}, {nullptr, 2 * kTensor}}, observe);
    });
    const StepRecord& s = summary.steps[1];
    return std::vector<double>{
        (s.end - s.begin).value(), s.parts[StepPhase::exposed_communication].value(),
        s.hidden_communication.value(),
        (s.parts[StepPhase::straggler_wait] + s.parts[StepPhase::input_wait] +
         s.parts[StepPhase::optimizer] + s.parts[StepPhase::other])
            .value()};
  });
  return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

class InFlight : public testing::TestWithParam<Fidelity> {};

// Layer 1's gradient is there at 40 ms, layer 0's at 60 ms, when the backward pass ends. One at a
// time: 40 … 80, 80 … 120. Together the second begins at 60 with 20 MB of the first left; both have
// half of the link until 100, where the first ends, and the second the whole until 120.
TEST_P(InFlight, TheLinkIsShared) {
  for (const int in_flight : {1, 2}) {
    const Parts parts = train(two_layers_on(2, GetParam()), in_flight);
    EXPECT_NEAR(parts.step, 0.120, 1e-6);
    EXPECT_NEAR(parts.exposed, 0.060, 1e-6);
    EXPECT_NEAR(parts.hidden, 0.020, 1e-6);
    EXPECT_NEAR(parts.others, 0, 1e-6);
  }
}

// As tests/runtime/in_flight_test.cc has it of the in-memory world: one after the other by
// gradient, in lanes by turns.
TEST_P(InFlight, TravelInLanesByTurns) {
  const auto travelled = forked([&] {
    OneSwitch cluster = two_layers_on(2, GetParam());
    SyncSgd::Options options;
    options.steps = 2;
    options.workers = cluster.ranks;
    options.reducer.batching = ReducerOptions::Batching::buckets;
    options.reducer.bucket = options.reducer.first_bucket = Bytes(0);
    options.reducer.in_flight = 2;
    const SyncSgd program({{0, {7, 70}}, {1, {3, 30, 300}}}, options);
    const auto summary = simulate_on(cluster, [&](World& world, const StepObserver& observe) {
      program.run(world, {{nullptr, 410}, {nullptr, 410}}, observe);
    });
    std::vector<double> numbers;
    for (const StepSpan& r : summary.steps[1].spans) {
      numbers.push_back(static_cast<double>(r.elements));
      numbers.push_back(r.group.lane_number());
    }
    return numbers;
  });
  EXPECT_EQ(travelled, (std::vector<double>{3, 0, 30, 1, 300, 0, 7, 1, 70, 0}));
}

// Streams of 0.4 GB/s, 100 ms for 40 MB: 40 … 140 and 140 … 240, or beside it 60 … 160.
TEST_P(InFlight, StreamsBelowTheLinksRateRunSideBySide) {
  OneSwitch cluster = two_layers_on(2, GetParam());
  cluster.stack.stream_bandwidth = Bandwidth(0.4e9);
  EXPECT_NEAR(train(cluster, 1).step, 0.240, 1e-6);
  const Parts parts = train(cluster, 2);
  EXPECT_NEAR(parts.step, 0.160, 1e-6);
  EXPECT_NEAR(parts.exposed, 0.100, 1e-6);  // counted once
  EXPECT_NEAR(parts.hidden, 0.020, 1e-6);
  EXPECT_NEAR(parts.others, 0, 1e-6);
}

// Two streams of 0.75 GB/s do not fit side by side. Alone 30 MB a time of 40 ms: the first has 25
// MB left at 60 ms, which take 50 ms at half the link; the second has 25 MB by 110 ms, and 15 MB
// left at 0.75 GB/s: 130 ms.
TEST_P(InFlight, StreamsThatDoNotFitShareTheLink) {
  OneSwitch cluster = two_layers_on(2, GetParam());
  cluster.stack.stream_bandwidth = Bandwidth(0.75e9);
  EXPECT_NEAR(train(cluster, 2).step, 0.130, 1e-6);
}

// Both gradients at 60 ms, the network takes 1 ms for 40 MB, copies 40 ms each way. The second is
// on the host 80 ms later, a ring further it asks for the way back, which is free since 81: 60 +
// 121.
TEST_P(InFlight, CopiesToAndFromTheHostTakeTurns) {
  OneSwitch cluster = two_layers_on(2, GetParam());
  cluster.injection.bandwidth = Bandwidth(40e9);
  cluster.stack.staging_bandwidth = Bandwidth(1e9);
  EXPECT_NEAR(train(cluster, 1, true).step, 0.060 + 2 * 0.081, 1e-6);
  EXPECT_NEAR(train(cluster, 2, true).step, 0.060 + 0.121, 1e-6);
}

// Both gradients at 60 ms, links of 4 GB/s. The loop takes 40 ms for the 40 MB of each, at 0.5 GB/s
// of each stream or not: 80 ms together.
TEST_P(InFlight, OneEventLoopReceivesForAll) {
  OneSwitch cluster = two_layers_on(2, GetParam());
  cluster.injection.bandwidth = Bandwidth(4e9);
  cluster.stack.receive_loop_bandwidth = Bandwidth(1e9);
  EXPECT_NEAR(train(cluster, 1, true).step, 0.060 + 0.080, 1e-6);
  EXPECT_NEAR(train(cluster, 2, true).step, 0.060 + 0.080, 1e-6);
  cluster.stack.stream_bandwidth = Bandwidth(0.5e9);
  EXPECT_NEAR(train(cluster, 1, true).step, 0.060 + 0.160, 1e-6);
  EXPECT_NEAR(train(cluster, 2, true).step, 0.060 + 0.080, 1e-6);
  // Headers are the links' business: at 80 % the loop still takes 1 GB/s of payload.
  cluster.stack.ends.wire_efficiency = 0.8;
  EXPECT_NEAR(train(cluster, 2, true).step, 0.060 + 0.080, 1e-6);
}

// Additions of 20 MB at 0.5 GB/s take 40 ms, in each lane by itself: 20 + 40 + 20 ms of each ring,
// of which the transfers share the link and the additions do not. Rounds of 20 MB: both at once
// take 40 ms, add for 40 ms and take 40 ms again.
TEST_P(InFlight, EachTaskAddsByItself) {
  OneSwitch cluster = two_layers_on(2, GetParam());
  cluster.stack.reduce_bandwidth = Bandwidth(0.5e9);
  EXPECT_NEAR(train(cluster, 1, true).step, 0.060 + 2 * 0.080, 1e-6);
  EXPECT_NEAR(train(cluster, 2, true).step, 0.060 + 0.120, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(All, InFlight,
                         testing::Values(Fidelity::flow, Fidelity::message, Fidelity::analytic),
                         [](const auto& test) {
                           return std::string(test.param == Fidelity::flow      ? "flow"
                                              : test.param == Fidelity::message ? "message"
                                                                                : "analytic");
                         });

}  // namespace
}  // namespace rehearse
