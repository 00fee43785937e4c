// What a software stack makes of a fabric, fitted to the step times of one network.
//
//   StackFit fit = fit_stack(scenario, {{2, 0.501}, {4, 0.508}, {32, 0.530}}, {});
//   fit.stream_bandwidth.value, fit.stream_bandwidth.relative_error
//
// Maximum a posteriori. With e_i = ln(simulated) - ln(measured) of record i (averaged over seeds),
// the relative error r of a record and the relative error b of the single-device record that
// calibrates the device, which all simulated times share, it minimises
//
//   sum_i ((e_i + b) / r)^2 + (b / r)^2 + sum_p (ln(p / median_p) / sigma_p)^2
//
// over b, stream_bandwidth, step_latency and stream_rate_spread. The priors matter: a few records
// of 2 % hold less than three parameters.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "scenarios/scenario.h"

namespace rehearse {

struct StackSample {
  std::int64_t workers = 0;
  double step_time = 0;  // s
};

// ln(parameter) is normal around ln(median).
struct LogNormalPrior {
  double median = 0;
  double sigma = 0;
};

struct StackFitOptions {
  double reading_error = 0.02;  // of charts (the survey's own figure for digitised charts)
  // 35 Gbit/s: what one core drives through one TCP stream is 30 to 40 Gbit/s (ESnet, fasterdata).
  LogNormalPrior stream_bandwidth{4.4e9, 0.3};
  // NCCL counts 14 us of network latency per step (its tuning model); kernel TCP comes on top, on
  // both sides.
  LogNormalPrior step_latency{30e-6, 0.7};
  // Assumed: no source says how far the streams of nodes differ.
  LogNormalPrior stream_rate_spread{0.2, 0.7};
  int seeds = 8;  // simulated times are averaged over them: those of one differ by some 0.3 %
  int jobs = 1;
  int most_evaluations = 150;
  double smallest_step = 0.03;  // of ln(parameter), where the search ends: below it is noise
  std::function<void(int evaluations, double objective)> progress;
};

struct FittedParameter {
  double value = 0;
  double relative_error = 0;  // standard error of ln(value)
};

struct StackFit {
  FittedParameter stream_bandwidth;  // B/s
  FittedParameter step_latency;      // s
  FittedParameter stream_rate_spread;
  double device_error = 0;     // b: what the fit makes of the device's record
  std::vector<double> errors;  // simulated / measured - 1, by ascending workers
  double objective = 0;
  int evaluations = 0;
};

// Simulates `scenario`, with its fabric's message latency and without its other limits, at the
// workers of the samples, always with the same seeds: the scenario's and those that follow it. The
// uncertainties of the scenario's own parameters are not drawn. Searches by Nelder and Mead, then
// takes one step of Gauss and Newton, whose curvature gives the standard errors.
// REQUIRES: at least one sample, each of another number of workers above one.
StackFit fit_stack(const Scenario& scenario, std::vector<StackSample> samples,
                   const StackFitOptions& options);

}  // namespace rehearse
