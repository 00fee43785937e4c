#include "kernels/devices/cost_model.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "devices.h"
#include "kernels/models/zoo.h"
#include "tiny_models.h"

namespace rehearse {
namespace {

constexpr Direction kDirections[] = {Direction::forward, Direction::backward_data,
                                     Direction::backward_weights};

TEST(CostModel, IdealDeviceByHand) {
  const CostModel cost(test::ideal_device());
  const Model model = test::tiny();
  // relu forward, batch 1000: 256,000 FLOP take 0.256 us; 2,048,000 B at 100 GB/s take 20.48 us;
  // and 1 us of launch.
  EXPECT_DOUBLE_EQ(cost.time(model, 2, Direction::forward, 1000, Precision::fp32).value(),
                   21.48e-6);
  EXPECT_EQ(cost.time(model, 2, Direction::backward_weights, 1000, Precision::fp32), Duration(0));
  // conv forward, batch 1000: 14.08 MFLOP take 14.08 us; 4 * (448,000 + 112) B take 17.92448 us.
  EXPECT_DOUBLE_EQ(cost.time(model, 1, Direction::forward, 1000, Precision::fp32).value(),
                   18.92448e-6);
  EXPECT_DOUBLE_EQ(cost.stream_time(Bytes(1e6)).value(), 11e-6);
  EXPECT_EQ(cost.stream_time(Bytes(0)), Duration(0));
}

// Forward of layer a of test::recurrent at batch 1000 (work_test.cc has its parts), 100 GB/s:
// inputs: 4 * (1000 * 39 + 40) B take 1.5616 us (their 240,000 operations 0.24 us);
// states, each step: 4 * (1000 * 10 + 16) B take 0.40064 us; gates: 4 * (1000 * 30 + 8) B 1.20032
// us; 1 + 3 + 3 kernels of 1 us: 7 + 1.5616 + 3 * (0.40064 + 1.20032) = 13.36448 us.
TEST(CostModel, LstmByHand) {
  const CostModel cost(test::ideal_device());
  const Model model = test::recurrent();
  EXPECT_DOUBLE_EQ(cost.time(model, 1, Direction::forward, 1000, Precision::fp32).value(),
                   13.36448e-6);
  // Backward: 3 steps of gates and states, the gradients of both weights; of b also of the input.
  const LayerTimes a = times_of_layer(cost, model, 1, 1000, Precision::fp32);
  const LayerTimes b = times_of_layer(cost, model, 2, 1000, Precision::fp32);
  EXPECT_DOUBLE_EQ(a.forward_launches.value(), 7e-6);
  EXPECT_DOUBLE_EQ(a.backward_launches.value(), 8e-6);
  EXPECT_DOUBLE_EQ(b.backward_launches.value(), 9e-6);
  EXPECT_EQ(a.backward_data, Duration(0));
}

TEST(CostModel, UtilisationByHand) {
  DeviceProfile device = test::ideal_device();
  device.memory_bandwidth = Bandwidth(1e15);  // compute bounds
  device.launch_overhead = Duration(0);
  device.utilisation.matrix = 0.5;
  const Model model = test::tiny();
  const auto forward = [&] {
    return CostModel(device).time(model, 1, Direction::forward, 1000, Precision::fp32).value();
  };
  EXPECT_DOUBLE_EQ(forward(), 28.16e-6);  // 14.08 MFLOP at 0.5 TFLOP/s
  device.utilisation.tile = 16;           // 4 of 16 lanes work
  EXPECT_DOUBLE_EQ(forward(), 4 * 28.16e-6);
  device.utilisation.tile = 1;
  device.utilisation.short_reduction = 27;  // the sum is 3*3*3 long: half
  EXPECT_DOUBLE_EQ(forward(), 2 * 28.16e-6);
  device.utilisation.short_reduction = 0;
  device.utilisation.ramp = Duration(28.16e-6);  // as long as the kernel itself: half
  EXPECT_DOUBLE_EQ(forward(), 2 * 28.16e-6);
  device.utilisation.ramp = Duration(0);
  device.utilisation.winograd = 2;
  EXPECT_DOUBLE_EQ(forward(), 14.08e-6);
}

TEST(CostModel, FactorScalesDeviceTimeButNotTheLaunch) {
  const Model model = test::tiny();
  EXPECT_DOUBLE_EQ(CostModel(test::ideal_device(), 3)
                       .time(model, 2, Direction::forward, 1000, Precision::fp32)
                       .value(),
                   1e-6 + 3 * 20.48e-6);
}

// No kernel beats the memory, nor the arithmetic units by more than Winograd's 2.25.
TEST(CostModel, StaysBelowTheRoof) {
  const CostModel cost(test::shipped_device("p100-pcie-16gb"));
  for (const std::string& name : zoo_names()) {
    const Model model = zoo_model(name);
    for (std::size_t i = 0; i < model.layers().size(); ++i) {
      for (const Direction direction : kDirections) {
        const Work amount = work(model, i, direction, 64, Precision::fp32);
        const Duration time = cost.time(model, i, direction, 64, Precision::fp32);
        EXPECT_GE(time, amount.bytes / cost.device().memory_bandwidth);
        EXPECT_GE(time, amount.flops / (2.25 * cost.device().peak_rate(Precision::fp32)));
      }
    }
  }
}

// Sequences follow measured kernels: a larger batch may meet a kernel that suits it less.
TEST(CostModel, MoreSamplesTakeLongerButNeverLongerPerSample) {
  constexpr double kMeasured = 0.1;
  const CostModel cost(test::shipped_device("p100-pcie-16gb"));
  for (const std::string& name : zoo_names()) {
    const Model model = zoo_model(name);
    Duration before = compute_time(cost, model, 1, Precision::fp32);
    for (std::int64_t batch = 2; batch <= 256; batch *= 2) {
      const Duration now = compute_time(cost, model, batch, Precision::fp32);
      EXPECT_GT(now, before) << name << " " << batch;
      const bool sequences = model.tokens_per_sample() > 0 || name == "vit_b16" || name == "lstm";
      EXPECT_LE(now, 2 * (sequences ? 1 + kMeasured : 1) * before) << name << " " << batch;
      before = now;
    }
  }
}

TEST(CostModel, DepthwiseConvolutionStreams) {
  ModelBuilder build("depthwise");
  const std::size_t in = build.input({64, 56, 56});
  const std::size_t a = build.add({.name = "a",
                                   .kind = LayerKind::convolution,
                                   .inputs = {in},
                                   .features = 64,
                                   .window = Window::square(3, 1, 1),
                                   .groups = 64});
  const Model model = std::move(build).finish();
  const CostModel cost(test::shipped_device("p100-pcie-16gb"));
  const Work amount = work(model, a, Direction::forward, 64, Precision::fp32);
  EXPECT_EQ(cost.time(model, a, Direction::forward, 64, Precision::fp32),
            cost.stream_time(amount.bytes));
}

TEST(CostModel, RefusesAPrecisionTheDeviceLacks) {
  const CostModel cost(test::shipped_device("p100-pcie-16gb"));
  try {
    (void)compute_time(cost, test::tiny(), 1, Precision::tf32);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "device 'p100-pcie-16gb' has no peak rate for tf32 (its profile knows fp32 or fp16): "
        "choose one of these precisions");
  }
}

}  // namespace
}  // namespace rehearse
