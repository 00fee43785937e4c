#include "studies/stack_fit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "predict/predict.h"
#include "tests/predict/known_device.h"

namespace rehearse {
namespace {

// A model whose reduction shows: 2.1 MB after the backward pass of a small batch.
Scenario small_scenario() {
  const JsonDocument document = JsonDocument::parse_text(R"({
    "name": "small",
    "model": {"input": {"channels": 512}, "layers": [{"kind": "dense", "features": 1000}]},
    "data": {"samples": 10000, "bytes_per_sample": "1 kB", "classes": 1000},
    "cluster": {
      "nodes": 16,
      "node": {"device": "p100-pcie-16gb", "devices": 1},
      "network": {"topology": "single_switch", "injection_bandwidth": "12 GB/s",
                  "injection_latency": "1 us", "stack": "ideal"}
    },
    "training": {"batch": {"per_worker": 512},
                 "allreduce": {"algorithm": "ring", "batching": "buckets"}},
    "sweep": {"workers": [2, 4, 16]}
  })",
                                                         "small.json");
  return with_known_time(read_scenario(document));
}

std::vector<StackSample> simulated(Scenario scenario, double bandwidth, double latency,
                                   double spread) {
  scenario.stack.stream_bandwidth = Bandwidth(bandwidth);
  scenario.stack.step_latency = Duration(latency);
  scenario.stack.stream_rate_spread = spread;
  std::vector<StackSample> samples;
  for (const PredictedPoint& point : predict(scenario, {}).points) {
    samples.push_back({point.workers, point.step_time.p50});
  }
  return samples;
}

TEST(StackFit, RecoversWhatTheModelItselfMeasured) {
  const Scenario scenario = small_scenario();
  StackFitOptions options;
  options.seeds = 1;             // that of the samples
  options.reading_error = 1e-3;  // exact records outweigh the priors
  options.most_evaluations = 100;
  options.smallest_step = 2e-3;
  const StackFit fit = fit_stack(scenario, simulated(scenario, 3.3e9, 50e-6, 0.3), options);
  EXPECT_NEAR(fit.stream_bandwidth.value / 3.3e9, 1, 0.1);
  EXPECT_NEAR(fit.step_latency.value / 50e-6, 1, 0.1);
  EXPECT_NEAR(fit.stream_rate_spread.value / 0.3, 1, 0.3);
  for (const double error : fit.errors) EXPECT_NEAR(error, 0, 5e-3);
}

TEST(StackFit, StaysAtThePriorsWhereRecordsSayNothing) {
  const Scenario scenario = small_scenario();
  StackFitOptions options;
  options.seeds = 1;
  options.reading_error = 100;
  options.most_evaluations = 60;
  const StackFit fit = fit_stack(scenario, {{2, 0.1}}, options);
  EXPECT_NEAR(fit.stream_bandwidth.value / options.stream_bandwidth.median, 1, 0.03);
  EXPECT_NEAR(fit.step_latency.value / options.step_latency.median, 1, 0.03);
  EXPECT_NEAR(fit.stream_bandwidth.relative_error, options.stream_bandwidth.sigma, 1e-3);
  EXPECT_NEAR(fit.stream_rate_spread.relative_error, options.stream_rate_spread.sigma, 1e-3);
}

TEST(StackFit, GivesTheDevicesRecordItsShare) {
  // One record, 2 % slower than any stack explains: b takes half of it, b = -e / 2.
  Scenario scenario = small_scenario();
  std::vector<StackSample> samples = simulated(scenario, 4.4e9, 30e-6, 0.2);
  samples.resize(1);
  samples[0].step_time *= 1.02;
  StackFitOptions options;
  options.seeds = 1;
  for (LogNormalPrior* prior :
       {&options.stream_bandwidth, &options.step_latency, &options.stream_rate_spread}) {
    prior->sigma = 1e-4;  // as good as known
  }
  options.most_evaluations = 20;
  const StackFit fit = fit_stack(scenario, samples, options);
  EXPECT_NEAR(fit.device_error, std::log(1.02) / 2, 1e-4);
  EXPECT_NEAR(fit.errors[0], 1 / 1.02 - 1, 1e-4);
}

}  // namespace
}  // namespace rehearse
