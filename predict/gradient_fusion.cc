#include "predict/gradient_fusion.h"

#include <algorithm>

#include "base/contract.h"
#include "base/quantity_text.h"
#include "predict/predict.h"

namespace rehearse {
namespace {

constexpr double kMebibyte = 1024 * 1024;

bool is_open(const Scenario& scenario, std::string_view key) {
  return std::ranges::count(scenario.all_reduce.open, key) > 0;
}

}  // namespace

std::vector<GradientFusion> fusions_of(const Scenario& scenario) {
  std::vector<Bytes> sizes{scenario.all_reduce.fusion};
  std::vector<Duration> cycles{scenario.all_reduce.cycle};
  if (is_open(scenario, "fusion")) {
    sizes.clear();
    for (const double size : {0, 4, 8, 16, 32, 64}) sizes.emplace_back(size * kMebibyte);
  }
  if (is_open(scenario, "cycle")) {
    cycles.clear();
    for (const double cycle : {1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3}) cycles.emplace_back(cycle);
  }
  std::vector<GradientFusion> all;
  for (const Bytes size : sizes) {
    for (const Duration cycle : cycles) all.push_back({size, cycle});
  }
  return all;
}

Scenario with_fusion(const Scenario& scenario, const GradientFusion& how) {
  Scenario copy = scenario;
  copy.all_reduce.fusion = how.fusion;
  copy.all_reduce.cycle = how.cycle;
  copy.all_reduce.open.clear();
  return copy;
}

std::string to_text(const GradientFusion& how) {
  return "fusion " + to_text(how.fusion) + ", cycle " + to_text(how.cycle);
}

std::vector<FusionTrial> try_fusions(const Scenario& scenario) {
  EXPECTS(scenario.workers.size() == 1 && scenario.parallelism.open.empty());
  std::vector<FusionTrial> trials;
  for (const GradientFusion& how : fusions_of(scenario)) {
    Scenario one = with_fusion(scenario, how);
    one.noise = {};
    if (one.strategy.kind == StrategyKind::sync) one.fidelity = Fidelity::analytic;
    const Prediction prediction = predict(one, {.jobs = 1, .progress = {}});
    const PredictedPoint& point = prediction.points.front();
    trials.push_back({how, point.step_time.p50, point.memory.total().value(), point.breakdown});
  }
  return trials;
}

Scenario with_best_fusion(const Scenario& scenario, std::int64_t workers) {
  Scenario one = scenario;
  one.workers = {workers};
  if (scenario.all_reduce.open.empty() || !one.layout_at(workers).is_plain()) {
    return with_fusion(one, {scenario.all_reduce.fusion, scenario.all_reduce.cycle});
  }
  const std::vector<FusionTrial> trials = try_fusions(one);
  return with_fusion(one, std::ranges::min_element(trials, {}, &FusionTrial::seconds)->how);
}

}  // namespace rehearse
