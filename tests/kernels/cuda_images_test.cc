// Kernels of images, against the CPU backend and by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "kernels/cuda/bodies/image_bodies.h"
#include "tests/kernels/cpu_layer.h"
#include "tests/kernels/cuda_host_drive.h"

namespace rehearse {
namespace {

using test::CpuLayer;
using test::expect_near;
using test::inputs;
using test::outputs;
using test::run_elements;
using test::run_rows;
using test::some;

TEST(CudaLayout, TurnsChannelsToTheEndAndBack) {
  // 2 samples of 2 channels of 3 pixels.
  std::vector<float> first(12), last(12), back(12);
  std::iota(first.begin(), first.end(), 0.0F);
  run_elements(12, cuda::Transposed{inputs(first), 2, 3, outputs(last)});
  EXPECT_EQ(last, (std::vector<float>{0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11}));
  run_elements(12, cuda::Transposed{inputs(last), 3, 2, outputs(back)});
  EXPECT_EQ(back, first);
}

TEST(CudaChannels, AreConcatenatedAndTakenApart) {
  // 2 samples of 2 pixels, channels 1 and 2 of three; the first channel comes from elsewhere.
  const std::vector<float> x{1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<float> whole(12, 0.0F), part(8);
  run_elements(8, cuda::ChannelSlice{inputs(x), 2, 0, outputs(whole), 3, 1, 2, 2});
  EXPECT_EQ(whole, (std::vector<float>{0, 0, 1, 2, 3, 4, 0, 0, 5, 6, 7, 8}));
  run_elements(8, cuda::ChannelSlice{inputs(whole), 3, 1, outputs(part), 2, 0, 2, 2});
  EXPECT_EQ(part, x);
}

TEST(CudaAverage, IsThatOfTheCpuInBothOrders) {
  CpuLayer cpu({3, 2, 5}, {.kind = LayerKind::global_average_pool}, 2);
  cpu.x = some(60, 1);
  cpu.dy = some(6, 2);
  cpu.forward();
  cpu.backward();
  for (const bool channels_last : {false, true}) {
    const cuda::ImageShape shape{2, 3, 10, channels_last};
    std::vector<float> x = cpu.x, y(6), dx(60), plain(60);
    if (channels_last) run_elements(60, cuda::Transposed{inputs(cpu.x), 3, 10, outputs(x)});
    run_rows(6, cuda::PixelAverage{{shape}, inputs(x), outputs(y)});
    run_elements(60, cuda::PixelAverageBackward{shape, inputs(cpu.dy), outputs(dx)});
    expect_near(y, cpu.y);
    plain = dx;
    if (channels_last) run_elements(60, cuda::Transposed{inputs(dx), 10, 3, outputs(plain)});
    expect_near(plain, cpu.dx);
  }
}

TEST(CudaResponse, IsThatOfTheCpuInBothOrders) {
  CpuLayer cpu({4, 2, 3}, {.kind = LayerKind::lrn, .lrn_size = 3}, 2);
  cpu.x = some(48, 3);
  for (float& value : cpu.x) value *= 100;  // so that the sum of squares counts
  cpu.dy = some(48, 4);
  cpu.forward();
  cpu.backward();
  ASSERT_GT(std::abs(cpu.y[0] / cpu.x[0] - 1), 1e-3);
  for (const bool channels_last : {false, true}) {
    const cuda::ChannelShape shape =
        channels_last ? cuda::ChannelShape{12, 4, 1} : cuda::ChannelShape{2, 4, 6};
    const auto ordered = [&](const std::vector<float>& plain) {
      std::vector<float> result = plain;
      if (channels_last) run_elements(48, cuda::Transposed{inputs(plain), 4, 6, outputs(result)});
      return result;
    };
    const std::vector<float> x = ordered(cpu.x), dy = ordered(cpu.dy);
    std::vector<float> y(48), dx(48);
    run_elements(48, cuda::ResponseForward{{shape, 3, inputs(x)}, outputs(y)});
    run_elements(48, cuda::ResponseBackward{{shape, 3, inputs(x)}, inputs(dy), outputs(dx)});
    expect_near(y, ordered(cpu.y));
    expect_near(dx, ordered(cpu.dx));
  }
}

}  // namespace
}  // namespace rehearse
