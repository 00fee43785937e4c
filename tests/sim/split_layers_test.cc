// Split layers in simulated time, against sums by hand.
#include <gtest/gtest.h>

#include "one_switch.h"
#include "runtime/strategies/sync_sgd.h"

namespace rehearse {
namespace {

struct Parts {
  double step, compute, exposed, hidden, straggler, other;
};

Parts parts_of(const OneSwitch& cluster, const std::vector<TrainingLayer>& layers, int group) {
  const auto numbers = forked([&] {
    SyncSgd::Options options;
    options.steps = 2;
    options.workers = cluster.ranks;
    options.reducer.batching = ReducerOptions::Batching::buckets;
    options.reducer.bucket = options.reducer.first_bucket = Bytes(1);  // each gradient alone
    options.shard_reducer = options.reducer;
    options.groups = std::make_shared<SplitGroups>(cluster.ranks, group);
    const SyncSgd program(layers, options);
    const std::int64_t elements = program.parameter_elements();
    const auto summary = simulate_on(cluster, [&](World& world, const StepObserver& observe) {
      program.run(world, {{nullptr, elements}, {nullptr, elements}}, observe);
    });
    const StepRecord& s = summary.steps[1];
    return std::vector<double>{(s.end - s.begin).value(),
                               s.parts[StepPhase::compute].value(),
                               s.parts[StepPhase::exposed_communication].value(),
                               s.hidden_communication.value(),
                               s.parts[StepPhase::straggler_wait].value(),
                               s.parts[StepPhase::other].value()};
  });
  return {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]};
}

class BothFidelities : public testing::TestWithParam<Fidelity> {};

// Layer 1 is split over 4 ranks: 8 MB to gather, 4 MB of outputs. A ring moves 3/4 of 8 MB in 6 ms,
// the pairs 3/4 of 4 MB in 3 ms. Forward 6 + 3, backward 3 + 6; nothing else travels.
TEST_P(BothFidelities, ThePassesWaitForExchanges) {
  const Parts parts = parts_of(two_layers_on(4, GetParam()),
                               {{0, {}}, {1, {}, true, 2'000'000, true, 1'000'000}}, 4);
  EXPECT_NEAR(parts.compute, 0.060, 1e-6);
  EXPECT_NEAR(parts.exposed, 0.018, 1e-6);
  EXPECT_NEAR(parts.hidden, 0, 1e-9);
  EXPECT_NEAR(parts.straggler, 0, 1e-6);
  EXPECT_NEAR(parts.other, 0, 1e-6);
  EXPECT_NEAR(parts.step, 0.078, 1e-6);
}

// Layer 0 is split over both ranks, layer 1's 40 MB are averaged between the same two at the same
// time. Gathering takes 1 ms. The all-reduce begins at 41 ms; from 61 ms on it shares the link with
// the 1 MB of the reduce-scatter, which takes 2 ms instead of 1. The backward pass ends at 63 ms,
// the all-reduce at 41 + 40 + 1 = 82 ms.
TEST_P(BothFidelities, ExchangesAndReductionsShareTheLinksAndNothingElse) {
  const Parts parts = parts_of(two_layers_on(2, GetParam()),
                               {{0, {}, true, 500'000, true, 0}, {1, {10'000'000}}}, 2);
  EXPECT_NEAR(parts.step, 0.082, 1e-5);
  EXPECT_NEAR(parts.compute, 0.060, 1e-6);
  EXPECT_NEAR(parts.exposed, 0.001 + 0.002 + 0.019, 1e-5);
  EXPECT_NEAR(parts.hidden, 0.020, 1e-5);  // what the reduce-scatter exposes is not hidden
  EXPECT_NEAR(parts.other + parts.straggler, 0, 1e-6);
}

// Four ranks in two groups: the 40 MB of a shard are averaged between ranks 0 and 2, and 1 and 3.
TEST_P(BothFidelities, ShardsAreAveragedAmongTheirHolders) {
  const Parts parts =
      parts_of(two_layers_on(4, GetParam()), {{0, {10'000'000}, true, 4, false, 0}, {1, {}}}, 2);
  EXPECT_NEAR(parts.step, 0.060 + 0.040, 1e-5);
  EXPECT_NEAR(parts.exposed, 0.040, 1e-5);
}

TEST_P(BothFidelities, WaitingForASlowPartnerIsNoCommunication) {
  OneSwitch cluster = two_layers_on(4, GetParam());
  cluster.noise.device_cv = 0.2;
  const Parts parts = parts_of(cluster, {{0, {}}, {1, {}, true, 2'000'000, true, 1'000'000}}, 4);
  EXPECT_GT(parts.straggler, 0.001);
  EXPECT_NEAR(parts.exposed, 0.018, 0.0005);
  EXPECT_NEAR(parts.compute + parts.exposed + parts.straggler + parts.other, parts.step, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(All, BothFidelities, testing::Values(Fidelity::flow, Fidelity::message),
                         [](const auto& test) {
                           return test.param == Fidelity::flow ? "flow" : "message";
                         });

}  // namespace
}  // namespace rehearse
