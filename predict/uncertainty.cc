#include "predict/uncertainty.h"

#include <algorithm>
#include <cmath>

#include "base/quantity_text.h"

namespace rehearse {
namespace {

using Parameter = Uncertainty::Parameter;
using Kind = Provenance::Kind;

// Root mean square of ln(predicted / measured) of single-device records, not centred: of 20 of P100
// and of 19 of V100, A100 and H100 (docs/studies/single_devices.md).
constexpr double kFittedUtilisation = 0.12;
constexpr double kAssumedUtilisation = 0.26;

// A stack whose provenance calls a level assumed.
constexpr double kAssumedLevel = 0.3;

// A coefficient of variation that is assumed is right within a factor of two in four of five cases:
// ln 2 / 1.28.
constexpr double kAssumedSpread = 0.54;

bool assumed(const std::vector<Provenance>& list, std::string_view word) {
  return std::any_of(list.begin(), list.end(), [&](const Provenance& p) {
    return p.kind == Kind::assumed && p.quantity.find(word) != std::string::npos;
  });
}

bool utilisation_fitted(const DeviceProfile& device) {
  return std::any_of(device.provenance.begin(), device.provenance.end(), [](const Provenance& p) {
    return p.kind != Kind::assumed && p.quantity.find("utilisation") != std::string::npos;
  });
}

class Causes {
 public:
  explicit Causes(const Scenario& scenario) : scenario_(scenario) {
    of_device_time();
    of_stack();
    if (const auto& assumed = scenario.assumed_stack) {
      add({Parameter::bandwidth, Parameter::latency, Parameter::inside_bandwidth,
           Parameter::inside_latency},
          assumed->relative_error, "assumed stack",
          "'" + scenario.stack.name + "', " + assumed->why, Kind::assumed);
    }
    of_noise();
  }

  std::vector<Uncertainty> list;

 private:
  void add(std::vector<Parameter> parameters, double error, std::string cause, std::string source,
           Kind kind) {
    if (error == 0) return;
    list.push_back({std::move(parameters), error, std::move(cause), std::move(source), kind});
  }

  void of_device_time() {
    if (scenario_.calibration) {
      add({Parameter::device_time}, scenario_.calibration->relative_error, "calibrated device",
          scenario_.calibration->source, Kind::published);
    } else if (scenario_.device.measured) {
      add({Parameter::device_time}, scenario_.device.measured->drift, "drift of this machine",
          "measured by rehearse calibrate", Kind::measured);
    } else {
      const bool fitted = utilisation_fitted(scenario_.device);
      add({Parameter::device_time}, uncalibrated_error(scenario_), "uncalibrated device",
          std::string("published single-device records against the cost model, of devices whose "
                      "utilisation was ") +
              (fitted ? "fitted" : "assumed"),
          Kind::derived);
    }
  }

  void of_stack() {
    const StackProfile& stack = scenario_.stack;
    const std::string of = " of the stack '" + stack.name + "'";
    if (stack.library && stack.library->has_levels()) {
      of_level(*stack.library->inside, "inside", Parameter::inside_bandwidth,
               Parameter::inside_latency);
      of_level(*stack.library->nic, "nic", Parameter::bandwidth, Parameter::latency);
      return;
    }
    add({Parameter::bandwidth, Parameter::inside_bandwidth},
        stack.relative_error("stream_bandwidth"), "stream_bandwidth" + of, "its file",
        Kind::derived);
    add({Parameter::latency, Parameter::inside_latency}, stack.relative_error("step_latency"),
        "step_latency" + of, "its file", Kind::derived);
    add({Parameter::stream_rate_spread}, stack.relative_error("stream_rate_spread"),
        "stream_rate_spread" + of, "its file", Kind::derived);
  }

  void of_level(const StackLevel& level, const std::string& name, Parameter bandwidth,
                Parameter latency) {
    const auto& told = scenario_.stack.provenance;
    const bool guess = told.empty() || assumed(told, name) || assumed(told, "all");
    const auto one = [&](Parameter parameter, const std::optional<double>& error, const char* key) {
      add({parameter}, error.value_or(guess ? kAssumedLevel : 0),
          name + "." + key + " of the stack '" + scenario_.stack.name + "'",
          error ? "its file" : "its provenance says assumed",
          error ? Kind::derived : Kind::assumed);
    };
    one(bandwidth, level.bandwidth_rel_error, "channel_bandwidth");
    one(latency, level.latency_rel_error, "latency");
  }

  // What the scenario gives itself is its own word.
  void of_noise() {
    const DeviceProfile& device = scenario_.device;
    const auto one = [&](Parameter parameter, const char* key, double profile, double used) {
      if (used == 0 || used != profile || !assumed(device.provenance, key)) return;
      add({parameter}, kAssumedSpread, std::string(key) + " of the device",
          "assumed: right within a factor of two", Kind::assumed);
    };
    one(Parameter::compute_cv, "compute_cv", device.compute_cv, scenario_.noise.compute_cv);
    one(Parameter::device_cv, "device_cv", device.device_cv, scenario_.noise.device_cv);
  }

  const Scenario& scenario_;
};

}  // namespace

std::vector<Uncertainty> uncertainties_of(const Scenario& scenario) {
  return Causes(scenario).list;
}

double relative_error(const std::vector<Uncertainty>& causes, Parameter parameter) {
  double squares = 0;
  double only = 0;
  int count = 0;
  for (const Uncertainty& cause : causes) {
    const auto& all = cause.parameters;
    if (std::find(all.begin(), all.end(), parameter) == all.end()) continue;
    squares += cause.relative_error * cause.relative_error;
    only = cause.relative_error;
    ++count;
  }
  return count == 1 ? only : std::sqrt(squares);  // exact where there is nothing to add
}

double uncalibrated_error(const Scenario& scenario) {
  if (scenario.calibration || scenario.device.measured) return 0;
  return utilisation_fitted(scenario.device) ? kFittedUtilisation : kAssumedUtilisation;
}

std::vector<Provenance> provenance_of(const std::vector<Uncertainty>& causes) {
  std::vector<Provenance> list;
  for (const Uncertainty& cause : causes) {
    list.push_back({"interval: " + cause.cause + ", " + spread_text(cause.relative_error),
                    cause.source, cause.kind});
  }
  return list;
}

std::string spread_text(double share) {
  std::string digits = significant(100 * share, 2);
  if (digits.ends_with(".0")) digits.resize(digits.size() - 2);
  return digits + " %";
}

}  // namespace rehearse
