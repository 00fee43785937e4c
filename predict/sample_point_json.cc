#include <nlohmann/json.hpp>

#include "predict/sample_point.h"

namespace rehearse {

using nlohmann::json;

std::string to_text(const SampledPoint& point) {
  json spans = json::array();
  for (const TraceSpan& s : point.trace) {
    spans.push_back({s.rank, s.stream, s.name, s.begin_s, s.end_s});
  }
  json runs = json::array();
  for (const auto& [m, hidden] : point.runs) {
    json& numbers = runs.emplace_back(json::array());
    for (const StepPhase phase : kStepPhases) numbers.push_back(m[phase].value());
    numbers.push_back(hidden.value());
  }
  json extrapolation;  // null: none
  if (const auto& e = point.extrapolation) extrapolation = {e->message.value(), e->rate_error};
  json staleness;  // null: none
  if (const auto& s = point.staleness) staleness = {s->mean, s->p50, s->p90, s->p99, s->max};
  return json{{"steps", point.steps},
              {"staleness", std::move(staleness)},
              {"runs", std::move(runs)},
              {"link", point.busiest_link},
              {"class", static_cast<int>(point.busiest_class)},
              {"seconds", point.busiest_seconds},
              {"hops", point.mean_hops},
              {"trace", std::move(spans)},
              {"choice", to_text(point.choice)},
              {"certain", point.certain},
              {"extrapolation", std::move(extrapolation)}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

SampledPoint sampled_point_from_text(const std::string& text) {
  const json value = json::parse(text);
  SampledPoint point;
  point.steps = value["steps"].get<std::vector<double>>();
  for (const json& run : value["runs"]) {
    SampledRun& read = point.runs.emplace_back();
    std::size_t at = 0;
    for (const StepPhase phase : kStepPhases) {
      read.parts[phase] = Duration(run.at(at++).get<double>());
    }
    read.hidden_communication = Duration(run.at(at).get<double>());
  }
  point.busiest_link = value["link"];
  point.busiest_class = static_cast<LinkClass>(value["class"].get<int>());
  point.busiest_seconds = value["seconds"];
  point.mean_hops = value["hops"];
  point.certain = value["certain"];
  point.choice = library_choice_from_text(value["choice"].get<std::string>());
  if (const json& e = value["extrapolation"]; !e.is_null()) {
    point.extrapolation = {Bytes(e[0].get<double>()), e[1].get<double>()};
  }
  if (const json& s = value["staleness"]; !s.is_null()) {
    point.staleness = {s[0].get<double>(), s[1].get<double>(), s[2].get<double>(),
                       s[3].get<double>(), s[4].get<std::int64_t>()};
  }
  for (const json& span : value["trace"]) {
    point.trace.push_back({span[0], span[1], span[2], span[3], span[4]});
  }
  return point;
}

}  // namespace rehearse
