#include <cmath>
#include <nlohmann/json.hpp>

#include "base/contract.h"
#include "base/file_format.h"
#include "report/json/notes.h"
#include "report/prediction_report.h"
#include "scenarios/layout_words.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
  ENSURES(std::isfinite(value));
  return value;
}

Json whole(double value) {
  ENSURES(std::isfinite(value));
  return std::llround(value);
}

Json to_value(const Quantiles& q) {
  return {{"p10", number(q.p10)}, {"p50", number(q.p50)}, {"p90", number(q.p90)}};
}

Json to_value(const Breakdown& parts) {
  Json result;
  for (const StepPhase phase : kStepPhases) {
    result[std::string(to_text(phase))] = number(parts[phase].value());
  }
  return result;
}

Json to_value(const DeviceMemory& memory) {
  Json result;
  for (int i = 0; i < kMemoryParts; ++i) {
    const auto part = static_cast<MemoryPart>(i);
    result[std::string(to_text(part))] = whole(memory[part].value());
  }
  result["total"] = whole(memory.total().value());
  return result;
}

Json to_value(const StalenessSummary& staleness) {
  return {{"mean", number(staleness.mean)},
          {"p50", number(staleness.p50)},
          {"p90", number(staleness.p90)},
          {"max", staleness.max}};
}

Json to_value(const PredictedPoint& point) {
  // What counts samples is null where there are none.
  const auto of_samples = [&](double value) {
    return point.has_samples ? number(value) : Json(nullptr);
  };
  Json result = {{"workers", point.workers},
                 {"nodes", point.nodes},
                 {"global_batch", point.has_samples ? Json(point.global_batch) : Json(nullptr)},
                 {"step_time_s", to_value(point.step_time)},
                 {"step_jitter_s", to_value(point.step_jitter)},
                 {"samples_per_s", of_samples(point.samples_per_s)},
                 {"speedup", of_samples(point.speedup)},
                 {"efficiency", of_samples(point.efficiency)},
                 {"breakdown_s", to_value(point.breakdown)},
                 {"communication_s",
                  {{"total", number(point.communication_total)},
                   {"hidden", number(point.communication_hidden)}}},
                 {"flops_per_device", number(point.flops_per_device)},
                 {"model_flops_utilization", of_samples(point.model_flops_utilization)},
                 {"memory_per_device_bytes", to_value(point.memory)},
                 {"fits", point.fits},
                 {"network",
                  {{"busiest_link", point.busiest_link},
                   {"busiest_link_utilization", number(point.busiest_link_utilization)},
                   {"mean_hops", number(point.mean_hops)}}},
                 {"epoch_time_s", of_samples(point.epoch_time)},
                 {"node_hours_per_epoch", of_samples(point.node_hours_per_epoch)},
                 {"energy_per_epoch_j", of_samples(point.energy_per_epoch)}};
  if (point.tokens_per_sample > 0) {
    result["tokens_per_s"] =
        number(point.samples_per_s * static_cast<double>(point.tokens_per_sample));
    result["flops_convention"] = point.counts_full_attention ? "full" : "causal";
  }
  if (point.layout) result["layout"] = layout_value(*point.layout);
  if (point.staleness) result["staleness"] = to_value(*point.staleness);
  if (point.goodput) result["goodput"] = number(*point.goodput);
  if (point.goodput_interval) result["goodput_interval"] = to_value(*point.goodput_interval);
  if (point.to_target) {
    result["samples_to_target"] = number(point.to_target->samples);
    result["time_to_target_s"] = to_value(point.to_target->time);
    result["node_hours_to_target"] = number(point.to_target->node_hours);
  }
  return result;
}

Json to_value(const PilotReport& pilot) {
  Json records = Json::array();
  for (const PilotReport::Record& record : pilot.records) {
    records.push_back({{"file", record.file},
                       {"id", record.id},
                       {"workers", record.workers},
                       {"measured", number(record.measured)},
                       {"predicted_before", number(record.before)},
                       {"predicted_after", number(record.after)}});
  }
  Json parameters = Json::array();
  for (const PilotReport::Parameter& parameter : pilot.parameters) {
    parameters.push_back({{"name", parameter.name},
                          {"prior_rel_error", number(parameter.prior_rel_error)},
                          {"posterior_rel_error", number(parameter.posterior_rel_error)},
                          {"factor", number(parameter.factor)},
                          {"settled", parameter.settled}});
  }
  Json next = Json::array();
  for (const PilotReport::NextMeasurement& one : pilot.next_measurement) {
    next.push_back({{"what", one.what}, {"narrows_to", number(one.narrows_to)}});
  }
  return {{"records", records}, {"parameters", parameters}, {"next_measurement", next}};
}

}  // namespace

std::string to_json(const Prediction& prediction) {
  Json result = {{"format", format_of(FileKind::prediction)},
                 {"scenario", prediction.scenario},
                 {"version", prediction.version},
                 {"fidelity", prediction.fidelity},
                 {"seed", prediction.seed},
                 {"points", Json::array()},
                 {"warnings", to_value(prediction.warnings)},
                 {"provenance", to_value(prediction.provenance)}};
  for (const PredictedPoint& point : prediction.points) {
    result["points"].push_back(to_value(point));
  }
  if (!prediction.target.empty()) result["target"] = prediction.target;
  if (prediction.pilot) result["pilot"] = to_value(*prediction.pilot);
  // Names of scenarios come from files: what is not UTF-8 is replaced.
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
