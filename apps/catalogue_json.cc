#include "apps/catalogue.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "apps/output_files.h"
#include "base/error.h"
#include "base/numbers.h"
#include "base/printable.h"
#include "base/quantity_text.h"
#include "base/suggestion.h"
#include "kernels/models/layer_words.h"
#include "kernels/models/zoo.h"
#include "report/text/text_table.h"
#include "runtime/collectives/collectives.h"
#include "scenarios/find_scenario.h"
#include "scenarios/profile_library.h"
#include "scenarios/scenario.h"
#include "scenarios/strategy_options.h"
#include "scenarios/uncalibrated_scenario.h"
#include "topologies/graph/network_spec.h"
#include "topologies/shapes/topology_reader.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

struct Entry {
  std::string name;
  std::string facts;
  Json values = Json::object();  // without the name
};

using Entries = std::vector<Entry>;

// One bad file of a folder does not hide the others.
Entry entry_of(const std::string& name, const std::function<Entry()>& read) {
  try {
    Entry entry = read();
    entry.name = name;
    return entry;
  } catch (const Error& error) {
    return {name, "cannot be read: " + std::string(error.what()), {{"trouble", error.what()}}};
  }
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
  }
  return text;
}

Entry of_device(const DeviceProfile& device) {
  std::vector<std::string> parts;
  Json peaks = Json::object();
  for (const Precision precision : kPrecisionNames.values()) {
    const auto& peak = device.peak[static_cast<std::size_t>(precision)];
    if (!peak) continue;
    const std::string name(to_text(precision));
    peaks[name] = peak->value();
    parts.push_back(to_text(*peak) + " " + name);
  }
  parts.push_back(to_text(device.memory_capacity) + " at " + to_text(device.memory_bandwidth));
  if (device.power_watts) parts.push_back(short_number(*device.power_watts) + " W");
  Json architecture;
  if (device.architecture) {
    architecture = kArchitectureNames.text(*device.architecture);
  }
  return {"",
          joined(parts),
          {{"kind", device.is_accelerator() ? "gpu" : "cpu"},
           {"architecture", architecture},
           {"peak_flops", peaks},
           {"memory_bytes", device.memory_capacity.value()},
           {"memory_bytes_per_s", device.memory_bandwidth.value()},
           {"power_w", device.power_watts ? Json(*device.power_watts) : Json()}}};
}

Entry of_network(const NetworkSpec& network) {
  const std::string topology(network.topology->name());
  const auto rate = network.injection.bandwidth;
  Entry entry{"",
              joined({topology, network.nodes ? std::to_string(*network.nodes) + " nodes" : "",
                      to_text(rate) + " a NIC", network.device.value_or(""),
                      network.stack ? "stack " + *network.stack : ""}),
              {{"topology", topology},
               {"nodes", network.nodes ? Json(*network.nodes) : Json()},
               {"injection_bytes_per_s", rate.value()},
               {"device", network.device ? Json(*network.device) : Json()},
               {"stack", network.stack ? Json(*network.stack) : Json()},
               {"description", network.description}}};
  return entry;
}

// As the file of the stack spells it.
std::string library_of(const std::string& name) {
  for (const std::string& file : files_behind(name, "")) {
    const JsonDocument document = JsonDocument::parse_file(file);
    if (document.value().contains("library")) return document.value().value("library", "");
  }
  return "";
}

Entry of_stack(const std::string& name, const StackProfile& stack) {
  const std::string family =
      stack.nic_family ? std::string(kNicFamilyNames.text(*stack.nic_family)) : "";
  std::string library = library_of(name);
  if (stack.library && !stack.library->version.empty()) library += " " + stack.library->version;
  return {
      "",
      joined({library, family + (stack.nic_rate ? " at " + to_text(*stack.nic_rate) : ""),
              stack.max_ranks ? "measured on up to " + std::to_string(*stack.max_ranks) + " ranks"
                              : ""}),
      {{"library", library.empty() ? Json() : Json(library)},
       {"nic_family", family.empty() ? Json() : Json(family)},
       {"nic_bytes_per_s", stack.nic_rate ? Json(stack.nic_rate->value()) : Json()},
       {"max_ranks", stack.max_ranks ? Json(*stack.max_ranks) : Json()}}};
}

Entry of_model(const Model& model) {
  return {"",
          joined({grouped(model.parameter_count()) + " parameters",
                  "input " + to_text(model.input_shape()),
                  std::to_string(model.classes()) + " classes"}),
          {{"works", true},
           {"parameters", model.parameter_count()},
           {"input", to_text(model.input_shape())},
           {"classes", model.classes()}}};
}

std::string workers_text(const std::vector<std::int64_t>& workers) {
  const std::string first = std::to_string(workers.front());
  return (workers.size() == 1 ? first : first + " to " + std::to_string(workers.back())) +
         " workers";
}

Entry of_scenario(const std::string& name) {
  const std::string path = find_scenario(name);
  const Scenario scenario = load_uncalibrated(path, {});
  const nlohmann::json::json_pointer preset("/cluster/network/preset");
  const JsonDocument document = JsonDocument::parse_file(path);
  const Json network = document.value().contains(preset) ? Json(document.value().at(preset))
                       : scenario.network_known          ? Json(scenario.network.topology->name())
                                                         : Json();
  const std::string model = scenario.model ? scenario.model->name() : "collectives";
  return {"",
          joined({model, scenario.local ? "this machine" : scenario.device.name,
                  network.is_string() ? network.get<std::string>() : "",
                  workers_text(scenario.workers)}),
          {{"model", model},
           {"device", scenario.device.name},
           {"network", network},
           {"nodes", scenario.nodes},
           {"workers", scenario.workers}}};
}

Entry of_algorithm(Algorithm algorithm) {
  std::vector<std::string> operations;
  for (const Operation operation : kOperationNames.values()) {
    if (can_do(algorithm, operation)) operations.push_back(to_text(operation));
  }
  const bool chosen = algorithm == Algorithm::native || algorithm == Algorithm::automatic;
  return {"",
          algorithm == Algorithm::native      ? "what the library of the stack chooses"
          : algorithm == Algorithm::automatic ? "the cheapest that the machine can run"
                                              : joined(operations),
          {{"operations", chosen ? kOperationNames.words() : operations}}};
}

void add_words(Entries& entries, const std::vector<std::string>& words, bool work) {
  for (const std::string& word : words) {
    entries.push_back({word, work ? "" : "does not work yet", {{"works", work}}});
  }
}

Entries devices() {
  ProfileLibrary library;
  Entries entries;
  for (const std::string& name : library.device_names()) {
    entries.push_back(entry_of(name, [&] { return of_device(library.device(name, "")); }));
  }
  return entries;
}

Entries networks() {
  ProfileLibrary library;
  Entries entries;
  for (const std::string& name : library.network_names()) {
    entries.push_back(entry_of(
        name, [&] { return of_network(read_network_spec(library.network(name, "").root())); }));
  }
  return entries;
}

Entries stacks() {
  ProfileLibrary library;
  Entries entries;
  for (const std::string& name : library.stack_names()) {
    entries.push_back(entry_of(name, [&] { return of_stack(name, library.stack(name, "")); }));
  }
  return entries;
}

Entries models() {
  Entries entries;
  for (const std::string& name : zoo_names()) {
    entries.push_back(entry_of(name, [&] { return of_model(zoo_model(name)); }));
  }
  return entries;
}

Entries strategy_entries() {
  Entries entries;
  add_words(entries, kStrategyNames.words(), true);
  return entries;
}

Entries scenarios() {
  Entries entries;
  for (const std::string& name : shipped_scenarios()) {
    entries.push_back(entry_of(name, [&] { return of_scenario(name); }));
  }
  return entries;
}

Entries topologies() {
  Entries entries;
  add_words(entries, topology_names(), true);
  return entries;
}

Entries algorithms() {
  Entries entries;
  for (const Algorithm algorithm : kAlgorithmNames.values()) {
    entries.push_back(of_algorithm(algorithm));
    entries.back().name = to_text(algorithm);
  }
  return entries;
}

Entries layers() {
  Entries entries;
  add_words(entries, listed_kinds(), true);
  add_words(entries, later_kinds(), false);
  return entries;
}

struct Kind {
  std::string name;
  std::string what;  // for people
  Entries (*entries)();
};

const std::vector<Kind>& all_kinds() {
  static const std::vector<Kind> kKinds{
      {"devices", "devices of nodes: peaks, memory, power (cluster.node.device, --device)",
       devices},
      {"networks", "presets of networks: topology, nodes, rate (cluster.network.preset, --network)",
       networks},
      {"stacks", "communication libraries on a fabric: adapters and rates (cluster.network.stack)",
       stacks},
      {"models", "networks of the zoo: parameters, input (model.zoo, --model)", models},
      {"strategies", "how the training is shared out (training.strategy, --strategy)",
       strategy_entries},
      {"scenarios", "scenarios that ship: model, device, network, sweep", scenarios},
      {"topologies", "shapes of networks (cluster.network.topology)", topologies},
      {"algorithms", "of collectives: operations (training.allreduce.algorithm, --algorithm)",
       algorithms},
      {"layers", "kinds of layers of a list (model.layers)", layers}};
  return kKinds;
}

Entries entries_of(const std::string& kind) {
  std::vector<std::string> names;
  for (const Kind& one : all_kinds()) {
    if (one.name == kind) return one.entries();
    names.push_back(one.name);
  }
  throw Error::input("there is no list of '" + kind + "'", "there are " + list_of(names),
                     suggestion(kind, names, "give one of these"));
}

std::string as_text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string as_lines(const Entries& entries) {
  std::size_t width = 0;
  for (const Entry& entry : entries) width = std::max(width, entry.name.size());
  std::string text;
  for (const Entry& entry : entries) {
    text += printable(entry.name);
    if (!entry.facts.empty()) {
      text += std::string(width - entry.name.size() + 2, ' ') + printable(entry.facts);
    }
    text += "\n";
  }
  return text;
}

Json as_json(const Entries& entries) {
  Json list = Json::array();
  for (const Entry& entry : entries) {
    Json one = {{"name", entry.name}};
    one.update(entry.values);
    list.push_back(std::move(one));
  }
  return list;
}

Entries kinds_as_entries() {
  Entries entries;
  for (const Kind& one : all_kinds()) {
    entries.push_back({one.name, one.what, {{"what", one.what}}});
  }
  return entries;
}

}  // namespace

std::string catalogue_table(const std::string& kind) { return as_lines(entries_of(kind)); }
std::string catalogue_json(const std::string& kind) { return as_text(as_json(entries_of(kind))); }
std::string kinds_table() { return as_lines(kinds_as_entries()); }
std::string kinds_json() { return as_text(as_json(kinds_as_entries())); }

}  // namespace rehearse
