#include <nlohmann/json.hpp>

#include "base/error.h"
#include "scenarios/override.h"
#include "scenarios/uncalibrated_scenario.h"
#include "topologies/placement/placement.h"

namespace rehearse {

using nlohmann::json;

namespace {

void set_object(JsonDocument& scenario, std::string_view key, const json& value) {
  scenario.set(std::string(key) + "=" + value.dump(-1, ' ', false, json::error_handler_t::replace));
}

// A plain word as the whole network is a preset, on which the stack of `before` stays.
void keep_stack(JsonDocument& scenario, const json& before) {
  const json& word = scenario.value().at(json::json_pointer("/cluster/network"));
  if (!word.is_string()) return;
  json network{{"preset", word}};
  if (before.is_object() && before.contains("stack")) network["stack"] = before.at("stack");
  set_object(scenario, "cluster.network", network);
}

// The source was that of the numbers before.
void drop_source_of_noise(JsonDocument& scenario) {
  json noise = scenario.value().at("noise");
  if (noise.is_object() && noise.erase("source") > 0) set_object(scenario, "noise", noise);
}

// The scenario with the sweep that its cluster has by default; null if it is no good otherwise.
std::optional<Scenario> with_default_sweep(const JsonDocument& scenario) {
  JsonDocument copy = JsonDocument::adopt(scenario.value(), scenario.name());
  try {
    copy.set("sweep.workers=null");
    return load_uncalibrated(copy);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::string json_text(std::string_view word) {
  return json(std::string(word)).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<std::string> cut_sweep(JsonDocument& scenario) {
  const json::json_pointer path("/sweep/workers");
  if (!scenario.value().is_object() || !scenario.value().contains(path)) return std::nullopt;
  const json& listed = scenario.value().at(path);
  if (!listed.is_array()) return std::nullopt;
  const std::optional<Scenario> fits = with_default_sweep(scenario);
  if (!fits) return std::nullopt;
  const std::int64_t nodes = usable_nodes(fits->placement, fits->nodes) - fits->server_nodes();
  const std::int64_t devices = nodes * fits->node.devices - fits->server_devices();
  json kept = json::array();
  std::size_t left_out = 0;
  for (const json& point : listed) {
    if (!point.is_number_integer()) return std::nullopt;
    if (point.get<std::int64_t>() <= devices) {
      kept.push_back(point);
    } else {
      ++left_out;
    }
  }
  if (left_out == 0) return std::nullopt;
  const ParallelismOptions& parallelism = fits->parallelism;
  const bool whole_groups =
      devices % parallelism.dense == 0 && devices % parallelism.layout.replica() == 0;
  if (whole_groups && (kept.empty() || kept.back() != devices)) kept.push_back(devices);
  set_object(scenario, "sweep.workers", kept);
  return "the points of the sweep above " + std::to_string(devices) +
         " workers are left out: the nodes hold no more";
}

void override_key(JsonDocument& scenario, std::string_view assignment) {
  const json::json_pointer path("/cluster/network");
  const json& all = scenario.value();
  const json before = all.contains(path) ? all.at(path) : json();
  scenario.set(assignment);
  if (assignment.starts_with("cluster.network=") && all.contains(path)) {
    keep_stack(scenario, before);
  }
  if (all.contains("noise") && assignment.starts_with("noise.") &&
      !assignment.starts_with("noise.source=")) {
    drop_source_of_noise(scenario);
  }
}

}  // namespace rehearse
