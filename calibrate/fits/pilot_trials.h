// Simulated steps of a job for given values of its uncertain parameters.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "calibrate/fits/left_over.h"
#include "predict/sample_point.h"
#include "predict/uncertainty.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Of Uncertainty::Parameter, by its order.
inline constexpr std::size_t kUncertainParameters = 8;
std::string_view name_of(Uncertainty::Parameter parameter);

// Logarithms of factors on the parameters.
using ParameterLogs = std::array<double, kUncertainParameters>;

// The parameters that the noise of a point stands for: those of levels by whether it is on one
// node.
struct UsedParameter {
  NoiseParameter noise;
  Uncertainty::Parameter parameter;
};
std::array<UsedParameter, 6> used_parameters(bool one_node);

// Whether a job of so many workers can feel it: one alone sends nothing.
bool may_matter(Uncertainty::Parameter parameter, std::int64_t workers);

class PilotTrials {
 public:
  PilotTrials(const Scenario& scenario, int jobs);

  // ln of the median step, s, as the scenario's fidelity has it.
  std::vector<double> log_steps(const std::vector<JobSize>& sizes, const ParameterLogs& logs);

  // Of one size: how ln(step) changes per unit of a parameter's logarithm, by differences that span
  // half of `errors` (standard errors of the parameters; one of 0 is left out) to both sides, and
  // the standard deviation of ln of a run's mean step at `logs`. By `analytic` where the scenario
  // can be so simulated, else as the scenario has it.
  struct Sensitivity {
    ParameterLogs slopes{};
    double run_deviation = 0;
  };
  std::vector<Sensitivity> sensitivities(const std::vector<JobSize>& sizes,
                                         const ParameterLogs& logs, const ParameterLogs& errors);

  [[nodiscard]] bool on_one_node(const JobSize& size) const {
    return size.workers <= scenario_.node.devices;
  }

 private:
  struct Trial {
    JobSize size;
    ParameterLogs logs;
  };
  std::vector<SampledPoint> run(const std::vector<Trial>& trials, Fidelity fidelity);

  const Scenario& scenario_;
  BuiltNetwork network_;
  int jobs_;
  Fidelity fast_ = Fidelity::analytic;
};

}  // namespace rehearse
