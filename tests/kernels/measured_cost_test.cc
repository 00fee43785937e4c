// Costs of a device that was calibrated on the machine itself.
#include <gtest/gtest.h>

#include "devices.h"
#include "kernels/devices/cost_model.h"
#include "kernels/devices/job_keys.h"
#include "kernels/devices/layer_key.h"
#include "tiny_models.h"

namespace rehearse {
namespace {

constexpr std::size_t kConvolution = 1;
constexpr std::int64_t kBatch = 8;

MeasuredLayer layer_of(double alone, double busy, const Work& work) {
  MeasuredLayer layer;
  layer.forward.alone = Duration(alone);
  layer.forward.busy = Duration(busy);
  layer.forward_work = work;
  return layer;
}

// The convolution of test::tiny() takes 1 ms alone and 2 ms busy at batch 8; at batch 16, where an
// interpolation would go by it, as long as nobody believes.
DeviceProfile measured_device() {
  const Model model = test::tiny();
  MeasuredDevice measured;
  const auto work_at = [&](std::int64_t batch) {
    return work(model, kConvolution, Direction::forward, batch, Precision::fp32);
  };
  measured.layers.add(layer_key(model, kConvolution), kBatch, layer_of(1e-3, 2e-3, work_at(8)));
  measured.layers.add(layer_key(model, kConvolution), 16, layer_of(1, 1, work_at(16)));
  measured.layers.add(update_key("sgd", 1, 1000), 1, layer_of(5e-6, 9e-6, {}));
  measured.update_alone = Bandwidth(8e9);
  measured.update_busy = Bandwidth(2e9);
  measured.fixed_work_alone = Duration(4e-3);
  measured.fixed_work_busy = Duration(6e-3);
  DeviceProfile device = test::ideal_device();
  device.measured = std::make_shared<const MeasuredDevice>(std::move(measured));
  return device;
}

double convolution_at(double others_busy, std::int64_t batch = kBatch) {
  return CostModel(measured_device(), 1, others_busy)
      .time(test::tiny(), kConvolution, Direction::forward, batch, Precision::fp32)
      .value();
}

TEST(MeasuredCost, MeasuredLayersCountAsTheyAre) {
  EXPECT_DOUBLE_EQ(convolution_at(0), 1e-3);
  EXPECT_DOUBLE_EQ(convolution_at(1), 2e-3);
  EXPECT_DOUBLE_EQ(convolution_at(0.25), 1.25e-3);
  EXPECT_DOUBLE_EQ(convolution_at(0, 16), 1);
}

// Batch 4 is nearer to batch 8 (1 ms for the work of 8) than to batch 16 (1 s for that of 16).
TEST(MeasuredCost, OtherBatchesAreInterpolated) {
  const double time = convolution_at(0, 4);
  EXPECT_GT(time, 0.5e-3);
  EXPECT_LT(time, 0.25);
}

TEST(MeasuredCost, TheOptimizerStreamsAsMeasured) {
  EXPECT_DOUBLE_EQ(CostModel(measured_device()).stream_time(Bytes(8e6)).value(), 1e-3);
  // 1 ms alone, 4 ms busy, half of the others at work.
  EXPECT_DOUBLE_EQ(CostModel(measured_device(), 1, 0.5).stream_time(Bytes(8e6)).value(), 2.5e-3);
}

TEST(MeasuredCost, TheFixedWorkIsKnownAsMeasured) {
  EXPECT_DOUBLE_EQ(CostModel(measured_device(), 1, 0.5).fixed_work().value(), 5e-3);
  EXPECT_EQ(CostModel(test::ideal_device()).fixed_work(), Duration(0));
}

TEST(MeasuredCost, ASlowMinuteTakesEverythingLonger) {
  const CostModel slow(slowed_down(measured_device(), 3), 1, 1);
  EXPECT_DOUBLE_EQ(
      slow.time(test::tiny(), kConvolution, Direction::forward, kBatch, Precision::fp32).value(),
      6e-3);
  EXPECT_DOUBLE_EQ(slow.stream_time(Bytes(8e6)).value(), 12e-3);
  EXPECT_DOUBLE_EQ(slow.measured(update_key("sgd", 1, 1000), 1)->value(), 27e-6);
}

TEST(MeasuredCost, JobsAreFoundByTheirKeys) {
  const CostModel cost(measured_device(), 1, 0.5);
  EXPECT_EQ(update_key("sgd", 1, 1000), "update sgd slots 1 elements 1000");
  EXPECT_EQ(input_key({.channels = 3, .height = 32, .width = 32}, "cifar10"),
            "input 3x32x32 cifar10");
  ASSERT_TRUE(cost.measured(update_key("sgd", 1, 1000), 1));
  EXPECT_DOUBLE_EQ(cost.measured(update_key("sgd", 1, 1000), 1)->value(), 7e-6);
  EXPECT_FALSE(cost.measured(update_key("sgd", 1, 1000), 2));
  EXPECT_FALSE(cost.measured(update_key("adam", 2, 1000), 1));
  EXPECT_FALSE(CostModel(test::ideal_device()).measured(update_key("sgd", 1, 1000), 1));
}

}  // namespace
}  // namespace rehearse
