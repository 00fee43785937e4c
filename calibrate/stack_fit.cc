#include "calibrate/stack_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "calibrate/nelder_mead.h"
#include "predict/predict.h"

namespace rehearse {
namespace {

constexpr int kParameters = 3;

// Wide enough that the noise of the simulated median does not show.
constexpr double kDifference = 0.1;

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
    scenario_.fabric.uncertainties.clear();
    if (scenario_.calibration) scenario_.calibration->relative_error = 0;
  }

  // ln(simulated) - ln(measured) with the fabric exp(`logs`).
  Eigen::VectorXd residuals(const std::vector<double>& logs) {
    FabricProfile& fabric = scenario_.fabric;
    fabric.stream_bandwidth = Bandwidth(std::exp(logs[0]));
    fabric.step_latency = Duration(std::exp(logs[1]));
    fabric.stream_rate_spread = std::exp(logs[2]);
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
      const double score = (logs[static_cast<std::size_t>(p)] - std::log(prior(p).median)) /
                           prior(p).sigma;
      sum += score * score;
    }
    return sum;
  }

  double objective(const std::vector<double>& logs) {
    const double value = misfit(residuals(logs)) + penalty(logs);
    if (options_.progress) options_.progress(evaluations_, value);
    return value;
  }

  // Of the logarithms. The shared b makes the records' precision (I - 11'/(n + 1)) / r^2.
  Eigen::Matrix3d covariance(const std::vector<double>& best) {
    const auto n = static_cast<Eigen::Index>(samples_.size());
    Eigen::MatrixXd slopes(n, kParameters);
    for (int p = 0; p < kParameters; ++p) {
      std::vector<double> above = best;
      std::vector<double> below = best;
      above[static_cast<std::size_t>(p)] += kDifference;
      below[static_cast<std::size_t>(p)] -= kDifference;
      slopes.col(p) = (residuals(above) - residuals(below)) / (2 * kDifference);
    }
    const double r = options_.reading_error;
    const Eigen::MatrixXd precision =
        (Eigen::MatrixXd::Identity(n, n) -
         Eigen::MatrixXd::Constant(n, n, 1.0 / static_cast<double>(n + 1))) /
        (r * r);
    Eigen::Matrix3d curvature = slopes.transpose() * precision * slopes;
    for (int p = 0; p < kParameters; ++p) {
      curvature(p, p) += 1 / (prior(p).sigma * prior(p).sigma);
    }
    return curvature.inverse();
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

  const Eigen::VectorXd e = posterior.residuals(best);
  const Eigen::Matrix3d covariance = posterior.covariance(best);
  const auto fitted = [&](int p) {
    return FittedParameter{std::exp(best[static_cast<std::size_t>(p)]),
                           std::sqrt(covariance(p, p))};
  };
  StackFit fit;
  fit.stream_bandwidth = fitted(0);
  fit.step_latency = fitted(1);
  fit.stream_rate_spread = fitted(2);
  fit.device_error = Posterior::device_error(e);
  for (const double error : e) fit.errors.push_back(std::exp(error) - 1);
  fit.objective = posterior.misfit(e) + posterior.penalty(best);
  fit.evaluations = posterior.evaluations();
  return fit;
}

}  // namespace rehearse
