// Launchers of elementwise.h against their bodies on the host.
#include "kernels/cuda/bodies/elementwise_bodies.h"
#include "tests/kernels/gpu_fixture.h"

namespace rehearse {
namespace {

using test::inputs;
using test::outputs;
using test::run_elements;
using test::some;
using GpuElements = test::GpuTest;

constexpr std::int64_t kElements = 100000;  // more than a block, and no multiple of one

TEST_F(GpuElements, Functions) {
  const std::vector<float> x = some(kElements, 1), dy = some(kElements, 2);
  const auto on_gpu = put(x), gradient = put(dy), y = zeros(kElements), dx = zeros(kElements);
  for (const auto function : {cuda::Function::relu, cuda::Function::gelu, cuda::Function::silu,
                              cuda::Function::sigmoid, cuda::Function::tanh}) {
    const bool of_output = cuda::is_of_output(function);
    cuda::apply(function, on_gpu.tensor(), y.tensor(), handle());
    cuda::apply_backward(function, of_output ? y.tensor() : on_gpu.tensor(), gradient.tensor(),
                         dx.tensor(), handle());
    std::vector<float> value(kElements), slope(kElements);
    cuda::with_function(function, [&]<class F>(F) {
      run_elements(kElements, cuda::Forward<F>{inputs(x), outputs(value)});
      run_elements(kElements,
                   cuda::Backward<F>{inputs(of_output ? value : x), inputs(dy), outputs(slope)});
    });
    expect_near(y.values(), value);
    expect_near(dx.values(), slope);
  }
}

TEST_F(GpuElements, GatedUnit) {
  const std::vector<float> x = some(2 * kElements, 3), dy = some(kElements, 4);
  const auto on_gpu = put(x), gradient = put(dy), y = zeros(kElements);
  std::vector<float> value(kElements), slope(2 * kElements);
  run_elements(kElements, cuda::GatedUnit{inputs(x), outputs(value), 50});
  run_elements(kElements, cuda::GatedUnitBackward{inputs(x), inputs(dy), outputs(slope), 50});
  cuda::gated_unit(on_gpu.tensor(), y.tensor(), 50, handle());
  cuda::gated_unit_backward(on_gpu.tensor(), gradient.tensor(), on_gpu.tensor(), 50, handle());
  expect_near(y.values(), value);
  expect_near(on_gpu.values(), slope);
}

TEST_F(GpuElements, DropoutDropsWhatTheHostDrops) {
  std::vector<float> x = some(kElements + 1, 5);
  const auto on_gpu = put(x), y = zeros(kElements + 1);
  std::vector<float> value(kElements + 1);
  const cuda::DropoutMask mask{.rate = 0.1, .seed = 7, .stream = 1ULL << 40, .layer = 3};
  run_elements(kElements / 4 + 1, cuda::dropout_body(tensor_of(x), mask, tensor_of(value)));
  cuda::dropout(on_gpu.tensor(), mask, y.tensor(), handle());
  EXPECT_EQ(y.values(), value);
}

TEST_F(GpuElements, SumsAndBiases) {
  const std::vector<float> a = some(kElements, 6), b = some(kElements, 7), bias = some(10, 8);
  const auto first = put(a), second = put(b), third = put(bias), y = zeros(kElements);
  std::vector<float> value(kElements);
  run_elements(kElements, cuda::Sum{{inputs(a), inputs(b)}, 2, true, outputs(value)});
  cuda::add({first.tensor(), second.tensor()}, y.tensor(), true, handle());
  EXPECT_EQ(y.values(), value);
  run_elements(kElements, cuda::BiasSum{inputs(a), inputs(bias), 10, outputs(value)});
  cuda::add_bias(first.tensor(), third.tensor(), y.tensor(), handle());
  EXPECT_EQ(y.values(), value);
}

TEST_F(GpuElements, CastsRoundAsTheHostDoes) {
  const std::vector<float> x = some(kElements, 9);
  const auto on_gpu = put(x);
  const test::GpuArray<BrainFloat> brain(stream(), kElements);
  const test::GpuArray<Half> half(stream(), kElements);
  cuda::scale(on_gpu.tensor(), 1, brain.tensor(ElementType::bfloat16), handle());
  cuda::scale(on_gpu.tensor(), 1, half.tensor(ElementType::float16), handle());
  const std::vector<BrainFloat> brains = brain.values();
  const std::vector<Half> halves = half.values();
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_EQ(brains[i].bits, to_brain_float(x[i]).bits);
    ASSERT_EQ(halves[i].bits, to_half(x[i]).bits);
  }
}

}  // namespace
}  // namespace rehearse
