#include "kernels/devices/layer_interpolation.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rehearse {
namespace {

Work work_of(double flops, double bytes) { return {Flops(flops), Bytes(bytes)}; }

// A layer of which the forward pass alone was measured.
MeasuredLayer forward(double alone, double busy, const Work& work) {
  MeasuredLayer layer;
  layer.forward.alone = Duration(alone);
  layer.forward.busy = Duration(busy);
  layer.forward_work = work;
  return layer;
}

TEST(LayerInterpolation, OneLayerGivesItsRate) {
  MeasuredLayers layers;
  layers.add("dense 10 -> 10", 1, forward(2, 3, work_of(1000, 500)));
  // 500 FLOP/s alone, 333 FLOP/s busy: 4,000 FLOP take 8 s and 12 s, whatever their bytes.
  const MeasuredTime time =
      interpolate(layers, LayerKind::dense, Direction::forward, work_of(4000, 123));
  EXPECT_NEAR(time.alone.value(), 8, 1e-12);
  EXPECT_NEAR(time.busy.value(), 12, 1e-12);
}

TEST(LayerInterpolation, LayersThatMoveBytesGoByTheirBytes) {
  MeasuredLayers layers;
  layers.add("relu 10", 1, forward(2, 2, work_of(1000, 500)));
  const MeasuredTime time =
      interpolate(layers, LayerKind::relu, Direction::forward, work_of(1, 1000));
  EXPECT_NEAR(time.alone.value(), 4, 1e-12);
}

// In the middle (by logarithms) of two layers: both weigh the same, so that the rate is their
// geometric mean: 100 B/s and 400 B/s give 200 B/s.
TEST(LayerInterpolation, BetweenTwoLayersTheRateIsTheGeometricMean) {
  MeasuredLayers layers;
  layers.add("relu 1", 1, forward(1, 1, work_of(0, 100)));
  layers.add("relu 2", 1, forward(25, 25, work_of(0, 10000)));
  const MeasuredTime time =
      interpolate(layers, LayerKind::relu, Direction::forward, work_of(0, 1000));
  EXPECT_NEAR(time.alone.value(), 5, 1e-12);
}

TEST(LayerInterpolation, NearLayersWeighMore) {
  MeasuredLayers layers;
  layers.add("relu 1", 1, forward(1, 1, work_of(0, 100)));
  layers.add("relu 2", 1, forward(25, 25, work_of(0, 10000)));
  // At the bytes of the first: weights 1 / 0.01 and 1 / (ln(100)^2 + 0.01).
  const double far = 1 / (std::pow(std::log(100.0), 2) + 0.01);
  const double rate = std::exp((100 * std::log(100.0) + far * std::log(400.0)) / (100 + far));
  const MeasuredTime time =
      interpolate(layers, LayerKind::relu, Direction::forward, work_of(0, 100));
  EXPECT_NEAR(time.alone.value(), 100 / rate, 1e-12);
  EXPECT_NEAR(time.alone.value(), 1, 0.01);
}

TEST(LayerInterpolation, UnknownKindsStreamLikeAnyOtherThatStreams) {
  MeasuredLayers layers;
  layers.add("convolution 1x1x1 -> 1x1x1", 1, forward(7, 7, work_of(10, 10)));
  layers.add("relu 10", 1, forward(2, 3, work_of(0, 500)));
  const MeasuredTime time =
      interpolate(layers, LayerKind::add, Direction::forward, work_of(9, 1000));
  EXPECT_NEAR(time.alone.value(), 4, 1e-12);
  EXPECT_NEAR(time.busy.value(), 6, 1e-12);
  // No dense layer was measured: its bytes count too.
  EXPECT_NEAR(
      interpolate(layers, LayerKind::dense, Direction::forward, work_of(9, 1000)).alone.value(), 4,
      1e-12);
}

TEST(LayerInterpolation, NothingKnownOrNothingToDoIsZero) {
  MeasuredLayers layers;
  EXPECT_EQ(interpolate(layers, LayerKind::relu, Direction::forward, work_of(1, 1)).alone,
            Duration(0));
  layers.add("relu 10", 1, forward(2, 2, work_of(0, 500)));
  EXPECT_EQ(interpolate(layers, LayerKind::relu, Direction::backward_data, work_of(1, 1)).alone,
            Duration(0));
  EXPECT_EQ(interpolate(layers, LayerKind::relu, Direction::forward, work_of(0, 0)).alone,
            Duration(0));
}

}  // namespace
}  // namespace rehearse
