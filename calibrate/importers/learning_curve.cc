#include "calibrate/importers/learning_curve.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/file_format.h"

namespace rehearse {
namespace {

constexpr double kAny = std::numeric_limits<double>::max();

bool is_emulation(const JsonDocument& file, ObjectReader& root) {
  if (const auto kind = stated_kind(file)) {
    if (*kind == FileKind::emulation) return true;
    expect_format(root, FileKind::run);
    return false;
  }
  return root.has("curve");
}

std::vector<LearningCurve::Point> points_of(ObjectReader& root, const char* list, Metric metric) {
  const std::string key(kMetricNames.text(metric));
  std::vector<LearningCurve::Point> points;
  bool known = false;
  for (ObjectReader& entry : root.objects(list)) {
    const double samples = entry.number("samples", 0, kAny);
    if (!points.empty() && samples <= points.back().samples) {
      throw entry.error_at("samples", "the samples do not ascend", "", "give the file as written");
    }
    points.push_back({samples, entry.optional_number(key, -kAny, kAny)});
    known = known || points.back().value;
  }
  if (!known) {
    throw root.error_at(list, "no point has a '" + key + "'", "",
                        "name another metric, or evaluate the runs (training.evaluate_every)");
  }
  return points;
}

}  // namespace

LearningCurve read_learning_curve(const JsonDocument& file, Metric metric) {
  ObjectReader root = file.root();
  LearningCurve curve;
  curve.file = file.name();
  if (is_emulation(file, root)) {
    curve.points = points_of(root, "curve", metric);
    curve.update_samples = root.number("update_samples", 1, kAny);
  } else {
    if (!root.has("evaluations")) {
      throw root.error_at("evaluations", "the run was not evaluated", "it has no learning curve",
                          "give training.evaluate_every and run it again");
    }
    curve.points = points_of(root, "evaluations", metric);
    const bool own = root.has("update_samples");  // synchronous where it is not told
    curve.update_samples = root.number(own ? "update_samples" : "global_batch", 1, kAny);
  }
  if (auto staleness = root.optional_object("staleness")) {
    curve.staleness = staleness->optional_number("mean", 0, kAny).value_or(0);
  }
  return curve;
}

std::optional<double> samples_until(const LearningCurve& curve, const MetricTarget& target) {
  const LearningCurve::Point* before = nullptr;
  for (const LearningCurve::Point& point : curve.points) {
    if (!point.value) continue;
    if (!target.reached_by(*point.value)) {
      before = &point;
      continue;
    }
    if (before == nullptr) {
      throw Error::input("the first point of the curve has reached " + to_text(target) + " already",
                         "what came before is not known", "evaluate the run more often")
          .at(curve.file, "");
    }
    const double share = (target.value - *before->value) / (*point.value - *before->value);
    return before->samples + share * (point.samples - before->samples);
  }
  return std::nullopt;
}

}  // namespace rehearse
