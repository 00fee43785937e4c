#include "calibrate/fits/pilot_fit.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "base/contract.h"
#include "base/error.h"
#include "base/quantity_text.h"
#include "calibrate/fits/pilot_model.h"
#include "calibrate/fits/pilot_next.h"
#include "calibrate/fits/pilot_trials.h"

namespace rehearse {
namespace {

using Parameter = Uncertainty::Parameter;

JobSize size_of(const PilotRecord& record) { return {record.workers, record.batch}; }

template <class Value>
void add_new(std::vector<Value>& list, const Value& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

// By how much records of one size differ beyond their errors: the root of the mean square of their
// normalised deviations from the mean of their size, at least 1.
double contradiction(const std::vector<PilotRecord>& records) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<const PilotRecord*>> sizes;
  for (const PilotRecord& r : records) sizes[{r.workers, r.batch}].push_back(&r);
  double squares = 0;
  double freedom = 0;
  for (const auto& [size, group] : sizes) {
    double sum = 0;
    double weights = 0;
    for (const PilotRecord* r : group) {
      const double weight = 1 / (r->relative_error * r->relative_error);
      sum += weight * std::log(r->step_time);
      weights += weight;
    }
    for (const PilotRecord* r : group) {
      squares += std::pow((std::log(r->step_time) - sum / weights) / r->relative_error, 2);
    }
    freedom += static_cast<double>(group.size()) - 1;
  }
  return freedom > 0 ? std::max(1.0, std::sqrt(squares / freedom)) : 1;
}

class Fit {
 public:
  Fit(const Scenario& scenario, const std::vector<PilotRecord>& records,
      const PilotOptions& options)
      : scenario_(scenario), records_(records), options_(options), trials_(scenario, options.jobs) {
    for (const PilotRecord& record : records) add_new(measured_, size_of(record));
    for (const std::int64_t workers : scenario.workers) {
      points_.push_back({workers, scenario.worker_batch(workers)});
    }
    possible_ = possible_runs(scenario, points_.back().workers, measured_);
    std::vector<JobSize> sizes = measured_;
    for (const JobSize& size : points_) add_new(sizes, size);
    for (const JobSize& size : possible_) add_new(sizes, size);
    LeftOver left_over = options.left_over;
    left_over.batch = records.front().batch;
    model_.emplace(scenario, std::move(sizes), left_over);

    const auto n = static_cast<Eigen::Index>(records.size());
    errors_ = Eigen::VectorXd(n);
    logs_ = Eigen::VectorXd(n);
    const double scale = contradiction(records);
    for (Eigen::Index i = 0; i < n; ++i) {
      const PilotRecord& record = records[static_cast<std::size_t>(i)];
      logs_[i] = std::log(record.step_time);
      errors_[i] = scale * record.relative_error;
    }
  }

  PilotKnowledge learn() {
    before_ = simulated(model_->prior().mean);
    expect_near();
    search();
    PilotKnowledge result;
    std::vector<JobSize> sizes = points_;
    for (const JobSize& size : possible_) add_new(sizes, size);
    const auto slopes = trials_.sensitivities(sizes, model_->logs(best_), model_->errors());
    for (std::size_t i = 0; i < points_.size(); ++i) {
      result.points[points_[i].workers] = model_->factors(posterior_, points_[i], slopes[i].slopes,
                                                          trials_.on_one_node(points_[i]));
    }
    report_records(result);
    report_parameters(result);
    result.next = next(sizes, slopes);
    warn(result);
    return result;
  }

 private:
  // No uncertainty of a profile spans a factor of ten: such a record is of another job or unit.
  void expect_near() const {
    constexpr double kMost = 10;
    for (Eigen::Index i = 0; i < logs_.size(); ++i) {
      const double factor = std::exp(std::abs(logs_[i] - before_[i]));
      if (factor <= kMost) continue;
      throw Error::input("record '" + records_[static_cast<std::size_t>(i)].id +
                             "' of the pilot is " + significant(factor) + " times as " +
                             (logs_[i] < before_[i] ? "fast" : "slow") +
                             " as the scenario predicts",
                         "nothing that is uncertain explains so much",
                         "check its unit, and that the scenario is the job that ran");
    }
  }

  // ln(step) of every record, without what is left over.
  Eigen::VectorXd simulated(const Eigen::VectorXd& state) {
    return of_records(trials_.log_steps(measured_, model_->logs(state)));
  }

  [[nodiscard]] Eigen::VectorXd of_records(const std::vector<double>& of_sizes) const {
    Eigen::VectorXd result(logs_.size());
    for (Eigen::Index i = 0; i < result.size(); ++i) {
      result[i] = of_sizes[place(records_[static_cast<std::size_t>(i)])];
    }
    return result;
  }

  [[nodiscard]] std::size_t place(const PilotRecord& record) const {
    const auto found = std::find(measured_.begin(), measured_.end(), size_of(record));
    return static_cast<std::size_t>(found - measured_.begin());
  }

  Eigen::MatrixXd rows_at(const Eigen::VectorXd& state) {
    const auto slopes = trials_.sensitivities(measured_, model_->logs(state), model_->errors());
    Eigen::MatrixXd rows(logs_.size(), model_->prior().mean.size());
    for (Eigen::Index i = 0; i < rows.rows(); ++i) {
      const PilotRecord& record = records_[static_cast<std::size_t>(i)];
      rows.row(i) = model_->row(size_of(record), slopes[place(record)].slopes);
    }
    return rows;
  }

  // As if ln(step) were linear from `state` on, where it is `steps`.
  [[nodiscard]] Gaussian conditioned(const Eigen::MatrixXd& rows, const Eigen::VectorXd& state,
                                     const Eigen::VectorXd& steps) const {
    const Eigen::Index k = model_->causes();
    const Eigen::VectorXd values = logs_ - steps + rows.leftCols(k) * state.head(k);
    return condition(model_->prior(), rows, values, errors_);
  }

  // The sum that is minimised; what is left over is at its best.
  [[nodiscard]] double objective(const Eigen::MatrixXd& rows, const Eigen::VectorXd& state,
                                 const Eigen::VectorXd& steps) const {
    const Eigen::Index k = model_->causes();
    const Eigen::Index n = rows.cols() - k;
    const Eigen::MatrixXd left = rows.rightCols(n);
    Eigen::MatrixXd spread =
        left * model_->prior().covariance.bottomRightCorner(n, n) * left.transpose();
    spread.diagonal() += errors_.array().square().matrix();
    const Eigen::VectorXd e = logs_ - steps;
    return e.dot(spread.ldlt().solve(e)) + state.head(k).squaredNorm();
  }

  void search() {
    Eigen::VectorXd state = model_->prior().mean;
    Eigen::VectorXd steps = before_;
    Eigen::MatrixXd rows;
    for (int step = 0; step < options_.most_steps; ++step) {
      rows = rows_at(state);
      if (step == 0) surprises(rows);
      const Eigen::VectorXd wanted = conditioned(rows, state, steps).mean;
      const double now = objective(rows, state, steps);
      bool better = false;
      double moved = 0;
      for (double share = 1; share > 0.1 && !better; share /= 2) {
        const Eigen::VectorXd next = state + share * (wanted - state);
        const Eigen::VectorXd next_steps = simulated(next);
        better = objective(rows, next, next_steps) < now;
        if (!better) continue;
        moved = (next - state).head(model_->causes()).lpNorm<Eigen::Infinity>();
        state = next;
        steps = next_steps;
      }
      if (moved < options_.settled) break;
    }
    posterior_ = conditioned(rows, state, steps);
    const Eigen::Index k = model_->causes();
    after_ = steps + rows * posterior_.mean - rows.leftCols(k) * state.head(k);
    best_ = state;
  }

  void surprises(const Eigen::MatrixXd& rows) {
    const Eigen::MatrixXd spread = rows * model_->prior().covariance * rows.transpose();
    for (Eigen::Index i = 0; i < rows.rows(); ++i) {
      const PilotRecord& record = records_[static_cast<std::size_t>(i)];
      const double error = std::sqrt(spread(i, i) + std::pow(errors_[i], 2));
      const double apart = logs_[i] - before_[i];
      if (std::abs(apart) <= options_.surprise * error) continue;
      surprises_.push_back(
          {"pilot_surprise", "record '" + record.id + "' of the pilot took " +
                                 significant(std::exp(apart), 3) + " times as long as predicted, " +
                                 significant(std::abs(apart) / error, 2) +
                                 " standard errors apart: check that it is of this job"});
    }
  }

  void report_records(PilotKnowledge& result) const {
    std::string ids;
    for (Eigen::Index i = 0; i < logs_.size(); ++i) {
      const PilotRecord& record = records_[static_cast<std::size_t>(i)];
      const std::string file = std::filesystem::path(record.file).filename().string();
      result.records.push_back({file, record.id, record.workers, record.step_time,
                                std::exp(before_[i]), std::exp(after_[i])});
      ids += (ids.empty() ? "" : ", ") + record.id + " (" + file + ")";
    }
    result.provenance.push_back({"pilot: runs of this job", ids, Provenance::Kind::measured});
    const LeftOver& left = options_.left_over;
    result.provenance.push_back({"pilot: left over between model and machine",
                                 spread_text(left.at_one_worker) + " at one worker, " +
                                     spread_text(left.per_doubling_of_workers) +
                                     " times the root of the doublings of the workers, " +
                                     spread_text(left.per_doubling_of_batch) +
                                     " times that of the batch",
                                 Provenance::Kind::derived});
  }

  [[nodiscard]] std::set<Parameter> parameters() const {
    std::set<Parameter> used;
    std::vector<JobSize> sizes = measured_;
    sizes.insert(sizes.end(), points_.begin(), points_.end());
    for (const JobSize& size : sizes) {
      for (const UsedParameter& one : used_parameters(trials_.on_one_node(size))) {
        if (may_matter(one.parameter, size.workers)) used.insert(one.parameter);
      }
    }
    return used;
  }

  void report_parameters(PilotKnowledge& result) const {
    for (const Parameter parameter : parameters()) {
      const Eigen::VectorXd row = model_->row(parameter);
      PilotReport::Parameter one;
      one.name = name_of(parameter);
      one.prior_rel_error = row.norm();
      if (one.prior_rel_error == 0) continue;
      one.posterior_rel_error = std::sqrt(row.dot(posterior_.covariance * row));
      one.factor = std::exp(row.dot(posterior_.mean));
      one.settled = one.posterior_rel_error < one.prior_rel_error / 2;
      result.provenance.push_back(
          {"pilot: " + one.name + ", " + spread_text(one.posterior_rel_error),
           "times " + significant(one.factor, 3) + "; without it " +
               spread_text(one.prior_rel_error),
           Provenance::Kind::derived});
      result.parameters.push_back(std::move(one));
    }
  }

  [[nodiscard]] std::vector<PossibleMeasurement> next(
      const std::vector<JobSize>& sizes,
      const std::vector<PilotTrials::Sensitivity>& slopes) const {
    std::vector<PossibleRun> runs;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const bool possible =
          std::find(possible_.begin(), possible_.end(), sizes[i]) != possible_.end();
      if (possible) runs.push_back({sizes[i], slopes[i].slopes});
    }
    const auto& largest = slopes[points_.size() - 1];
    return next_measurements(scenario_, *model_, posterior_, {points_.back(), largest.slopes},
                             largest.run_deviation, runs);
  }

  void warn(PilotKnowledge& result) const {
    result.warnings = surprises_;
    const double scale = errors_[0] / records_.front().relative_error;
    if (scale > 1) {
      result.warnings.push_back(
          {"pilot_contradicts", "runs of the pilot at the same number of workers differ " +
                                    significant(scale, 2) +
                                    " times as much as their errors say: all get larger ones"});
    }
    std::set<std::int64_t> batches;
    for (const JobSize& size : measured_) batches.insert(size.batch);
    if (batches.contains(points_.back().batch)) return;
    result.warnings.push_back(
        {"pilot_batch", "no run of the pilot has the batch of the largest point, " +
                            std::to_string(points_.back().batch) +
                            " per worker: what the device does at other batches is predicted"});
  }

  const Scenario& scenario_;
  const std::vector<PilotRecord>& records_;
  const PilotOptions& options_;
  PilotTrials trials_;
  std::vector<JobSize> points_, measured_, possible_;  // of the sweep, of the pilot, of neither
  std::optional<PilotModel> model_;
  Eigen::VectorXd errors_, logs_;   // of the records: standard errors, ln of measured steps
  Eigen::VectorXd before_, after_;  // ln of predicted steps
  Eigen::VectorXd best_;            // the state at which `posterior_` is linear
  Gaussian posterior_;
  std::vector<PilotWarning> surprises_;
};

}  // namespace

PilotKnowledge learn(const Scenario& scenario, const std::vector<PilotRecord>& records,
                     const PilotOptions& options) {
  EXPECTS(!records.empty() && scenario.model && !scenario.workers.empty());
  EXPECTS(options.most_steps >= 1);
  return Fit(scenario, records, options).learn();
}

}  // namespace rehearse
