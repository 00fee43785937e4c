// Kernels of single elements, against the CPU backend and against conversions done by hand.
#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/cuda/bodies/elementwise_bodies.h"
#include "tests/kernels/cpu_layer.h"
#include "tests/kernels/cuda_host_drive.h"

namespace rehearse {
namespace {

using test::CpuLayer;
using test::expect_near;
using test::inputs;
using test::outputs;
using test::run_elements;
using test::some;

// The exponentials differ in the last bits.
struct Pair {
  cuda::Function function;
  LayerKind kind;
};

class CudaFunction : public testing::TestWithParam<Pair> {};

TEST_P(CudaFunction, IsThatOfTheCpu) {
  CpuLayer cpu({.channels = 7, .sequence = 3}, {.kind = GetParam().kind}, 5);
  const std::size_t n = cpu.x.size();
  ASSERT_EQ(n, 105u);
  cpu.x = some(n, 1);
  cpu.dy = some(n, 2);
  std::vector<float> y(n), dx(n);
  cuda::with_function(GetParam().function, [&]<class F>(F) {
    run_elements(105, cuda::Forward<F>{inputs(cpu.x), outputs(y)});
    const bool of_output = cuda::is_of_output(GetParam().function);
    run_elements(105,
                 cuda::Backward<F>{inputs(of_output ? y : cpu.x), inputs(cpu.dy), outputs(dx)});
  });
  cpu.forward();
  cpu.backward();
  expect_near(y, cpu.y);
  expect_near(dx, cpu.dx);
}

INSTANTIATE_TEST_SUITE_P(All, CudaFunction,
                         testing::Values(Pair{cuda::Function::relu, LayerKind::relu},
                                         Pair{cuda::Function::gelu, LayerKind::gelu},
                                         Pair{cuda::Function::silu, LayerKind::silu},
                                         Pair{cuda::Function::sigmoid, LayerKind::sigmoid},
                                         Pair{cuda::Function::tanh, LayerKind::tanh}),
                         [](const auto& test) { return std::string(to_text(test.param.kind)); });

TEST(CudaGatedUnit, IsThatOfTheCpu) {
  CpuLayer cpu({.channels = 6, .sequence = 4}, {.kind = LayerKind::swiglu}, 2);
  cpu.x = some(48, 3);
  cpu.dy = some(24, 4);
  std::vector<float> y(24), dx = cpu.x;  // the gradient may take the place of the input
  run_elements(24, cuda::GatedUnit{inputs(cpu.x), outputs(y), 3});
  run_elements(24, cuda::GatedUnitBackward{inputs(dx), inputs(cpu.dy), outputs(dx), 3});
  cpu.forward();
  cpu.backward();
  expect_near(y, cpu.y);
  expect_near(dx, cpu.dx);
}

TEST(CudaDropout, DropsWhatTheCpuDrops) {
  CpuLayer cpu({.channels = 5, .sequence = 3}, {.kind = LayerKind::dropout, .dropout_rate = 0.3},
               5);
  cpu.x = some(75, 5);
  cpu.dy = some(75, 6);
  cpu.mode.dropout_seed = 0x123456789abcULL;
  cpu.mode.dropout_stream = 0xfedcba98765ULL;
  const cuda::DropoutMask mask{
      .rate = 0.3, .seed = 0x123456789abcULL, .stream = 0xfedcba98765ULL, .layer = 1};
  std::vector<float> y(75), dx(75);
  run_elements(19, cuda::dropout_body(tensor_of(cpu.x), mask, tensor_of(y)));
  run_elements(19, cuda::dropout_body(tensor_of(cpu.dy), mask, tensor_of(dx)));
  cpu.forward();
  cpu.backward();
  EXPECT_EQ(y, cpu.y);
  EXPECT_EQ(dx, cpu.dx);
  EXPECT_GT(std::count(y.begin(), y.end(), 0.0F), 0);
}

TEST(CudaSum, AddsUpToFourAndCutsAtZero) {
  const std::vector<float> a{1, -2}, b{2, -3}, c{4, 1}, d{8, 1};
  std::vector<float> y(2);
  run_elements(2, cuda::Sum{{inputs(a), inputs(b), inputs(c), inputs(d)}, 4, false, outputs(y)});
  EXPECT_EQ(y, (std::vector<float>{15, -3}));  // 1 + 2 + 4 + 8, -2 - 3 + 1 + 1
  run_elements(2, cuda::Sum{{inputs(a), inputs(b)}, 2, true, outputs(y)});
  EXPECT_EQ(y, (std::vector<float>{3, 0}));
}

TEST(CudaBias, IsAddedToEachRow) {
  const std::vector<float> x{1, 2, 3, 4}, bias{10, 20};
  std::vector<float> y(4);
  run_elements(4, cuda::BiasSum{inputs(x), inputs(bias), 2, outputs(y)});
  EXPECT_EQ(y, (std::vector<float>{11, 22, 13, 24}));
}

TEST(CudaCast, RoundsToTheNearestEven) {
  // bf16 has 8 bits: between 256 and 512 steps are of 2, so 257 lies between 256 and 258, both half
  // a step away, and the even one is 256; 259 goes to 260. fp16 has 11 bits: 2049 goes to 2048.
  const std::vector<float> x{257, 259, 2049, -0.5F};
  std::vector<BrainFloat> brain(4);
  run_elements(4, cuda::Scaled{inputs(x), 1, {brain.data(), ElementType::bfloat16}});
  EXPECT_EQ(to_float(brain[0]), 256);
  EXPECT_EQ(to_float(brain[1]), 260);
  EXPECT_EQ(to_float(brain[3]), -0.5F);
  std::vector<Half> half(4);
  run_elements(4, cuda::Scaled{inputs(x), 1, {half.data(), ElementType::float16}});
  EXPECT_EQ(to_float(half[0]), 257);
  EXPECT_EQ(to_float(half[2]), 2048);
  std::vector<float> back(4);
  run_elements(4, cuda::Scaled{{half.data(), ElementType::float16}, 0.5F, outputs(back)});
  EXPECT_EQ(back, (std::vector<float>{128.5F, 129.5F, 1024, -0.25F}));
}

}  // namespace
}  // namespace rehearse
