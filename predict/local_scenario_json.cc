#include <nlohmann/json.hpp>

#include "base/error.h"
#include "predict/local_scenario.h"
#include "scenarios/convergence_reader.h"
#include "scenarios/scenario.h"
#include "scenarios/strategy_reader.h"
#include "scenarios/uncalibrated_scenario.h"

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

// 0 for what is no whole number.
std::int64_t count(const json& value) {
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

// `steps` and `epochs` exclude each other.
void set_length(JsonDocument& scenario, const char* key, const json& value) {
  json training = at(scenario, "/training");
  if (!training.is_object()) return;  // what is wrong with it shows when the scenario is read
  training.erase("steps");
  training.erase("epochs");
  training[key] = value;
  scenario.set("training=" + training.dump(-1, ' ', false, json::error_handler_t::replace));
}

// What a file says of the convergence, in the place of its path, which means nothing elsewhere.
void embed_convergence(JsonDocument& scenario) {
  const json& path = at(scenario, "/convergence");
  if (!path.is_string()) return;
  const JsonDocument file = open_convergence(scenario.name(), path.get<std::string>());
  const json& object = at(file, "/convergence");
  scenario.set("convergence=" + object.dump(-1, ' ', false, json::error_handler_t::replace));
}

// The ranks that compute no gradients.
std::int64_t servers_of(const JsonDocument& scenario, int ranks) {
  ObjectReader root = scenario.root();
  auto training = root.optional_object("training");
  if (!training) return 0;
  std::vector<std::string> remarks;
  const Roles roles = roles_of(read_strategy(*training, remarks), 1);
  const std::int64_t others = roles.ranks() - 1;
  if (ranks > others) return others;
  throw Error::input(
      std::to_string(ranks) + (ranks == 1 ? " rank leaves" : " ranks leave") + " no worker",
      "the strategy has " + to_text(Roles(1, roles.servers(), roles.masters())) + " at least",
      "use --ranks " + std::to_string(others + 1) + " or more")
      .at(scenario.name(), "/training/strategy");
}

}  // namespace

bool is_local(const JsonDocument& scenario) {
  return says(at(scenario, "/cluster/node/device"), "local");
}

bool has_cluster(const JsonDocument& scenario) { return !at(scenario, "/cluster").is_null(); }

void expect_real(const JsonDocument& scenario) {
  if (!says(at(scenario, "/training/allreduce/algorithm"), "in_network")) return;
  throw Error::input("training with in-network reduction does not work",
                     "MPI has no switches that add",
                     "use --set training.allreduce.algorithm=native")
      .at(scenario.name(), "/training/allreduce/algorithm");
}

std::optional<std::int64_t> smallest_point(const JsonDocument& scenario) {
  const json& workers = at(scenario, "/sweep/workers");
  if (workers.is_null()) {
    try {
      return load_uncalibrated(scenario).workers.front();  // the default sweep
    } catch (const Error&) {
      return std::nullopt;
    }
  }
  const std::int64_t first = count(workers.is_array() ? at(scenario, "/sweep/workers/0") : workers);
  if (first < 1 || first > kMostWorkers) return std::nullopt;
  return first;
}

void keep_batch(JsonDocument& scenario) {
  const std::optional<std::int64_t> smallest = smallest_point(scenario);
  if (!smallest) return;
  const std::int64_t workers = *smallest;
  const json& scaling = at(scenario, "/sweep/scaling");
  const auto set_batch = [&](const char* key, std::int64_t samples) {
    scenario.set(std::string("training.batch={\"") + key + "\": " + std::to_string(samples) + "}");
  };
  const std::int64_t global = count(at(scenario, "/training/batch/global"));
  const std::int64_t own = count(at(scenario, "/training/batch/per_worker"));
  if (says(scaling, "weak") && own == 0 && global > 0 && global % workers == 0) {
    set_batch("per_worker", global / workers);
  } else if (says(scaling, "strong") && global == 0 && own > 0 && own <= kMostWorkerBatch) {
    set_batch("global", own * workers);
  }
}

void move_here(JsonDocument& scenario, int ranks) {
  const std::string count = std::to_string(ranks);
  if (!is_local(scenario)) {
    const json threads = at(scenario, "/cluster/node/threads");
    scenario.set(R"(cluster={"nodes": 1, "node": {"device": "local", "devices": )" + count + "}}");
    if (!threads.is_null()) scenario.set("cluster.node.threads=" + threads.dump());
    json data = at(scenario, "/data");  // less what the cores of that cluster did
    if (data.is_object() && data.erase("preparation") > 0)
      scenario.set("data=" + data.dump(-1, ' ', false, json::error_handler_t::replace));
    if (!at(scenario, "/faults").is_null()) scenario.set("faults=null");  // of that cluster
  } else if (at(scenario, "/cluster/node/devices").is_null()) {
    scenario.set("cluster.node.devices=" + count);
  }
  embed_convergence(scenario);
  keep_batch(scenario);
  scenario.set("sweep.workers=[" + std::to_string(ranks - servers_of(scenario, ranks)) + "]");
}

void set_steps(JsonDocument& scenario, std::int64_t steps) { set_length(scenario, "steps", steps); }

void set_epochs(JsonDocument& scenario, double epochs) { set_length(scenario, "epochs", epochs); }

std::string text_of(const JsonDocument& scenario) {
  return scenario.value().dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace rehearse
