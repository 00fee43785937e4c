#include "predict/open_layouts.h"

#include <set>
#include <utility>

namespace rehearse {

namespace {

// What is open is as good as a search finds it.
Scenario settled(const Scenario& scenario, std::int64_t workers) {
  if (scenario.parallelism.open.empty()) return with_best_fusion(scenario, workers);
  return best_layout(scenario, workers, {});
}

}  // namespace

Prediction predict_best_layouts(const Scenario& scenario, const PredictOptions& options) {
  if (!scenario.is_open()) return predict(scenario, options);
  Prediction all;
  std::vector<PredictedPoint> points;
  std::vector<Warning> warnings;
  std::set<std::string> said;
  const std::size_t count = scenario.workers.size();
  for (std::size_t i = 0; i < count; ++i) {
    PredictOptions how = options;
    how.progress = [&](std::size_t done, std::size_t) {
      if (options.progress) options.progress(i + done, count);
    };
    how.waiting = {};
    if (i + 1 < count) how.trace = nullptr;
    all = predict(settled(scenario, scenario.workers[i]), how);
    points.push_back(all.points.front());
    for (const Warning& warning : all.warnings) {
      if (!said.insert(warning.code + warning.what).second) continue;
      warnings.push_back({warning.code, warning.what, {i}});
    }
  }
  all.points = std::move(points);
  all.warnings = std::move(warnings);
  compare_with_smallest(all.points);
  all.provenance.push_back({scenario.parallelism.open.empty() ? "allreduce" : "layout",
                            "the best that a search finds at each point",
                            Provenance::Kind::derived});
  return all;
}

}  // namespace rehearse
