#include "studies/stack_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "calibrate/fits/nelder_mead.h"
#include "predict/predict.h"

namespace rehearse {
namespace {

constexpr int kParameters = 3;

// Differences span this share of a prior's sigma to both sides: wide enough that the noise of the
// simulated medians does not show in the slopes.
constexpr double kDifference = 0.5;

struct Curvature {
  Eigen::Matrix3d covariance;  // of the logarithms
  Eigen::Vector3d step;        // to the minimum, were the residuals linear
};

class Posterior {
 public:
  Posterior(const Scenario& scenario, std::vector<StackSample> samples,
            const StackFitOptions& options)
      : scenario_(scenario),
        first_seed_(scenario.seed),
        samples_(std::move(samples)),
        options_(options) {
    scenario_.workers.clear();
    for (const StackSample& sample : samples_) scenario_.workers.push_back(sample.workers);
    scenario_.stack.uncertainties.clear();
    scenario_.assumed_stack.reset();
    if (scenario_.calibration) scenario_.calibration->relative_error = 0;
  }

  // ln(simulated) - ln(measured) with the fabric exp(`logs`).
  Eigen::VectorXd residuals(const std::vector<double>& logs) {
    StackProfile& stack = scenario_.stack;
    stack.stream_bandwidth = Bandwidth(std::exp(logs[0]));
    stack.step_latency = Duration(std::exp(logs[1]));
    stack.stream_rate_spread = std::exp(logs[2]);
    PredictOptions how;
    how.jobs = options_.jobs;
    Eigen::VectorXd e = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(samples_.size()));
    for (int seed = 0; seed < options_.seeds; ++seed) {
      scenario_.seed = first_seed_ + static_cast<std::uint64_t>(seed);
      const Prediction prediction = predict(scenario_, how);
      for (std::size_t i = 0; i < samples_.size(); ++i) {
        e[static_cast<Eigen::Index>(i)] +=
            std::log(prediction.points[i].step_time.p50 / samples_[i].step_time) / options_.seeds;
      }
    }
    ++evaluations_;
    return e;
  }

  // The b that minimises the sum: its derivative sum_i (e_i + b) + b vanishes.
  [[nodiscard]] static double device_error(const Eigen::VectorXd& e) {
    return -e.sum() / static_cast<double>(e.size() + 1);
  }

  [[nodiscard]] double misfit(const Eigen::VectorXd& e) const {
    const double b = device_error(e);
    const double r = options_.reading_error;
    return ((e.array() + b).square().sum() + b * b) / (r * r);
  }

  [[nodiscard]] double penalty(const std::vector<double>& logs) const {
    double sum = 0;
    for (int p = 0; p < kParameters; ++p) {
      const double score =
          (logs[static_cast<std::size_t>(p)] - std::log(prior(p).median)) / prior(p).sigma;
      sum += score * score;
    }
    return sum;
  }

  [[nodiscard]] double value(const Eigen::VectorXd& e, const std::vector<double>& logs) const {
    return misfit(e) + penalty(logs);
  }

  double objective(const std::vector<double>& logs) {
    const double result = value(residuals(logs), logs);
    if (options_.progress) options_.progress(evaluations_, result);
    return result;
  }

  // Gauss and Newton's view of the sum at `logs`, where the residuals are `e`. The shared b makes
  // the records' precision (I - 11'/(n + 1)) / r^2.
  Curvature curvature(const std::vector<double>& logs, const Eigen::VectorXd& e) {
    const auto n = e.size();
    Eigen::MatrixXd slopes(n, kParameters);
    for (int p = 0; p < kParameters; ++p) {
      const double step = kDifference * prior(p).sigma;
      std::vector<double> above = logs;
      std::vector<double> below = logs;
      above[static_cast<std::size_t>(p)] += step;
      below[static_cast<std::size_t>(p)] -= step;
      slopes.col(p) = (residuals(above) - residuals(below)) / (2 * step);
    }
    const double r = options_.reading_error;
    const Eigen::MatrixXd precision =
        (Eigen::MatrixXd::Identity(n, n) -
         Eigen::MatrixXd::Constant(n, n, 1.0 / static_cast<double>(n + 1))) /
        (r * r);
    Eigen::Matrix3d inverse = slopes.transpose() * precision * slopes;
    Eigen::Vector3d gradient = slopes.transpose() * precision * e;
    for (int p = 0; p < kParameters; ++p) {
      const double variance = prior(p).sigma * prior(p).sigma;
      inverse(p, p) += 1 / variance;
      gradient[p] += (logs[static_cast<std::size_t>(p)] - std::log(prior(p).median)) / variance;
    }
    Curvature result;
    result.covariance = inverse.inverse();
    result.step = -result.covariance * gradient;
    return result;
  }

  [[nodiscard]] const LogNormalPrior& prior(int parameter) const {
    return parameter == 0   ? options_.stream_bandwidth
           : parameter == 1 ? options_.step_latency
                            : options_.stream_rate_spread;
  }

  [[nodiscard]] int evaluations() const { return evaluations_; }

 private:
  Scenario scenario_;
  std::uint64_t first_seed_;
  std::vector<StackSample> samples_;
  const StackFitOptions& options_;
  int evaluations_ = 0;
};

}  // namespace

StackFit fit_stack(const Scenario& scenario, std::vector<StackSample> samples,
                   const StackFitOptions& options) {
  EXPECTS(!samples.empty() && options.seeds >= 1);
  std::sort(samples.begin(), samples.end(),
            [](const StackSample& a, const StackSample& b) { return a.workers < b.workers; });
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECTS(samples[i].workers > (i == 0 ? 1 : samples[i - 1].workers));
    EXPECTS(samples[i].step_time > 0);
  }
  Posterior posterior(scenario, std::move(samples), options);
  // A second simplex starts where the first one ended, because a simplex can collapse early on a
  // function with kinks, and medians have them.
  std::vector<double> best;
  for (int p = 0; p < kParameters; ++p) best.push_back(std::log(posterior.prior(p).median));
  for (int search = 0; search < 2; ++search) {
    std::vector<double> steps;
    for (int p = 0; p < kParameters; ++p) {
      steps.push_back(posterior.prior(p).sigma * (search == 0 ? -0.5 : 0.5));
    }
    best = nelder_mead([&](const std::vector<double>& logs) { return posterior.objective(logs); },
                       best, steps, {options.most_evaluations / 2, options.smallest_step});
  }

  Eigen::VectorXd e = posterior.residuals(best);
  const Curvature curvature = posterior.curvature(best, e);
  std::vector<double> stepped = best;
  for (int p = 0; p < kParameters; ++p) stepped[static_cast<std::size_t>(p)] += curvature.step[p];
  const Eigen::VectorXd e_stepped = posterior.residuals(stepped);
  if (posterior.value(e_stepped, stepped) < posterior.value(e, best)) {
    best = stepped;
    e = e_stepped;
  }
  const auto fitted = [&](int p) {
    return FittedParameter{std::exp(best[static_cast<std::size_t>(p)]),
                           std::sqrt(curvature.covariance(p, p))};
  };
  StackFit fit;
  fit.stream_bandwidth = fitted(0);
  fit.step_latency = fitted(1);
  fit.stream_rate_spread = fitted(2);
  fit.device_error = Posterior::device_error(e);
  for (const double error : e) fit.errors.push_back(std::exp(error) - 1);
  fit.objective = posterior.value(e, best);
  fit.evaluations = posterior.evaluations();
  return fit;
}

}  // namespace rehearse
