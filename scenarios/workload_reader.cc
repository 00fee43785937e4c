#include "scenarios/workload_reader.h"

#include "base/error.h"
#include "scenarios/known_keys.h"
#include "scenarios/sweep_reader.h"
#include "scenarios/training_reader.h"

namespace rehearse {
namespace {

constexpr std::int64_t kMostTimes = 1'000'000'000;
constexpr std::size_t kMostCollectives = 10'000;
constexpr Bytes kMostBytes(1e15);

// Of training only the algorithm of all-reduces applies.
Algorithm read_algorithm(ObjectReader& root, Scenario& scenario) {
  const Algorithm usual = default_algorithm(scenario);
  auto training = root.optional_object("training");
  if (!training) return usual;
  const std::string remedy = "only training.allreduce.algorithm applies to collectives";
  for (const std::string& key : training->keys()) {
    if (key == "allreduce") continue;
    throw training->error_at(key, "'" + key + "' stands beside 'workload'",
                             "the scenario holds collectives: nothing is trained",
                             "remove it: " + remedy);
  }
  auto all_reduce = training->optional_object("allreduce");
  if (!all_reduce) return usual;
  expect_known(*all_reduce, {"algorithm"});
  const auto algorithm = kAlgorithmNames.read_optional(*all_reduce, "algorithm");
  if (!algorithm) return usual;
  scenario.all_reduce.algorithm = *algorithm;
  return scenario.all_reduce.algorithm;
}

Operation read_operation(ObjectReader& reader) {
  std::vector<std::string> found;
  for (const std::string& name : kOperationNames.words()) {
    if (reader.has(name)) found.push_back(name);
  }
  for (const char* key : {"times", "group", "stride"}) reader.has(key);
  reader.finish();
  if (found.size() != 1) {
    throw reader.error_at(
        "", found.empty() ? "no operation is given" : "more than one is given: " + list_of(found),
        "", "give one of " + list_of(kOperationNames.words()) + " with its bytes");
  }
  return kOperationNames.value(found.front()).value();
}

CollectiveWorkload read_collective(ObjectReader reader) {
  CollectiveWorkload entry;
  entry.operation = read_operation(reader);
  const std::string name = to_text(entry.operation);
  entry.bytes = reader.bytes(name);
  if (entry.bytes < Bytes(1) || entry.bytes > kMostBytes) {
    throw reader.error_at(name, "the bytes are not between 1 B and 1 PB", "",
                          "write for example \"64 MiB\"");
  }
  entry.times = reader.optional_integer("times", 1, kMostTimes).value_or(1);
  entry.group = reader.optional_integer("group", 2, kMostWorkers).value_or(0);
  entry.stride = reader.optional_integer("stride", 1, kMostWorkers).value_or(1);
  if (entry.stride > 1 && entry.group == 0) {
    throw reader.error_at("stride", "all ranks take part: none lies between them", "",
                          "give 'group', or leave 'stride' out");
  }
  return entry;
}

// What only samples need.
void set_input_aside(ObjectReader& root, Scenario& scenario) {
  const ObjectReader cluster = root.object("cluster");
  const ObjectReader node = ObjectReader(cluster).object("node");
  const auto remark = [&](ObjectReader reader, const char* key, const std::string& name) {
    if (!reader.has(key)) return;
    scenario.remarks.push_back(name + " is not used: collectives need no samples and no model");
  };
  remark(cluster, "storage", "cluster.storage");
  remark(node, "cores", "cluster.node.cores");
  remark(node, "helpers", "cluster.node.helpers");
  remark(node, "threads", "cluster.node.threads");
  remark(node, "calibration", "cluster.node.calibration");
}

// What is known of the arithmetic of a device does not matter either.
void forget_device(Scenario& scenario) {
  for (const Provenance& of_device : scenario.device.provenance) {
    std::erase_if(scenario.provenance, [&](const Provenance& entry) {
      return entry.quantity == of_device.quantity && entry.source == of_device.source;
    });
  }
}

// Whole groups at every point of the sweep.
void expect_groups(const ObjectReader& root, const Scenario& scenario) {
  for (std::size_t point = 0; point < scenario.workers.size(); ++point) {
    const std::int64_t ranks = scenario.workers[point];
    const std::string place = "sweep/workers/" + std::to_string(point);
    for (std::size_t i = 0; i < scenario.collectives.size(); ++i) {
      const CollectiveWorkload& entry = scenario.collectives[i];
      const std::int64_t block = entry.group * entry.stride;
      if (block == 0 || ranks % block == 0) continue;
      throw root.error_at(
          place,
          std::to_string(ranks) + " ranks do not form groups of " + std::to_string(entry.group) +
              (entry.stride > 1 ? " with stride " + std::to_string(entry.stride) : ""),
          "workload.collectives[" + std::to_string(i) + "] asks for them",
          "use a multiple of " + std::to_string(block));
    }
  }
}

Error without_model(const std::string& file, const std::string& who) {
  return Error::input("the scenario holds collectives and no model", who + " needs a model",
                      "use predict or compare")
      .at(file, "/workload");
}

}  // namespace

void expect_no_model(ObjectReader& root) {
  for (const char* key : {"model", "data"}) {
    if (!root.has(key)) continue;
    throw root.error_at(key, "'" + std::string(key) + "' stands beside 'workload'",
                        "a scenario holds a model or collectives", "remove one of them");
  }
}

void read_workload(ObjectReader& root, Scenario& scenario) {
  const Algorithm of_all_reduce = read_algorithm(root, scenario);
  set_input_aside(root, scenario);
  forget_device(scenario);
  ObjectReader workload = root.object("workload");
  expect_known(workload, {"collectives"});
  for (const ObjectReader& reader : workload.objects("collectives")) {
    scenario.collectives.push_back(read_collective(reader));
    CollectiveWorkload& entry = scenario.collectives.back();
    entry.algorithm =
        entry.operation == Operation::all_reduce ? of_all_reduce : default_algorithm(scenario);
  }
  if (scenario.collectives.empty() || scenario.collectives.size() > kMostCollectives) {
    throw workload.error_at(
        "collectives",
        scenario.collectives.empty() ? "the list is empty" : "the list has more than 10000 entries",
        "", "write for example [{\"all_reduce\": \"64 MiB\"}]");
  }
  ObjectReader sweep = root.object("sweep");
  expect_known(sweep, {"workers"});
  scenario.workers = read_workers(sweep);
  expect_devices(root, scenario);
  expect_groups(root, scenario);
}

void expect_model(const Scenario& scenario, const std::string& who) {
  if (!scenario.model) throw without_model(scenario.file, who);
}

void expect_model(const JsonDocument& scenario, const std::string& who) {
  if (scenario.root().has("workload")) throw without_model(scenario.name(), who);
}

}  // namespace rehearse
