#include "validate/survey_shipped.h"

#include <algorithm>

#include "kernels/models/precision.h"

namespace rehearse {
namespace {

constexpr const char* kUntold = "the record does not tell its ";

std::string differs(const std::string& ours, const std::string& theirs) {
  return "the record is of " + ours + ", the scenario of " + theirs;
}

std::string counted(std::int64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

void compare_model(const SurveyRecord& record, const Scenario& scenario,
                   std::vector<std::string>& list) {
  const std::string& name = record.zoo.empty() ? record.model : record.zoo;
  if (name.empty()) {
    list.push_back(std::string(kUntold) + "model");
  } else if (record.zoo != scenario.model->name()) {
    list.push_back(differs("model '" + name + "'", "'" + scenario.model->name() + "'"));
  }
  if (!record.adapter.empty()) {
    list.push_back(differs("adapter '" + record.adapter + "'", "the whole model"));
  }
}

void compare_device(const SurveyRecord& record, const Scenario& scenario,
                    std::vector<std::string>& list) {
  const auto& devices = record.devices;
  const std::string& name = record.device_word.empty() ? record.hardware : record.device_word;
  if (name.empty()) {
    list.push_back(std::string(kUntold) + "device");
  } else if (std::find(devices.begin(), devices.end(), scenario.device.name) == devices.end()) {
    list.push_back(differs("device '" + name + "'", "'" + scenario.device.name + "'"));
  }
  const std::string precision(to_text(scenario.precision));
  if (record.precision.empty()) {
    list.push_back(std::string(kUntold) + "precision");
  } else if (record.precision != precision) {
    list.push_back(differs("precision " + record.precision, precision));
  }
}

void compare_workers(const SurveyRecord& record, const Scenario& scenario, std::int64_t workers,
                     std::vector<std::string>& list) {
  if (record.workers == 0) {
    list.push_back(std::string(kUntold) + "number of workers");
    return;
  }
  if (record.workers != workers) {
    list.push_back(differs(counted(record.workers, "worker"), std::to_string(workers)));
    return;
  }
  const std::int64_t nodes = (workers + scenario.node.devices - 1) / scenario.node.devices;
  if (record.nodes > 0 && record.nodes != nodes) {
    list.push_back(differs(counted(record.nodes, "node"), std::to_string(nodes)));
  }
}

void compare_batch(const SurveyRecord& record, const Scenario& scenario, std::int64_t workers,
                   std::vector<std::string>& list) {
  if (record.workers != workers) return;
  const std::int64_t global = scenario.global_batch_at(workers);
  if (record.batch == 0) {
    list.push_back(std::string(kUntold) + "batch");
  } else if (record.batch != global) {
    const bool even = record.batch % workers == 0 && global % workers == 0;
    list.push_back(even ? differs("batch " + std::to_string(record.batch / workers) + " per worker",
                                  std::to_string(global / workers))
                        : differs("a global batch of " + std::to_string(record.batch),
                                  std::to_string(global)));
  }
}

void compare_layout(const SurveyRecord& record, const Scenario& scenario,
                    std::vector<std::string>& list) {
  const auto tensor = static_cast<double>(scenario.parallelism.dense);
  if (record.degree("tensor", 1) != tensor) {
    list.push_back(
        differs("tensor " + degree_text(record.degree("tensor", 1)), degree_text(tensor)));
  }
  SurveyRecord rest = record;
  rest.degrees.erase("tensor");
  if (tensor > 1) rest.degrees.erase("data");
  for (const std::string& item : beyond_data_parallel(rest)) {
    list.push_back(differs(item, "synchronous data parallelism"));
  }
}

}  // namespace

std::vector<std::string> differences(const SurveyRecord& record, const Scenario& scenario,
                                     std::int64_t workers) {
  std::vector<std::string> list;
  compare_model(record, scenario, list);
  compare_device(record, scenario, list);
  compare_workers(record, scenario, workers, list);
  compare_batch(record, scenario, workers, list);
  compare_layout(record, scenario, list);
  return list;
}

std::vector<std::string> contradictions(const SurveyRecord& record, const Scenario& scenario,
                                        std::int64_t workers) {
  std::vector<std::string> list;
  compare_model(record, scenario, list);
  compare_device(record, scenario, list);
  compare_workers(record, scenario, workers, list);
  compare_layout(record, scenario, list);
  std::erase_if(list, [](const std::string& item) { return item.starts_with(kUntold); });
  return list;
}

bool matches(const SurveyRecord& record, const Measurement& shipped) {
  const auto found = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  const SurveyText& text = shipped.matches;
  return !text.source.empty() && found(record.source, text.source) &&
         found(record.algorithm, text.algorithm);
}

}  // namespace rehearse
