#include <nlohmann/json.hpp>

#include "scenarios/override.h"

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

}  // namespace

void override_key(JsonDocument& scenario, std::string_view assignment) {
  const json::json_pointer path("/cluster/network");
  const json& all = scenario.value();
  const json before = all.contains(path) ? all.at(path) : json();
  scenario.set(assignment);
  if (assignment.starts_with("cluster.network=")) keep_stack(scenario, before);
  if (assignment.starts_with("noise.") && !assignment.starts_with("noise.source=")) {
    drop_source_of_noise(scenario);
  }
}

}  // namespace rehearse
