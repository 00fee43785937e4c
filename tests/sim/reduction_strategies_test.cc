// What a step takes under strategies that reduce otherwise, by hand: two ranks, two layers of 10 ms
// forward and 20 ms backward, links of 1 GB/s, so that an all-reduce of n bytes takes n / (1 GB/s);
// memory that arithmetic goes through at 8 GB/s, where it says so.
#include <gtest/gtest.h>

#include "one_switch.h"
#include "runtime/strategies/lagged_sgd.h"
#include "runtime/strategies/local_sgd.h"
#include "runtime/strategies/priority_sgd.h"

namespace rehearse {
namespace {

constexpr int kSteps = 6;
constexpr std::int64_t kTenMillion = 10'000'000;  // elements: 40 MB

// Seconds of each step, and the exposed communication of each.
struct Seconds {
  std::vector<double> steps, exposed;
};

Seconds seconds(const Strategy& strategy, Fidelity fidelity, Bandwidth memory = Bandwidth(0)) {
  const std::vector<double> numbers = forked([&] {
    OneSwitch cluster = two_layers_on(2, fidelity);
    cluster.noise = OneSwitch::quiet(kSteps);
    cluster.costs.memory = memory;
    const Tensor all{nullptr, strategy.parameter_elements()};
    const auto summary = simulate_on(cluster, [&](World& world, const StepObserver& observe) {
      strategy.run(world, {all, all}, observe);
    });
    std::vector<double> list;
    for (const StepRecord& step : summary.steps) {
      list.push_back((step.end - step.begin).value());
      list.push_back(step.parts[StepPhase::exposed_communication].value());
      list.push_back((step.parts.sum() - (step.end - step.begin)).value());
    }
    return list;
  });
  Seconds result;
  for (std::size_t i = 0; i + 2 < numbers.size(); i += 3) {
    result.steps.push_back(numbers[i]);
    result.exposed.push_back(numbers[i + 1]);
    EXPECT_NEAR(numbers[i + 2], 0, 1e-9);  // the parts add up
  }
  return result;
}

const std::vector<Fidelity>& fidelities() {
  static const std::vector<Fidelity> kAll{Fidelity::flow, Fidelity::message, Fidelity::analytic};
  return kAll;
}

ReducerOptions in_buckets() {
  ReducerOptions reducer;
  reducer.batching = ReducerOptions::Batching::buckets;
  return reducer;
}

std::vector<TrainingLayer> second_has(std::int64_t elements) { return {{0, {}}, {1, {elements}}}; }

LaggedSgd lagged(std::int64_t elements, std::int64_t lag) {
  return {second_has(elements),
          {.steps = kSteps, .workers = 2, .reducer = in_buckets(), .lag = lag, .ends = false}};
}

TEST(ReductionStrategies, ALagHidesWhatThePassesAreLongEnoughFor) {
  for (const Fidelity fidelity : fidelities()) {
    // Ready after 40 ms, summed after 80 ms; with a lag under the 60 ms of the next passes.
    EXPECT_NEAR(seconds(lagged(kTenMillion, 0), fidelity).steps[4], 0.080, 1e-6);
    const Seconds with = seconds(lagged(kTenMillion, 1), fidelity);
    EXPECT_NEAR(with.steps[4], 0.060, 1e-6);
    EXPECT_NEAR(with.exposed[4], 0, 1e-6);
    // 100 MB: the network sets the pace, whatever the lag. 40 ms of a step are the other's.
    EXPECT_NEAR(seconds(lagged(25'000'000, 1), fidelity).steps[4], 0.100, 1e-6);
    EXPECT_NEAR(seconds(lagged(25'000'000, 1), fidelity).exposed[4], 0.040, 1e-6);
  }
}

TEST(ReductionStrategies, ALagCopiesGradients) {
  // 40 MB read and 40 MB written at 8 GB/s, to where they travel and back: 10 ms each.
  EXPECT_NEAR(seconds(lagged(kTenMillion, 1), Fidelity::flow, Bandwidth(8e9)).steps[4], 0.080,
              1e-6);
}

TEST(ReductionStrategies, WeightsAreAveragedEveryThirdStep) {
  const LocalSgd program(
      second_has(kTenMillion),
      {.steps = kSteps, .workers = 2, .reducer = in_buckets(), .local_steps = 3});
  for (const Fidelity fidelity : fidelities()) {
    // 40 ms on the wire, 10 ms to divide by two.
    const Seconds got = seconds(program, fidelity, Bandwidth(8e9));
    EXPECT_NEAR(got.steps[3], 0.060, 1e-6);
    EXPECT_NEAR(got.steps[4], 0.060, 1e-6);
    EXPECT_NEAR(got.steps[5], 0.110, 1e-6);
    EXPECT_NEAR(got.exposed[5], 0.040, 1e-6);
  }
}

SyncSgd packed(Compression compression) {
  SyncSgd::Options options{.steps = kSteps, .workers = 2, .reducer = in_buckets()};
  options.reducer.codec = make_codec(compression, 0.01);
  if (options.reducer.codec->adds_up()) options.reducer.type = options.reducer.codec->type();
  return {second_has(kTenMillion), options};
}

TEST(ReductionStrategies, CodecsTakeTimeAndSaveBytes) {
  for (const Fidelity fidelity : fidelities()) {
    // 60 MB of traffic to pack, 20 MB on the wire, 60 MB to unpack: 7.5 + 20 + 7.5 ms from 40 ms
    // on.
    EXPECT_NEAR(seconds(packed(Compression::fp16), fidelity, Bandwidth(8e9)).steps[4], 0.075, 1e-6);
    // 100,000 pairs: 0.8 MB to the other rank. Packed by 160.8 MB of traffic, unpacked by 40 MB of
    // zeros and twice 1.6 MB: 20.1 + 0.8 + 5.4 ms.
    EXPECT_NEAR(seconds(packed(Compression::topk), fidelity, Bandwidth(8e9)).steps[4], 0.0663,
                1e-6);
  }
}

TEST(ReductionStrategies, ForwardPassesWaitForTheirOwnGradientsOnly) {
  // Layer 0 has 20 MB, layer 1 42 MB in two units of 21 MB. From the begin of the backward pass on,
  // at 20 ms: layer 1 is ready at 40 ms, its second unit travels till 61 ms; layer 0 is ready at
  // 60 ms and comes next, till 81 ms; layer 1's first unit till 102 ms. The next step begins at
  // 60 ms, layer 0 goes from 81 to 91 ms, layer 1 from 102 to 112 ms, back till 152 ms: 92 ms.
  const std::vector<TrainingLayer> layers{{0, {5'000'000}}, {1, {10'500'000}}};
  PrioritySgd::Options options{.steps = kSteps, .workers = 2, .ends = false};
  options.reducer.bucket = Bytes(21e6);
  const PrioritySgd by_priority(layers, options);
  const SyncSgd one_after_the_other(layers,
                                    {.steps = kSteps, .workers = 2, .reducer = in_buckets()});
  for (const Fidelity fidelity : fidelities()) {
    const Seconds got = seconds(by_priority, fidelity);
    EXPECT_NEAR(got.steps[4], 0.092, 1e-6);
    EXPECT_NEAR(got.exposed[4], 0.021 + 0.011, 1e-6);
    // 40 + 42 + 20 ms: the next step begins when all is summed.
    EXPECT_NEAR(seconds(one_after_the_other, fidelity).steps[4], 0.102, 1e-6);
  }
}

}  // namespace
}  // namespace rehearse
