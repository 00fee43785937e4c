#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "apps/collective_scenario.h"
#include "base/error.h"
#include "base/json_reader.h"
#include "studies/study_file.h"

namespace rehearse {
namespace {

using nlohmann::json;

struct StudyMachine {
  std::string family, network, library, buffers, version;
  std::optional<std::string> device;
  bool any_variant = false;                    // not the best alone
  std::optional<std::int64_t> ranks_per_node;  // else the record's
  std::vector<std::int64_t> fit_nodes;
  std::vector<std::string> fit_operations;  // empty: all

  [[nodiscard]] bool fits(std::int64_t nodes, const std::string& operation) const {
    const auto holds = [](const auto& list, const auto& value) {
      return std::find(list.begin(), list.end(), value) != list.end();
    };
    return holds(fit_nodes, nodes) && (fit_operations.empty() || holds(fit_operations, operation));
  }
};

StudyMachine read_machine(ObjectReader reader) {
  StudyMachine machine;
  machine.family = reader.string("family");
  machine.network = reader.string("network");
  machine.library = reader.string("library");
  machine.buffers = reader.optional_string("buffers").value_or("gpu");
  machine.version = reader.optional_string("version").value_or("");
  machine.device = reader.optional_string("device");
  machine.any_variant = reader.optional_boolean("any_variant").value_or(false);
  machine.ranks_per_node = reader.optional_integer("ranks_per_node", 1, 1024);
  if (auto fit = reader.optional_object("fit")) {
    machine.fit_nodes = fit->integers("nodes", 1, 1'000'000);
    if (fit->has("operations")) machine.fit_operations = fit->strings("operations");
    fit->finish();
  }
  reader.finish();
  return machine;
}

std::string text_of(const json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_string() ? found->get<std::string>() : "";
}

int count_of(const json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_number_integer() ? found->get<int>() : 0;
}

// Times that were computed from bandwidths below 0.1 GB/s have one digit.
std::vector<CollectiveLog::Row> rows_of(const json& record) {
  const bool from_rates = text_of(record, "notes").find("derived from busbw") != std::string::npos;
  std::vector<CollectiveLog::Row> rows;
  for (const json& row : record.value("rows", json::array())) {
    if (!row[0].is_number() || !row[1].is_number() || row[1].get<double>() <= 0) continue;
    if (from_rates && row.size() > 3 && row[3].is_number() && row[3].get<double>() < 0.1) continue;
    rows.push_back({row[0].get<double>(), 1e-6 * row[1].get<double>()});
  }
  return rows;
}

// Why a table of the machine does not count; empty if it does.
std::string obstacle(const json& record, bool any_variant) {
  if (text_of(record, "quality") == "C") return "quality C";
  if (!any_variant && !record.value("best_variant", false)) return "not the best variant";
  const std::string operation = text_of(record, "operation_word");
  if (!kOperationNames.value(operation)) {
    return "'" + operation + "' is no collective";
  }
  if (rows_of(record).empty()) return "no times";
  if (count_of(record, "nodes") == 0 || count_of(record, "ranks") < 2) return "nodes not told";
  return {};
}

bool belongs(const json& record, const StudyMachine& machine) {
  return text_of(record, "machine_family") == machine.family &&
         text_of(record, "library_word") == machine.library &&
         text_of(record, "buffers") == machine.buffers &&
         text_of(record, "library_version").starts_with(machine.version);
}

std::shared_ptr<const Scenario> scenario_of(const StudyMachine& machine, int ranks,
                                            int ranks_per_node) {
  CollectiveMachine named;
  named.network = machine.network;
  named.device = machine.device;
  named.fidelity = "analytic";
  named.stack = "ideal";
  return std::make_shared<const Scenario>(
      read_scenario(collective_document(named, Operation::all_reduce, ranks, ranks_per_node)));
}

void add_tables(const StudyMachine& machine, const json& records, StudyStack& stack) {
  // A preset without a number of nodes of its own gets as many as the ranks need.
  std::map<int, std::shared_ptr<const Scenario>> by_nodes;
  for (const json& record : records) {
    if (!belongs(record, machine)) continue;
    const std::string id = text_of(record, "id");
    const std::string why = obstacle(record, machine.any_variant);
    if (!why.empty()) {
      stack.left_out.push_back(id + ": " + why);
      continue;
    }
    const int ranks = count_of(record, "ranks");
    const int nodes = count_of(record, "nodes");
    StudyTable one;
    one.machine = machine.family;
    one.best = record.value("best_variant", false);
    const std::string operation = text_of(record, "operation_word");
    one.fitted = machine.fits(nodes, operation);
    MeasuredTable& table = one.table;
    table.name = id;
    table.operation = kOperationNames.value(operation).value();
    table.ranks = ranks;
    // Of what the record calls nodes a domain of NVLink may hold several; all hold equally many.
    const auto domain =
        static_cast<int>(machine.ranks_per_node.value_or((ranks + nodes - 1) / nodes));
    const int domains = (ranks + domain - 1) / domain;
    table.ranks_per_node = (ranks + domains - 1) / domains;
    table.rows = rows_of(record);
    auto& scenario = by_nodes[(ranks + table.ranks_per_node - 1) / table.ranks_per_node];
    if (!scenario) {
      scenario = scenario_of(machine, ranks, table.ranks_per_node);
      stack.machines.push_back(scenario);
    }
    table.machine = scenario.get();
    stack.tables.push_back(std::move(one));
  }
}

}  // namespace

std::vector<StudyStack> read_study(const std::string& study,
                                   const std::vector<std::string>& tables) {
  const JsonDocument document = JsonDocument::parse_file(study);
  json records = json::array();
  for (const std::string& file : tables) {
    const JsonDocument one = JsonDocument::parse_file(file);
    records.insert(records.end(), one.value().begin(), one.value().end());
  }
  ObjectReader root = document.root();
  std::vector<StudyStack> stacks;
  for (ObjectReader& reader : root.objects("stacks")) {
    StudyStack stack;
    if (reader.raw("start").is_string()) {
      stack.start_of = reader.string("start");
    } else {
      stack.start = read_stack_profile(reader.object("start"));
    }
    stack.inside_of = reader.optional_string("inside_of").value_or("");
    stack.nic_of = reader.optional_string("nic_of").value_or("");
    for (ObjectReader& machine : reader.objects("machines")) {
      add_tables(read_machine(machine), records, stack);
    }
    reader.finish();
    stacks.push_back(std::move(stack));
  }
  root.finish();
  return stacks;
}

}  // namespace rehearse
