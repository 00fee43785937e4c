// Launchers of exchanged_weights.h against their bodies on the host.
#include "kernels/cuda/bodies/exchanged_weights_bodies.h"
#include "tests/kernels/gpu_fixture.h"

namespace rehearse {
namespace {

using test::inputs;
using test::outputs;
using test::run_elements;
using test::some;
using GpuExchangedWeights = test::GpuTest;

constexpr std::int64_t kElements = 100000;  // more than a block, and no multiple of one

TEST_F(GpuExchangedWeights, SubtractAndPull) {
  const std::vector<float> a = some(kElements, 1);
  std::vector<float> x = some(kElements, 2);
  const auto first = put(a), second = put(x), y = zeros(kElements);
  std::vector<float> value(kElements);
  run_elements(kElements, cuda::Difference{inputs(a), inputs(x), outputs(value)});
  cuda::subtract(first.tensor(), second.tensor(), y.tensor(), handle());
  EXPECT_EQ(y.values(), value);
  run_elements(kElements, cuda::Pulled{inputs(a), 0.3F, outputs(x)});
  cuda::pull_towards(first.tensor(), 0.3F, second.tensor(), handle());
  expect_near(second.values(), x);
}

TEST_F(GpuExchangedWeights, MatchEnergies) {
  std::vector<float> central = some(kElements, 3);
  std::vector<float> now = some(kElements, 4), set = some(kElements, 5), m = some(kElements, 6),
                     stale = some(kElements, 7), update(kElements);
  const auto centre = put(central), at = put(now), from = put(set), moving = put(m),
             old = put(stale), sent = zeros(kElements);
  const GemTensors there{at.tensor(), from.tensor(), moving.tensor(), old.tensor(), sent.tensor()};
  const GemTensors here{tensor_of(now), tensor_of(set), tensor_of(m), tensor_of(stale),
                        tensor_of(update)};
  run_elements(kElements, cuda::matched_energies({}, tensor_of(central), here));
  cuda::gem_update({}, centre.tensor(), there, handle());
  expect_near(at.values(), now);
  expect_near(moving.values(), m);
  expect_near(old.values(), stale);
  expect_near(sent.values(), update);
}

}  // namespace
}  // namespace rehearse
