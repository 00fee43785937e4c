#include <nlohmann/json.hpp>

#include "predict/local_scenario.h"

namespace rehearse {
namespace {

using nlohmann::json;

// The value at a path; null where there is none.
const json& at(const JsonDocument& document, const char* pointer) {
  static const json kNull;
  const json::json_pointer path(pointer);
  return document.value().contains(path) ? document.value().at(path) : kNull;
}

bool says(const json& value, std::string_view text) {
  return value.is_string() && value.get_ref<const std::string&>() == text;
}

// `steps` and `epochs` exclude each other.
void set_length(JsonDocument& scenario, const char* key, const json& value) {
  json training = at(scenario, "/training");
  if (!training.is_object()) return;  // what is wrong with it shows when the scenario is read
  training.erase("steps");
  training.erase("epochs");
  training[key] = value;
  scenario.set("training=" + training.dump());
}

}  // namespace

bool is_local(const JsonDocument& scenario) {
  return says(at(scenario, "/cluster/node/device"), "local");
}

int devices_per_node(const JsonDocument& scenario) {
  const json& devices = at(scenario, "/cluster/node/devices");
  return devices.is_number_integer() ? devices.get<int>() : 1;
}

void move_here(JsonDocument& scenario, int ranks) {
  const std::string count = std::to_string(ranks);
  if (!is_local(scenario)) {
    scenario.set(R"(cluster={"nodes": 1, "node": {"device": "local", "devices": )" + count + "}}");
  } else if (at(scenario, "/cluster/node/devices").is_null()) {
    scenario.set("cluster.node.devices=" + count);
  }
  const json& global = at(scenario, "/training/batch/global");
  const json& first = at(scenario, "/sweep/workers/0");
  if (says(at(scenario, "/sweep/scaling"), "weak") && global.is_number_integer() &&
      first.is_number_integer() && first.get<std::int64_t>() > 0) {
    const std::int64_t share = global.get<std::int64_t>() / first.get<std::int64_t>();
    scenario.set(R"(training.batch={"per_worker": )" + std::to_string(share) + "}");
  }
  scenario.set("sweep.workers=[" + count + "]");
}

void set_steps(JsonDocument& scenario, std::int64_t steps) { set_length(scenario, "steps", steps); }

void set_epochs(JsonDocument& scenario, double epochs) { set_length(scenario, "epochs", epochs); }

std::string text_of(const JsonDocument& scenario) { return scenario.value().dump(); }

}  // namespace rehearse
