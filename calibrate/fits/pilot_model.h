// The unknowns of a pilot as one normal distribution: the causes of uncertainty of a scenario, and
// what is left over at each size of its job.
#pragma once

#include <vector>

#include "calibrate/fits/gaussian.h"
#include "calibrate/fits/left_over.h"
#include "calibrate/fits/pilot_trials.h"

namespace rehearse {

class PilotModel {
 public:
  // `sizes`: without repetition.
  PilotModel(const Scenario& scenario, std::vector<JobSize> sizes, const LeftOver& left_over);

  // State: a standard normal number for each cause (`causes()` of them), then the deviation of
  // ln(step) at each size. A cause of rates and latencies counts as two, as it is drawn.
  [[nodiscard]] const Gaussian& prior() const { return prior_; }
  [[nodiscard]] Eigen::Index causes() const { return static_cast<Eigen::Index>(knobs_.size()); }

  // Of the parameters, the standard errors before and the logarithms in a state.
  [[nodiscard]] ParameterLogs errors() const;
  [[nodiscard]] ParameterLogs logs(const Eigen::VectorXd& state) const;

  // The row that gives a parameter's logarithm, and, of a size of the model, ln(step) with these
  // slopes (less what it is where all is 0).
  [[nodiscard]] Eigen::VectorXd row(Uncertainty::Parameter parameter) const;
  [[nodiscard]] Eigen::VectorXd row(const JobSize& size, const ParameterLogs& slopes) const;

  // What the noise of a simulated point knows. The first of its scores is what moves ln(step) with
  // these slopes, so that the runs of a point stand evenly in its distribution.
  [[nodiscard]] JointFactors factors(const Gaussian& state, const JobSize& size,
                                     const ParameterLogs& slopes, bool one_node) const;

 private:
  struct Knob {
    std::vector<Uncertainty::Parameter> parameters;
    double error = 0;
  };

  [[nodiscard]] Eigen::Index index_of(const JobSize& size) const;

  std::vector<Knob> knobs_;
  std::vector<JobSize> sizes_;
  Gaussian prior_;
};

}  // namespace rehearse
