#include "calibrate/fits/pilot_next.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace rehearse {
namespace {

using Parameter = Uncertainty::Parameter;

// Standard errors: of the mean of 50 logged steps; of what a table of a collective says about a
// rate or a latency (bandwidth_rel_error of the shipped stacks that rest on tables: 5 to 6 %).
constexpr double kRun = 0.01;
constexpr double kTable = 0.05;

struct Candidate {
  std::string what;
  std::int64_t nodes = 1;
  double share = 1;
};

std::string name_of_run(std::int64_t workers, std::int64_t nodes) {
  if (workers == 1) return "50 steps on one device";
  return "50 steps on " + (nodes == 1 ? "one node" : std::to_string(nodes) + " nodes");
}

}  // namespace

std::vector<JobSize> possible_runs(const Scenario& scenario, std::int64_t largest,
                                   const std::vector<JobSize>& known) {
  const std::int64_t devices = scenario.node.devices;
  std::vector<JobSize> list;
  const auto add = [&](std::int64_t workers) {
    const JobSize size{workers, scenario.worker_batch(workers)};
    const auto has = [&](const std::vector<JobSize>& sizes) {
      return std::find(sizes.begin(), sizes.end(), size) != sizes.end();
    };
    if (size.batch > 0 && size.batch <= kMostWorkerBatch && !has(known) && !has(list)) {
      list.push_back(size);
    }
  };
  if (largest > 1) add(1);
  for (std::int64_t nodes = 1; 2 * nodes * devices <= largest; nodes *= 2) add(nodes * devices);
  return list;
}

std::vector<PossibleMeasurement> next_measurements(const Scenario& scenario,
                                                   const PilotModel& model, const Gaussian& state,
                                                   const PossibleRun& target, double run_deviation,
                                                   const std::vector<PossibleRun>& runs) {
  const std::int64_t devices = scenario.node.devices;
  const Eigen::VectorXd seen = state.covariance * model.row(target.size, target.slopes);
  const double variance =
      model.row(target.size, target.slopes).dot(seen) + run_deviation * run_deviation;
  const ParameterLogs errors = model.errors();
  std::vector<Candidate> list;
  const auto add = [&](std::string what, std::int64_t nodes, const Eigen::VectorXd& row,
                       double error) {
    const double gain =
        std::pow(seen.dot(row), 2) / (row.dot(state.covariance * row) + error * error);
    list.push_back({std::move(what), nodes, std::sqrt((variance - gain) / variance)});
  };
  for (const PossibleRun& run : runs) {
    const std::int64_t nodes = (run.size.workers + devices - 1) / devices;
    add(name_of_run(run.size.workers, nodes), nodes, model.row(run.size, run.slopes), kRun);
  }
  const auto add_table = [&](Parameter parameter, const char* what, std::int64_t nodes) {
    if (errors[static_cast<std::size_t>(parameter)] == 0) return;
    add(what, nodes, model.row(parameter), kTable);
  };
  if (scenario.nodes > 1) {
    add_table(Parameter::bandwidth, "all-reduces of 256 MiB on 2 nodes", 2);
    add_table(Parameter::latency, "all-reduces of 8 B on 2 nodes", 2);
  }
  if (devices > 1) {
    add_table(Parameter::inside_bandwidth, "all-reduces of 256 MiB on one node", 1);
    add_table(Parameter::inside_latency, "all-reduces of 8 B on one node", 1);
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const Candidate& a, const Candidate& b) { return a.share < b.share; });
  std::vector<PossibleMeasurement> best;
  bool small = false;
  for (const Candidate& candidate : list) {
    if (candidate.share > 0.99 || small) break;
    small = candidate.nodes <= 2;
    if (best.empty() || small) best.push_back({candidate.what, candidate.share});
  }
  return best;
}

}  // namespace rehearse
