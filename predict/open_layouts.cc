#include "predict/open_layouts.h"

#include <algorithm>
#include <set>

namespace rehearse {

Prediction predict_best_layouts(const Scenario& scenario, const PredictOptions& options) {
  if (scenario.parallelism.open.empty()) return predict(scenario, options);
  Prediction all;
  std::set<std::string> said;
  const std::size_t count = scenario.workers.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t workers = scenario.workers[i];
    PredictOptions how = options;
    how.progress = [&](std::size_t done, std::size_t) {
      if (options.progress) options.progress(i + done, count);
    };
    how.waiting = {};
    if (i + 1 < count) how.trace = nullptr;
    Prediction one =
        predict(with_layout(scenario, best_layout(scenario, workers, {.progress = {}})), how);
    const PredictedPoint point = one.points.front();
    for (Warning& warning : one.warnings) {
      if (!said.insert(warning.code + warning.what).second) continue;
      warning.points = {i};
      all.warnings.push_back(std::move(warning));
    }
    std::vector<PredictedPoint> points = std::move(all.points);
    std::vector<Warning> warnings = std::move(all.warnings);
    all = std::move(one);
    all.points = std::move(points);
    all.warnings = std::move(warnings);
    all.points.push_back(point);
  }
  compare_with_smallest(all.points);
  all.provenance.push_back(
      {"layout", "the best that a search finds at each point", Provenance::Kind::derived});
  return all;
}

}  // namespace rehearse
