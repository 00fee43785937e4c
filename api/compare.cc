#include "api/compare.h"

#include "predict/predict.h"
#include "topologies/graph/build.h"

namespace rehearse {
namespace {

std::optional<ComparedNetwork> network_of(const Scenario& scenario, const PriceList& prices) {
  if (!scenario.network_known) return std::nullopt;
  const Network network = build_network(scenario.network, scenario.nodes, scenario.node);
  return ComparedNetwork{network.shape().title(), cost_of(network, prices)};
}

}  // namespace

Comparison compare(const std::vector<std::string>& varied, const std::vector<ComparedCase>& cases,
                   const PriceList& prices, const CompareOptions& options) {
  Comparison comparison;
  comparison.varied = varied;
  comparison.currency = prices.currency;
  std::size_t all = 0;
  for (const ComparedCase& one : cases) all += one.scenario.workers.size();
  std::size_t before = 0;
  for (const ComparedCase& one : cases) {
    PredictOptions how;
    how.jobs = options.jobs;
    how.note = options.note;
    if (options.traces != nullptr) how.trace = &options.traces->emplace_back();
    how.progress = [&](std::size_t done, std::size_t) {
      if (options.progress) options.progress(before + done, all);
    };
    how.waiting = [&](double share) {
      const auto here = static_cast<double>(one.scenario.workers.size());
      const double done = static_cast<double>(before) + share * here;
      if (options.waiting) options.waiting(done / static_cast<double>(all));
    };
    comparison.rows.push_back(
        {one.values, predict(one.scenario, how), network_of(one.scenario, prices)});
    before += one.scenario.workers.size();
  }
  comparison.warnings = no_effects(comparison);
  for (Warning& warning : unpriced_parts(comparison)) {
    comparison.warnings.push_back(std::move(warning));
  }
  return comparison;
}

}  // namespace rehearse
