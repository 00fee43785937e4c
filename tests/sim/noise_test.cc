#include "sim/noise/noise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/normal_quantile.h"
#include "base/stats.h"

namespace rehearse {
namespace {

TEST(NormalQuantile, MeetsTables) {
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-12);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-9);
  EXPECT_NEAR(normal_quantile(0.9), 1.2815515655446004, 1e-9);
  EXPECT_NEAR(normal_quantile(1e-6), -4.753424308822899, 1e-9);
}

TEST(Noise, NoneByDefault) {
  const NoiseModel none{NoiseOptions{}};
  EXPECT_EQ(none.compute(3, 7), 1);
  EXPECT_EQ(none.stream_rate(3, 7), 1);
  EXPECT_EQ(none.step_latency(7), 1);
}

TEST(Noise, DrawsDependOnTheirNamesOnly) {
  NoiseOptions options;
  options.compute_cv = 0.05;
  options.device_cv = 0.02;
  options.stream_rate_spread = 0.3;
  const NoiseModel a(options);
  const NoiseModel b(options);
  EXPECT_EQ(a.compute(1, 2), b.compute(1, 2));
  EXPECT_NE(a.compute(1, 2), a.compute(2, 2));
  EXPECT_NE(a.compute(1, 2), a.compute(1, 3));
  EXPECT_NE(a.stream_rate(1, 2), a.stream_rate(2, 2));
}

// Two nodes of two devices: without noise of their own the devices of a node are equally fast, the
// nodes are not, and both stay as they are during a run.
TEST(Noise, DevicesOfANodeAreAlike) {
  NoiseOptions options;
  options.node_cv = 0.05;
  const NoiseModel noise(options, {0, 0, 1, 1});
  EXPECT_EQ(noise.compute(0, 3), noise.compute(1, 3));
  EXPECT_EQ(noise.compute(2, 3), noise.compute(3, 3));
  EXPECT_NE(noise.compute(0, 3), noise.compute(2, 3));
  EXPECT_EQ(noise.compute(0, 0), noise.compute(0, options.steps_per_run - 1));
  EXPECT_NE(noise.compute(0, 0), noise.compute(0, options.steps_per_run));
  std::vector<double> logs;
  for (int run = 0; run < options.runs; ++run) {
    logs.push_back(std::log(noise.compute(0, std::int64_t{run} * options.steps_per_run)));
  }
  EXPECT_NEAR(standard_deviation(logs), 0.05, 0.01);
}

TEST(Noise, UncertainParametersCoverTheirDistributionOverTheRuns) {
  NoiseOptions options;
  options.runs = 10;
  options.steps_per_run = 2;
  options.device_time_error = 0.05;
  const NoiseModel noise(options);
  std::vector<double> logs;
  for (int run = 0; run < 10; ++run) {
    const std::int64_t step = 2 * run;
    EXPECT_EQ(noise.compute(0, step), noise.compute(9, step + 1));
    logs.push_back(std::log(noise.compute(0, step)));
  }
  // Ten stratified scores: mean 0 exactly, deviation of the sample close to the parameter's.
  EXPECT_NEAR(mean(logs), 0, 1e-12);
  EXPECT_NEAR(standard_deviation(logs), 0.05, 0.002);
}

// The ten equally likely normal scores run from z(0.05) = -1.644854 to z(0.95) = 1.644854. A spread
// of 0.5 takes the coefficients from exp(-0.822427 - 0.125) = 0.387742 of their values to
// exp(0.822427 - 0.125) = 2.008577 of them; their mean is that of a log-normal factor of mean 1,
// but for its tails.
TEST(Noise, CoefficientsOfVariationMayBeUncertainThemselves) {
  NoiseOptions options;
  options.compute_cv = 0.02;
  options.device_cv = 0.03;
  options.compute_cv_error = 0.5;
  options.device_cv_error = 0.5;
  const NoiseModel noise(options);
  std::vector<double> steps;
  std::vector<double> devices;
  double sum = 0;
  for (int run = 0; run < options.runs; ++run) {
    const std::int64_t first = std::int64_t{run} * options.steps_per_run;
    steps.push_back(noise.compute_cv(first));
    devices.push_back(noise.device_cv(first));
    EXPECT_EQ(noise.compute_cv(first + 1), steps.back());  // the same during a run
    sum += steps.back() / 0.02;
  }
  EXPECT_NEAR(*std::min_element(steps.begin(), steps.end()), 0.02 * 0.387742, 1e-7);
  EXPECT_NEAR(*std::max_element(steps.begin(), steps.end()), 0.02 * 2.008577, 1e-7);
  EXPECT_NEAR(*std::max_element(devices.begin(), devices.end()), 0.03 * 2.008577, 1e-7);
  EXPECT_NEAR(sum / options.runs, 1, 0.02);
}

// ln of the device time is 0.1 z_0, that of the rate -0.2 z_0 + 0.05 z_1: where the device is slow
// the streams are, and what is left of them is theirs. The mean shifts both.
TEST(Noise, ParametersThatAreKnownTogetherMoveTogether) {
  NoiseOptions options;
  options.device_time_error = 5;  // of no account
  options.joint.emplace();
  options.joint->mean[0] = 0.3;
  options.joint->mean[6] = 0.01;
  options.joint->root[0][0] = 0.1;
  options.joint->root[1][0] = -0.2;
  options.joint->root[1][1] = 0.05;
  const NoiseModel noise(options);
  std::vector<double> device, left;
  for (int run = 0; run < options.runs; ++run) {
    const std::int64_t step = std::int64_t{run} * options.steps_per_run;
    device.push_back(std::log(noise.compute(0, step)) - 0.3);
    left.push_back(std::log(noise.stream_median(step)) + 2 * device.back());
    EXPECT_NEAR(noise.whole_step(step), std::exp(0.01), 1e-12);
    EXPECT_EQ(noise.step_latency(step), 1);
  }
  // The normal scores of ten equally likely values have a deviation of 0.98.
  EXPECT_NEAR(standard_deviation(device), 0.1 * 0.98, 2e-3);
  EXPECT_NEAR(standard_deviation(left), 0.05 * 0.98, 1e-3);
}

// A spread of ln(compute_cv) of 0.5 around a mean factor of 1: the mean over the runs is 1 within
// what ten values can tell.
TEST(Noise, SpreadsThatAreKnownTogetherKeepTheirMean) {
  NoiseOptions options;
  options.compute_cv = 0.01;
  options.joint.emplace();
  options.joint->root[4][4] = 0.5;
  const NoiseModel noise(options);
  double sum = 0;
  for (int run = 0; run < options.runs; ++run) {
    sum += noise.compute_cv(std::int64_t{run} * options.steps_per_run) / options.runs;
  }
  EXPECT_NEAR(sum, 0.01, 3e-4);
}

}  // namespace
}  // namespace rehearse
