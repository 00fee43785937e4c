#include <nlohmann/json.hpp>

#include "scenarios/override.h"

namespace rehearse {

using nlohmann::json;

void override_key(JsonDocument& scenario, std::string_view assignment) {
  constexpr std::string_view kNetwork = "cluster.network=";
  const json::json_pointer path("/cluster/network");
  const json& all = scenario.value();
  const json before = all.contains(path) ? all.at(path) : json();
  scenario.set(assignment);
  if (!assignment.starts_with(kNetwork) || !scenario.value().at(path).is_string()) return;
  json network{{"preset", scenario.value().at(path)}};
  if (before.is_object() && before.contains("stack")) network["stack"] = before.at("stack");
  scenario.set(std::string(kNetwork) +
               network.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace rehearse
