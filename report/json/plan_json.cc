#include <nlohmann/json.hpp>

#include "base/file_format.h"
#include "report/plan_report.h"
#include "report/prediction_report.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

Json to_value(const Quantiles& q) { return {{"p10", q.p10}, {"p50", q.p50}, {"p90", q.p90}}; }

Json to_value(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

}  // namespace

std::string to_json(const Prediction& prediction, const PlanOptions& options, const Plan& plan) {
  const Json whole = Json::parse(to_json(prediction));
  Json result = {{"format", format_of(FileKind::plan)}};
  for (const char* key : {"scenario", "version", "fidelity", "seed"}) result[key] = whole.at(key);
  if (options.to_target) {
    result["samples"] = nullptr;
    result["target"] = prediction.target;
  } else if (options.tokens > 0) {
    const std::int64_t sequence = prediction.points.front().tokens_per_sample;
    result["samples"] = (options.tokens - 1) / sequence + 1;
    result["tokens"] = options.tokens;
  } else {
    result["samples"] = options.epochs * options.samples;
  }
  result["deadline_s"] = to_value(options.deadline_s);
  result["budget_node_hours"] = to_value(options.budget_node_hours);
  result["confidence"] = 0.9;
  result["points"] = Json::array();
  for (const PlannedPoint& planned : plan.points) {
    const PredictedPoint& point = prediction.points.at(planned.point);
    Json entry = {{"workers", point.workers},
                  {"nodes", point.nodes},
                  {"steps", planned.steps},
                  {"time_s", to_value(planned.time_s)},
                  {"node_hours", to_value(planned.node_hours)},
                  {"meets_deadline", planned.meets_deadline},
                  {"meets_budget", planned.meets_budget},
                  {"fits", planned.fits}};
    if (point.goodput) entry["goodput"] = *point.goodput;
    if (planned.goodput) entry["goodput_interval"] = to_value(*planned.goodput);
    if (planned.failures) entry["failures"] = to_value(*planned.failures);
    if (options.to_target) entry["samples_to_target"] = point.to_target->samples;
    result["points"].push_back(std::move(entry));
  }
  result["recommended"] = nullptr;
  if (plan.recommended) {
    const PredictedPoint& best = prediction.points.at(plan.points.at(*plan.recommended).point);
    result["recommended"] = {{"workers", best.workers}, {"nodes", best.nodes}};
  }
  result["why"] = plan.why;
  result["warnings"] = whole.at("warnings");
  result["provenance"] = whole.at("provenance");
  if (whole.contains("pilot")) result["pilot"] = whole.at("pilot");
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
