#include <gtest/gtest.h>

#include "base/error.h"
#include "devices.h"
#include "kernels/devices/cost_model.h"
#include "tiny_models.h"

namespace rehearse {
namespace {

// tiny on the ideal device launches forward: conv, relu, fc, loss; data: relu, fc, loss; weights:
// conv, fc: 9 kernels of 1 us.
TEST(Calibration, DoublesTheDeviceTimeByHand) {
  const CostModel cost(test::ideal_device());
  const Model model = test::tiny();
  const Duration step = compute_time(cost, model, 32, Precision::fp32);
  const Duration device = step - Duration(9e-6);
  EXPECT_NEAR(calibration_factor(cost, model, 32, Precision::fp32, Duration(9e-6) + 2 * device), 2,
              1e-12);
}

TEST(Calibration, RefusesAStepShorterThanItsLaunches) {
  try {
    (void)calibration_factor(CostModel(test::ideal_device()), test::tiny(), 32, Precision::fp32,
                             Duration(5e-6));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("alone take 9.00 us"), std::string::npos)
        << error.what();
  }
}

TEST(LayerTimes, SumToTheComputeTime) {
  const CostModel cost(test::ideal_device());
  const Model model = test::residual();
  const std::vector<LayerTimes> times = layer_times(cost, model, 16, Precision::fp32);
  ASSERT_EQ(times.size(), model.layers().size());
  EXPECT_EQ(times[0].total(), Duration(0));
  EXPECT_EQ(times[1].backward_data, Duration(0));
  Duration sum;
  for (const LayerTimes& layer : times) sum += layer.total();
  EXPECT_EQ(sum, compute_time(cost, model, 16, Precision::fp32));
}

}  // namespace
}  // namespace rehearse
