#include "calibrate/fits/pilot_model.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"

namespace rehearse {
namespace {

using Parameter = Uncertainty::Parameter;

// Parameters of one kind are never drawn together: what a cause says of them is one number.
int kind_of(Parameter parameter) {
  if (parameter == Parameter::inside_bandwidth) return static_cast<int>(Parameter::bandwidth);
  if (parameter == Parameter::inside_latency) return static_cast<int>(Parameter::latency);
  return static_cast<int>(parameter);
}

}  // namespace

PilotModel::PilotModel(const Scenario& scenario, std::vector<JobSize> sizes,
                       const LeftOver& left_over)
    : sizes_(std::move(sizes)) {
  for (const Uncertainty& cause : uncertainties_of(scenario)) {
    std::vector<Parameter> left = cause.parameters;
    while (!left.empty()) {
      const int kind = kind_of(left.front());
      const auto others = std::stable_partition(left.begin(), left.end(),
                                                [&](Parameter p) { return kind_of(p) == kind; });
      knobs_.push_back({{left.begin(), others}, cause.relative_error});
      left.erase(left.begin(), others);
    }
  }
  const Eigen::Index k = causes();
  const auto n = static_cast<Eigen::Index>(sizes_.size());
  prior_.mean = Eigen::VectorXd::Zero(k + n);
  prior_.covariance = Eigen::MatrixXd::Identity(k + n, k + n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) {
      prior_.covariance(k + i, k + j) = left_over.covariance(sizes_[static_cast<std::size_t>(i)],
                                                             sizes_[static_cast<std::size_t>(j)]);
    }
  }
}

Eigen::Index PilotModel::index_of(const JobSize& size) const {
  const auto found = std::find(sizes_.begin(), sizes_.end(), size);
  EXPECTS(found != sizes_.end());
  return causes() + (found - sizes_.begin());
}

Eigen::VectorXd PilotModel::row(Parameter parameter) const {
  Eigen::VectorXd result = Eigen::VectorXd::Zero(prior_.mean.size());
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    const auto& all = knobs_[k].parameters;
    if (std::find(all.begin(), all.end(), parameter) == all.end()) continue;
    result[static_cast<Eigen::Index>(k)] = knobs_[k].error;
  }
  return result;
}

Eigen::VectorXd PilotModel::row(const JobSize& size, const ParameterLogs& slopes) const {
  Eigen::VectorXd result = Eigen::VectorXd::Zero(prior_.mean.size());
  for (std::size_t p = 0; p < kUncertainParameters; ++p) {
    result += slopes[p] * row(static_cast<Parameter>(p));
  }
  result[index_of(size)] = 1;
  return result;
}

ParameterLogs PilotModel::errors() const {
  ParameterLogs result{};
  for (std::size_t p = 0; p < kUncertainParameters; ++p) {
    result[p] = row(static_cast<Parameter>(p)).norm();
  }
  return result;
}

ParameterLogs PilotModel::logs(const Eigen::VectorXd& state) const {
  ParameterLogs result{};
  for (std::size_t p = 0; p < kUncertainParameters; ++p) {
    result[p] = row(static_cast<Parameter>(p)).dot(state);
  }
  return result;
}

JointFactors PilotModel::factors(const Gaussian& state, const JobSize& size,
                                 const ParameterLogs& slopes, bool one_node) const {
  Eigen::MatrixXd rows = Eigen::MatrixXd::Zero(kNoiseParameters, state.mean.size());
  Eigen::VectorXd direction = Eigen::VectorXd::Zero(kNoiseParameters);
  for (const UsedParameter& used : used_parameters(one_node)) {
    const auto i = static_cast<Eigen::Index>(used.noise);
    rows.row(i) = row(used.parameter);
    direction[i] = slopes[static_cast<std::size_t>(used.parameter)];
  }
  const auto whole = static_cast<Eigen::Index>(NoiseParameter::whole_step);
  rows(whole, index_of(size)) = 1;
  direction[whole] = 1;
  const Eigen::VectorXd mean = rows * state.mean;
  const Eigen::MatrixXd root =
      turned_root(triangular_root(rows * state.covariance * rows.transpose()), direction);
  JointFactors result;
  for (std::size_t p = 0; p < kNoiseParameters; ++p) {
    const auto i = static_cast<Eigen::Index>(p);
    result.mean[p] = mean[i];
    for (std::size_t q = 0; q < kNoiseParameters; ++q) {
      result.root[p][q] = root(i, static_cast<Eigen::Index>(q));
    }
  }
  return result;
}

}  // namespace rehearse
