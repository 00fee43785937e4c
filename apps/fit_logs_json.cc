#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/collective_logs.h"
#include "apps/fit_logs.h"
#include "base/error.h"
#include "base/quantity_text.h"
#include "calibrate/fits/library_start.h"

namespace rehearse {
namespace {

using nlohmann::json;

struct Table {
  CollectiveLog log;
  Operation operation = Operation::all_reduce;
  int ranks = 0, ranks_per_node = 0;

  [[nodiscard]] int nodes() const { return (ranks + ranks_per_node - 1) / ranks_per_node; }
  // Bytes/s that a rank sends by its largest collective.
  [[nodiscard]] double bus_bandwidth() const {
    const CollectiveLog::Row largest = log.counted(ranks).back();
    return largest.bytes / largest.seconds * bus_factor(operation, ranks);
  }
};

Table table_of(const CollectiveLog& log, const FitLogs& what) {
  const auto missing = [&](const char* what_is, const char* option) {
    return Error::input(std::string("the log does not tell ") + what_is, "",
                        std::string("give ") + option)
        .at(log.name, "");
  };
  Table table;
  table.log = log;
  if (!log.operation) throw missing("its operation", "the log with the command that made it");
  table.operation = *log.operation;
  const std::optional<int> ranks = log.ranks ? log.ranks : what.ranks;
  if (!ranks) throw missing("how many ranks ran", "--ranks");
  if (*ranks < 2) throw missing("of two ranks or more", "a log of several ranks");
  table.ranks = *ranks;
  const std::optional<int> per_node = log.ranks_per_node ? log.ranks_per_node : what.ranks_per_node;
  if (!per_node) throw missing("how many ranks ran on a node", "--ranks-per-node");
  table.ranks_per_node = std::min(*per_node, *ranks);
  return table;
}

// One switch and NICs that do not limit: what the logs saw is the stack's.
JsonDocument assumed_machine(const std::vector<Table>& tables) {
  int devices = 1;
  int nodes = 1;
  double fastest = 0;
  for (const Table& table : tables) {
    devices = std::max(devices, table.ranks_per_node);
    nodes = std::max(nodes, table.nodes());
    fastest = std::max(fastest, table.bus_bandwidth());
  }
  const std::string rate = to_text(Bandwidth(10 * fastest));
  json node = {{"device", "a100-sxm4-80gb"}, {"devices", devices}};
  json network = {{"topology", "single_switch"},
                  {"injection_bandwidth", rate},
                  {"injection_latency", "0.6 us"},
                  {"stack", "ideal"}};
  if (devices > 1) {
    node["nics"] = devices;
    node["device_bandwidth"] = rate;
    node["device_latency"] = "1 us";
  }
  return JsonDocument::adopt(
      {{"name", "machine of the logs"},
       {"cluster", {{"nodes", nodes}, {"node", node}, {"network", network}}},
       {"workload", {{"collectives", json::array({{{"all_reduce", "1 B"}}})}}},
       {"sweep", {{"workers", 1}}}},
      "machine of the logs");
}

Scenario machine_of(const FitLogs& what, const std::vector<Table>& tables, const Table& table) {
  if (!what.network) return read_scenario(assumed_machine(tables));
  CollectiveMachine machine;
  machine.network = *what.network;
  machine.device = what.device;
  machine.stack = what.stack;
  return read_scenario(
      collective_document(machine, table.operation, table.ranks, table.ranks_per_node));
}

std::string joined(const std::vector<Table>& tables) {
  std::string names;
  for (const Table& table : tables) {
    names += (names.empty() ? "" : ", ") + table.log.name + " (" + to_text(table.operation) +
             " on " + std::to_string(table.ranks) + " ranks, " +
             std::to_string(table.ranks_per_node) + " a node)";
  }
  return names;
}

}  // namespace

LibraryFit fit_logs(const FitLogs& what) {
  std::vector<Table> tables;
  for (const CollectiveLog& log : read_logs(what.logs)) {
    tables.push_back(table_of(log, what));
  }
  std::map<int, std::unique_ptr<Scenario>> machines;  // by nodes
  std::vector<MeasuredTable> measured;
  for (const Table& table : tables) {
    auto& machine = machines[table.nodes()];
    if (!machine) machine = std::make_unique<Scenario>(machine_of(what, tables, table));
    measured.push_back({table.log.name, machine.get(), table.operation, table.ranks,
                        table.ranks_per_node, table.log.counted(table.ranks)});
  }
  const Scenario& machine = *machines.begin()->second;
  StackProfile start = machine.stack;
  const bool has_levels = start.library && start.library->has_levels();
  if (!has_levels) {
    LibraryHints hints{tables.front().log.library, tables.front().log.library_version,
                       tables.front().log.device, 0, 0};
    for (const Table& table : tables) {
      double& rate = table.nodes() > 1 ? hints.nic_rate : hints.device_rate;
      const double nics = table.nodes() > 1 ? table.ranks_per_node : 1;
      rate = std::max(rate, table.bus_bandwidth() / nics);
    }
    start = starting_stack(machine, hints);
  }
  if (!what.network) start.nic_family.reset();
  start.name = what.name;
  LibraryFit fit = fit_library(start, measured, {});
  fit.stack.max_ranks = 0;
  std::string keys;
  for (const FittedFactor& one : fit.factors) {
    keys += (keys.empty() ? "" : ", ") + one.key;
  }
  for (const Table& table : tables) {
    fit.stack.max_ranks = std::max<std::int64_t>(*fit.stack.max_ranks, table.ranks);
  }
  fit.stack.provenance.insert(fit.stack.provenance.begin(),
                              {keys, "fitted to " + joined(tables), Provenance::Kind::measured});
  if (!what.network) {
    fit.stack.provenance.push_back(
        {"NICs", "one per device, since no network was named", Provenance::Kind::assumed});
  }
  return fit;
}

}  // namespace rehearse
