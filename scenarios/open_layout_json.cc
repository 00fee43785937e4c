#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"
#include "base/suggestion.h"
#include "scenarios/open_layout.h"

namespace rehearse {
namespace {

constexpr std::string_view kObject = "training.parallelism";
constexpr std::string_view kAllReduce = "training.allreduce";

// What a search finds.
const std::vector<std::string>& found_keys() {
  static const std::vector<std::string> kKeys{
      "tensor",         "pipeline",  "context",     "expert",   "expert_tensor",
      "sequence",       "zero",      "shard_group", "schedule", "microbatch",
      "virtual_stages", "recompute", "offload"};
  return kKeys;
}

std::vector<std::string> all_keys() {
  std::vector<std::string> keys = found_keys();
  for (const char* key :
       {"data", "stages", "order", "overlap", "expert_imbalance", "expert_dispatch", "expert_nodes",
        "expert_fp8", "context_exchange", "offload.optimizer", "offload.activations",
        "overlap.gradients", "overlap.parameters", "overlap.tensor", "overlap.pipeline",
        "overlap.expert", "overlap.slowdown"}) {
    keys.emplace_back(key);
  }
  return keys;
}

// Of training.allreduce, where gradients travel by Horovod.
const std::vector<std::string>& fusion_keys() {
  static const std::vector<std::string> kKeys{"fusion", "cycle"};
  return kKeys;
}

bool is_fusion_key(const std::string& key) { return std::ranges::count(fusion_keys(), key) > 0; }

struct Fix {
  std::string key, value;
};

Fix fix_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string remedy = "write for example --fix tensor=8";
  if (equals == std::string::npos || equals + 1 == text.size()) {
    throw Error::input("--fix '" + text + "' has no value", "", remedy);
  }
  Fix fix{text.substr(0, equals), text.substr(equals + 1)};
  // In full, without "training.", or the last word alone.
  constexpr std::string_view kTraining = "training.";
  for (const std::string_view object : {kObject, kAllReduce}) {
    for (const std::string_view written : {object, object.substr(kTraining.size())}) {
      const std::string prefix = std::string(written) + ".";
      if (fix.key.starts_with(prefix)) fix.key = fix.key.substr(prefix.size());
    }
  }
  std::vector<std::string> keys = all_keys();
  keys.insert(keys.end(), fusion_keys().begin(), fusion_keys().end());
  if (std::ranges::count(keys, fix.key) > 0) return fix;
  throw Error::input("--fix: '" + fix.key + "' is no key of a layout", "",
                     suggestion(fix.key, keys, remedy));
}

// Of the object training; null where there is none.
nlohmann::json of_training(const JsonDocument& scenario, const char* key) {
  const auto training = scenario.value().find("training");
  if (training == scenario.value().end() || !training->is_object()) return nullptr;
  return training->value(key, nlohmann::json());
}

bool is_word(const JsonDocument& scenario) {
  const nlohmann::json layout = of_training(scenario, "parallelism");
  return !layout.is_null() && !layout.is_object();
}

// As training_reader chooses the batching.
bool has_horovod(const JsonDocument& scenario) {
  const nlohmann::json framework = of_training(scenario, "framework");
  const nlohmann::json all_reduce = of_training(scenario, "allreduce");
  const auto given = [&](const char* key) {
    return all_reduce.is_object() ? all_reduce.value(key, nlohmann::json()) : nlohmann::json();
  };
  if (!given("batching").is_null()) return given("batching") == "horovod";
  if (!framework.is_null()) return framework == "horovod";
  return !given("cycle").is_null();
}

}  // namespace

std::vector<std::string> open_layout(const JsonDocument& scenario,
                                     const std::vector<std::string>& fixed) {
  std::vector<Fix> fixes;
  for (const std::string& text : fixed) fixes.push_back(fix_of(text));
  const auto is_fixed = [&](const std::string& key) {
    return std::ranges::any_of(
        fixes, [&](const Fix& fix) { return fix.key == key || fix.key.starts_with(key + "."); });
  };
  std::vector<std::string> overrides;
  const auto set = [&](const std::string& key, const std::string& value) {
    overrides.push_back(std::string(kObject) + (key.empty() ? "" : "." + key) + "=" + value);
  };
  if (is_word(scenario)) set("", "null");
  for (const char* key : {"data", "stages", "dense", "split", "spatial"}) set(key, "null");
  for (const std::string& key : found_keys()) set(key, is_fixed(key) ? "null" : "\"auto\"");
  for (const Fix& fix : fixes) {
    if (!is_fusion_key(fix.key)) set(fix.key, fix.value);
  }
  const bool horovod = has_horovod(scenario);
  for (const std::string& key : fusion_keys()) {
    const auto fix = std::ranges::find(fixes, key, &Fix::key);
    if (fix != fixes.end() && !horovod) {
      throw Error::input("--fix " + key + ": gradients do not travel by Horovod", "",
                         "leave it out, or use training.framework \"horovod\"");
    }
    if (!horovod) continue;
    overrides.push_back(std::string(kAllReduce) + "." + key + "=" +
                        (fix == fixes.end() ? "\"auto\"" : fix->value));
  }
  return overrides;
}

}  // namespace rehearse
