#include <filesystem>
#include <nlohmann/json.hpp>

#include "apps/collective_scenario.h"
#include "base/error.h"
#include "scenarios/find_scenario.h"
#include "scenarios/override.h"
#include "scenarios/profile_library.h"

namespace rehearse {
namespace {

using nlohmann::json;

constexpr const char* kName = "command line";  // stands for the file of a scenario made here

bool is_path(const std::string& word) {
  return word.ends_with(".json") || word.find('/') != std::string::npos;
}

// What a scenario file says of anything but the machine does not matter.
JsonDocument machine_of(const JsonDocument& file) {
  json value = file.value();
  for (const char* key : {"model", "data", "training", "workload", "sweep", "precision", "faults",
                          "convergence", "emulation"}) {
    value.erase(key);
  }
  return JsonDocument::adopt(std::move(value), file.name());
}

std::int64_t whole(const json& object, const char* key, std::int64_t otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>()
                                                             : otherwise;
}

// The preset's usual device, else one of the kind that its nodes are taken to have.
std::string usual_device(const JsonDocument& preset, const json& node, std::int64_t devices) {
  const auto named = node.find("device");
  if (named == node.end() || !named->is_string()) return devices == 1 ? kHostDevice : kDevice;
  auto word = named->get<std::string>();
  if (!is_profile_path(word)) return word;
  return (std::filesystem::absolute(preset.name()).parent_path() / word).lexically_normal();
}

JsonDocument machine_of_preset(const CollectiveMachine& machine, std::int64_t ranks,
                               std::optional<int> ranks_per_node) {
  ProfileLibrary profiles;
  const JsonDocument* found = nullptr;
  try {
    found = &profiles.network(machine.network, kName);
  } catch (const Error& error) {
    throw error.at("--network", "");
  }
  const json& preset = found->value();
  const json node = preset.value("node", json::object());
  const std::int64_t devices = whole(node, "devices", 1);
  const std::int64_t per_node = ranks_per_node.value_or(static_cast<int>(devices));
  json own = {{"device", usual_device(*found, node, devices)}};
  if (devices == 1 && per_node > 1) own["devices"] = per_node;  // cores, not accelerators
  const json cluster = {{"nodes", whole(preset, "nodes", (ranks + per_node - 1) / per_node)},
                        {"node", own},
                        {"network", {{"preset", machine.network}}}};
  const std::string name = std::filesystem::path(machine.network).stem().string();
  return JsonDocument::adopt(
      {{"name", is_path(machine.network) ? name : machine.network}, {"cluster", cluster}}, kName);
}

JsonDocument machine_document(const CollectiveMachine& machine, std::int64_t ranks,
                              std::optional<int> ranks_per_node) {
  if (is_path(machine.network) || names_scenario(machine.network)) {
    const JsonDocument file = open_scenario(machine.network);
    if (file.value().is_object() && file.value().contains("cluster")) return machine_of(file);
  }
  return machine_of_preset(machine, ranks, ranks_per_node);
}

}  // namespace

JsonDocument collective_document(const CollectiveMachine& machine, Operation operation,
                                 std::int64_t ranks, std::optional<int> ranks_per_node) {
  JsonDocument document = machine_document(machine, ranks, ranks_per_node);
  const auto set = [&](const char* key, const std::optional<std::string>& value) {
    if (value) document.set(std::string(key) + "=" + json_text(*value));
  };
  for (const std::string& assignment : machine.sets) override_key(document, assignment);
  set("cluster.network.stack", machine.stack);
  set("cluster.node.device", machine.device);
  set("fidelity", machine.fidelity);
  if (machine.placement) override_key(document, "cluster.placement=" + *machine.placement);
  if (machine.seed) override_key(document, "seed=" + std::to_string(*machine.seed));
  document.set("workload={\"collectives\": [{\"" + to_text(operation) + "\": \"1 B\"}]}");
  document.set("sweep={\"workers\": 1}");  // the ranks are held against the machine later
  return document;
}

}  // namespace rehearse
