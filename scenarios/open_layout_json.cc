#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"
#include "base/suggestion.h"
#include "scenarios/open_layout.h"

namespace rehearse {
namespace {

constexpr std::string_view kObject = "training.parallelism";

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
       {"data", "stages", "order", "overlap", "expert_imbalance", "context_exchange",
        "offload.optimizer", "offload.activations", "overlap.gradients", "overlap.parameters",
        "overlap.tensor", "overlap.pipeline", "overlap.slowdown"}) {
    keys.emplace_back(key);
  }
  return keys;
}

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
  const std::string prefix = std::string(kObject) + ".";
  if (fix.key.starts_with(prefix)) fix.key = fix.key.substr(prefix.size());
  const std::vector<std::string> keys = all_keys();
  if (std::ranges::count(keys, fix.key) > 0) return fix;
  throw Error::input("--fix: '" + fix.key + "' is no key of a layout", "",
                     suggestion(fix.key, keys, remedy));
}

bool is_word(const JsonDocument& scenario) {
  const auto training = scenario.value().find("training");
  if (training == scenario.value().end() || !training->is_object()) return false;
  const auto layout = training->find("parallelism");
  return layout != training->end() && !layout->is_object();
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
  for (const Fix& fix : fixes) set(fix.key, fix.value);
  return overrides;
}

}  // namespace rehearse
