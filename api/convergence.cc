#include "api/convergence.h"

#include <filesystem>

#include "calibrate/importers/learning_curve.h"

namespace rehearse {
namespace {

// The record of a folder that train has written.
std::string file_of(const std::string& run) {
  const std::filesystem::path record = std::filesystem::path(run) / "run.json";
  std::error_code unknown;
  return std::filesystem::is_regular_file(record, unknown) ? record.string() : run;
}

}  // namespace

FittedRuns fit_runs(const std::vector<std::string>& runs, const MetricTarget& target) {
  FittedRuns result;
  std::vector<ConvergencePoint> points;
  for (const std::string& run : runs) {
    const LearningCurve curve =
        read_learning_curve(JsonDocument::parse_file(file_of(run)), target.metric);
    if (const auto samples = samples_until(curve, target)) {
      points.push_back({curve.file, curve.update_samples, curve.staleness, *samples});
    } else {
      result.not_reached.push_back(curve.file);
    }
  }
  result.fit = fit_convergence(points, target);
  return result;
}

}  // namespace rehearse
