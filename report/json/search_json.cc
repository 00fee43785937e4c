#include <cmath>
#include <nlohmann/json.hpp>

#include "base/contract.h"
#include "base/file_format.h"
#include "report/json/notes.h"
#include "report/prediction_report.h"
#include "report/search_report.h"
#include "scenarios/layout_words.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
  ENSURES(std::isfinite(value));
  return value;
}

Json bytes(double value) { return std::llround(value); }

Json to_value(const PredictedPoint& point) {
  Prediction prediction;
  prediction.points.push_back(point);
  return Json::parse(to_json(prediction)).at("points").at(0);
}

// Beside the layout, where a search was to find it.
void add_fusion(const FoundLayout& found, Json& json) {
  if (!found.fusion) return;
  json["allreduce"] = {{"fusion_bytes", bytes(found.fusion->fusion.value())},
                       {"cycle_s", number(found.fusion->cycle.value())}};
}

Json to_value(const FoundLayout& found) {
  Json point = to_value(found.point);
  Json parts;
  for (const StepPhase phase : kStepPhases) {
    parts[std::string(to_text(phase))] = number(found.middle[phase].value());
  }
  Json loses = nullptr;
  if (found.loses) {
    loses = {{"phase", std::string(to_text(found.loses->phase))},
             {"seconds", number(found.loses->seconds)},
             {"text", found.loses->text}};
  }
  Json json = {{"layout", layout_value(found.layout)}};
  add_fusion(found, json);
  json["step_time_s"] = point.at("step_time_s");
  json["memory_bytes"] = bytes(found.point.memory.total().value());
  json["model_flops_utilization"] = point.at("model_flops_utilization");
  json["estimated_step_time_s"] = number(found.estimate);
  json["breakdown_s"] = std::move(parts);
  json["prediction"] = std::move(point);
  json["loses_because"] = std::move(loses);
  return json;
}

Json to_value(const BandwidthCase& one) {
  return {{"bandwidth_factor", number(one.factor)},
          {"step_time_s", number(one.seconds)},
          {"same_layout_best", one.same},
          {"best", layout_value(one.best)},
          {"best_step_time_s", number(one.best_seconds)}};
}

Json to_value(const LayoutTraffic& traffic) {
  return {{"gradients_bytes", bytes(traffic.gradients)},
          {"tensor_bytes", bytes(traffic.tensor)},
          {"context_bytes", bytes(traffic.context)},
          {"expert_bytes", bytes(traffic.expert)},
          {"pipeline_bytes", bytes(traffic.stages)}};
}

Json front_of(const WorkersSearch& found) {
  Json front = Json::array();
  for (const RankedLayout& ranked : found.pareto) {
    front.push_back({{"layout", layout_value(ranked.layout)},
                     {"step_time_s", number(ranked.seconds)},
                     {"memory_bytes", bytes(ranked.memory)}});
  }
  return front;
}

Json best_of(const WorkersSearch& found) {
  Json best = Json::array();
  for (const FoundLayout& one : found.best) best.push_back(to_value(one));
  return best;
}

Json line_of(const WorkersSearch& found) {
  const FoundLayout& best = found.best.front();
  const Json point = to_value(best.point);
  Json json = Json::object();
  if (!found.machine.empty()) json["machine"] = found.machine;
  json["workers"] = found.workers;
  json["nodes"] = found.nodes;
  json["candidates"] = found.candidates;
  json["legal"] = found.legal;
  json["fitting"] = found.fitting;
  json["layout"] = layout_value(best.layout);
  add_fusion(best, json);
  json["step_time_s"] = point.at("step_time_s");
  json["memory_bytes"] = bytes(best.point.memory.total().value());
  for (const char* key :
       {"model_flops_utilization", "samples_per_s", "node_hours_per_epoch", "energy_per_epoch_j"}) {
    json[key] = point.at(key);
  }
  return json;
}

// Of all machines.
Json across_of(const SearchResult& result) {
  Json best = Json::array();
  for (const AcrossLayout& one : result.across) {
    const WorkersSearch& point = result.by_workers[one.point];
    Json json = {{"machine", point.machine}, {"workers", point.workers}, {"nodes", point.nodes}};
    if (one.price) json["price_per_epoch"] = number(*one.price);
    json.update(to_value(one.found));
    best.push_back(std::move(json));
  }
  return best;
}

}  // namespace

std::string to_json(const SearchResult& result) {
  const WorkersSearch& last = told_point(result);
  const bool across = !result.across.empty();
  Json json = {{"format", format_of(FileKind::search)},
               {"scenario", result.scenario},
               {"version", result.version},
               {"fidelity", result.fidelity},
               {"seed", result.seed},
               {"objective", std::string(kSearchObjectiveNames.text(result.objective))},
               {"workers", last.workers},
               {"candidates", last.candidates},
               {"legal", last.legal},
               {"fitting", last.fitting},
               {"memory_limit_bytes", bytes(last.most_memory)},
               {"best", across ? across_of(result) : best_of(last)},
               {"pareto", front_of(last)},
               {"sensitivity", Json::array()},
               {"traffic", to_value(last.traffic)},
               {"by_workers", Json::array()},
               {"warnings", to_value(result.warnings)},
               {"provenance", to_value(result.provenance)}};
  if (across) json["machine"] = last.machine;
  if (!result.currency.empty()) json["currency"] = result.currency;
  for (const BandwidthCase& one : last.sensitivity) json["sensitivity"].push_back(to_value(one));
  for (const WorkersSearch& found : result.by_workers) {
    json["by_workers"].push_back(line_of(found));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
