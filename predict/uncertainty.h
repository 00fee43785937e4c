// Why the interval of a prediction is as wide as it is: every cause has one stated spread, a
// relative standard error (sigma of ln) of parameters that the runs of a simulation draw
// (sim/noise/noise.h).
#pragma once

#include <string>
#include <vector>

#include "base/provenance.h"
#include "scenarios/scenario.h"

namespace rehearse {

struct Uncertainty {
  // The rates and latencies of a stack between nodes and, where it tells them apart, inside one.
  enum class Parameter {
    device_time,
    bandwidth,
    latency,
    inside_bandwidth,
    inside_latency,
    stream_rate_spread,
    compute_cv,
    device_cv
  };

  std::vector<Parameter> parameters;
  double relative_error = 0;
  std::string cause;   // "uncalibrated device"
  std::string source;  // where the number comes from
  Provenance::Kind kind = Provenance::Kind::assumed;
};

// Causes with a spread of 0 are left out.
std::vector<Uncertainty> uncertainties_of(const Scenario& scenario);

// All causes of one parameter, which are independent: the root of the sum of squares.
double relative_error(const std::vector<Uncertainty>& causes, Uncertainty::Parameter parameter);

// The device time of a scenario without calibration: its spread, 0 if it is calibrated or measured.
double uncalibrated_error(const Scenario& scenario);

// "interval: uncalibrated device, 12 %", and the source.
std::vector<Provenance> provenance_of(const std::vector<Uncertainty>& causes);

// A spread as it is printed: "12 %".
std::string spread_text(double share);

}  // namespace rehearse
