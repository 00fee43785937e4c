#include <nlohmann/json.hpp>

#include "base/file_format.h"
#include "calibrate/fits/convergence_fit.h"

namespace rehearse {

std::string convergence_file(const ConvergenceFit& fit) {
  using Json = nlohmann::ordered_json;
  const ConvergenceOptions& c = fit.convergence;
  Json file = {{"format", format_of(FileKind::convergence)}};
  file["convergence"] = {
      {"target", {{std::string(kMetricNames.text(c.target.metric)), c.target.value}}},
      {"samples_at_small_batch", c.samples_at_small_batch},
      {"critical_batch", c.critical_batch},
      {"staleness_penalty", c.staleness_penalty},
      {"source", c.source}};
  file["curves"] = Json::array();
  for (std::size_t i = 0; i < fit.points.size(); ++i) {
    const ConvergencePoint& p = fit.points[i];
    file["curves"].push_back({{"file", p.name()},
                              {"update_samples", p.update_samples},
                              {"staleness", p.staleness},
                              {"samples_to_target", p.samples},
                              {"fitted", fit.fitted[i]},
                              {"residual", fit.residual(i)}});
  }
  return file.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
