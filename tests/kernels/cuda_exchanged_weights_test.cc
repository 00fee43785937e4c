// What GPUs do with exchanged weights, against the same on CPU cores (kernels/tensor_math.h).
#include <gtest/gtest.h>

#include "kernels/cuda/bodies/exchanged_weights_bodies.h"
#include "tests/kernels/cuda_host_drive.h"

namespace rehearse {
namespace {

using test::expect_near;
using test::inputs;
using test::outputs;
using test::run_elements;
using test::some;

TEST(CudaExchangedWeights, SubtractAndPullAsTheCpuDoes) {
  std::vector<float> a = some(50, 1), b = some(50, 2), expected(50), got(50);
  subtract(tensor_of(a), tensor_of(b), tensor_of(expected));
  run_elements(50, cuda::Difference{inputs(a), inputs(b), outputs(got)});
  EXPECT_EQ(got, expected);
  expected = got = b;
  pull_towards(tensor_of(a), 0.3, tensor_of(expected));
  run_elements(50, cuda::Pulled{inputs(a), 0.3F, outputs(got)});
  expect_near(got, expected);
}

// Twice, so that what the first update leaves behind counts.
TEST(CudaExchangedWeights, MatchEnergiesAsTheCpuDoes) {
  constexpr GemFactors kFactors{.kappa = 1.5, .momentum = 0.7, .lr = 0.2};
  struct Worker {
    std::vector<float> now = some(50, 3), set = some(50, 4), m = some(50, 5), stale = some(50, 6),
                       update = some(50, 7);
    [[nodiscard]] GemTensors tensors() {
      return {tensor_of(now), tensor_of(set), tensor_of(m), tensor_of(stale), tensor_of(update)};
    }
  };
  Worker cpu, gpu;
  for (const std::uint64_t seed : {8, 9}) {
    std::vector<float> central = some(50, seed);
    gem_update(kFactors, tensor_of(central), cpu.tensors());
    run_elements(50, cuda::matched_energies(kFactors, tensor_of(central), gpu.tensors()));
    expect_near(gpu.now, cpu.now);
    expect_near(gpu.set, cpu.set);
    expect_near(gpu.m, cpu.m);
    expect_near(gpu.stale, cpu.stale);
    expect_near(gpu.update, cpu.update);
  }
}

}  // namespace
}  // namespace rehearse
