// Uncalibrated predictions against published steps of one device. The device's parameters were
// chosen with these records (see the profiles' provenance): the test holds that ONE set explains
// all of them.
#include "p100_records.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <map>

#include "devices.h"
#include "kernels/devices/cost_model.h"
#include "kernels/models/zoo.h"

namespace rehearse {
namespace {

// Plain SGD reads weight and gradient and writes the weight.
Bytes sgd_traffic(const Model& model) {
  return Bytes(3 * 4 * static_cast<double>(model.parameter_count()));
}

Duration measured(const test::P100Record& record) {
  return Duration(record.batch / record.images_per_second);
}

TEST(P100, UncalibratedStepsAreWithinAQuarter) {
  std::map<std::string, Model> models;
  for (const test::P100Record& record : test::kP100Records) {
    models.try_emplace(record.model, zoo_model(record.model));
    const Model& model = models.at(record.model);
    const CostModel cost(test::shipped_device(record.device));
    const Duration step = compute_time(cost, model, record.batch, Precision::fp32) +
                          cost.stream_time(sgd_traffic(model));
    const double error = step / measured(record) - 1;
    std::printf("%-36s predicted %6.1f ms, measured %6.1f ms, %+5.1f %%\n", record.id,
                1e3 * step.value(), 1e3 * measured(record).value(), 100 * error);
    EXPECT_LT(std::abs(error), 0.25) << record.id;
  }
}

TEST(P100, CalibrationReproducesTheRecord) {
  for (const test::P100Record& record : test::kP100Records) {
    const Model model = zoo_model(record.model);
    const DeviceProfile device = test::shipped_device(record.device);
    const double factor = calibration_factor(CostModel(device), model, record.batch,
                                             Precision::fp32, measured(record), sgd_traffic(model));
    const CostModel cost(device, factor);
    const Duration step = compute_time(cost, model, record.batch, Precision::fp32) +
                          cost.stream_time(sgd_traffic(model));
    EXPECT_NEAR(step / measured(record), 1, 1e-12) << record.id;
    // Calibrating what is calibrated changes nothing.
    EXPECT_NEAR(calibration_factor(cost, model, record.batch, Precision::fp32, measured(record),
                                   sgd_traffic(model)),
                factor, 1e-12 * factor);
  }
}

}  // namespace
}  // namespace rehearse
