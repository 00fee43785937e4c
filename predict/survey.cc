#include "predict/survey.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "kernels/zoo.h"

namespace rehearse {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Letters and digits only: "ResNet-50", "resnet50".
std::string bare(std::string_view text) {
  std::string result;
  for (const char c : lower(text)) {
    if (std::isalnum(static_cast<unsigned char>(c))) result += c;
  }
  return result;
}

// Metrics that say how fast a network trains.
bool is_training(std::string_view metric) {
  static constexpr std::array kParts{
      "throughput",         "tokens_per_s", "tflops",        "pflops", "iteration_time",
      "step_time",          "epoch",        "efficiency_vs", "mfu",    "runtime",
      "scaling_efficiency", "speedup_vs",   "gpu_hours"};
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](const char* part) { return contains(metric, part); });
}

void parallelism_obstacles(const SurveyRecord& record, std::vector<std::string>& list) {
  struct Group {
    const char* what;
    std::vector<const char*> keys;
  };
  static const std::array<Group, 6> kGroups{{{"tensor groups", {"tp"}},
                                             {"pipeline stages", {"pp"}},
                                             {"context groups", {"cp"}},
                                             {"expert groups", {"ep"}},
                                             {"sequence groups", {"sp"}},
                                             {"sharded parameters", {"fsdp", "zero", "zero1_dp"}}}};
  for (const Group& group : kGroups) {
    for (const char* key : group.keys) {
      const auto degree = record.degrees.find(key);
      // A stage of ZeRO counts from 1, a group from 2.
      const double least = std::string_view(key) == "zero" ? 1 : 2;
      if (degree == record.degrees.end() || degree->second < least) continue;
      list.push_back(std::string("the parallelism needs ") + group.what);
      break;
    }
  }
}

void strategy_obstacles(const SurveyRecord& record, std::vector<std::string>& list) {
  const std::string algorithm = lower(record.algorithm);
  const bool servers = record.degrees.contains("ps_tasks") ||
                       record.degrees.contains("parameter_servers") ||
                       contains(algorithm, "parameter_server") || contains(algorithm, "(ps,") ||
                       contains(algorithm, " ps,") || contains(algorithm, "sync ps") ||
                       contains(algorithm, "byteps");
  const bool asynchronous = contains(algorithm, "async ps");
  if (asynchronous) {
    list.emplace_back("async parameter server does not work yet");
  } else if (servers) {
    list.emplace_back("parameter server does not work yet");
  }
}

// The word that names the accelerator or processor of `hardware`.
std::string device_word(const std::string& hardware) {
  // The longer before those that they contain.
  static constexpr std::array kDevices{"GH200", "H200", "B200",     "H800",   "H100",
                                       "A100",  "V100", "P100",     "K80",    "TPU v4",
                                       "7250",  "6148", "RTX 5000", "MI250X", "MI250"};
  const std::string shown = lower(hardware);
  for (const char* device : kDevices) {
    if (contains(shown, lower(device))) return device;
  }
  return "";
}

std::vector<std::string> device_profiles() {
  std::vector<std::string> names;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(scenarios_folder()) / "devices", failed)) {
    if (entry.path().extension() == ".json") names.push_back(lower(entry.path().stem().string()));
  }
  return names;
}

void device_obstacle(const SurveyRecord& record, std::vector<std::string>& list) {
  const std::string word = device_word(record.hardware);
  if (word.empty()) {
    list.push_back("no device is known in '" + record.hardware + "'");
    return;
  }
  const std::vector<std::string> profiles = device_profiles();
  const bool known = std::any_of(profiles.begin(), profiles.end(), [&](const std::string& name) {
    return contains(name, lower(word));
  });
  if (!known) list.push_back("no device profile for '" + word + "'");
}

void model_obstacle(const SurveyRecord& record, std::vector<std::string>& list) {
  std::string name = bare(record.model);
  if (name == "inception3") name = "inceptionv3";
  const std::vector<std::string> zoo = zoo_names();
  const bool known = std::any_of(zoo.begin(), zoo.end(),
                                 [&](const std::string& one) { return bare(one) == name; });
  if (!known) list.push_back("no model '" + record.model + "' in the zoo");
}

bool starts_with(const std::string& text, std::initializer_list<const char*> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](const char* beginning) { return text.starts_with(beginning); });
}

}  // namespace

Measurement mapped(const SurveyRecord& record, Measurement shipped) {
  if (record.workers != 0 && record.workers != shipped.workers) {
    throw Error::input("the record is of " + std::to_string(record.workers) +
                       " workers, the shipped one of this id of " +
                       std::to_string(shipped.workers));
  }
  if (record.value == 0) throw Error::input("the value is not one positive number");
  using Quantity = Measurement::Quantity;
  if (shipped.quantity == Quantity::throughput && record.metric == "throughput" &&
      record.unit == shipped.unit) {
    shipped.value = record.value;
  } else if (shipped.quantity == Quantity::efficiency &&
             starts_with(record.metric, {"scaling_efficiency", "weak_scaling_efficiency"}) &&
             starts_with(record.unit, {"fraction"})) {
    shipped.value = record.value / shipped.unit_value;
  } else if (shipped.quantity == Quantity::efficiency &&
             record.metric.starts_with("iteration_time_ratio")) {
    shipped.value = 1 / record.value / shipped.unit_value;
  } else {
    throw Error::input("metric '" + record.metric + "' in '" + record.unit +
                       "' is not what the shipped record of this id holds, " +
                       to_text(shipped.quantity) +
                       (shipped.unit.empty() ? "" : " in '" + shipped.unit + "'"));
  }
  return shipped;
}

std::string obstacles(const SurveyRecord& record) {
  if (!is_training(record.metric)) {
    return "metric '" + record.metric + "' is not a training run";
  }
  std::vector<std::string> list;
  model_obstacle(record, list);
  device_obstacle(record, list);
  strategy_obstacles(record, list);
  parallelism_obstacles(record, list);
  if (list.empty()) {
    list.push_back("no scenario is shipped for this machine and software" +
                   (record.algorithm.empty() ? "" : " ('" + record.algorithm + "')"));
  }
  std::string line;
  for (const std::string& one : list) line += (line.empty() ? "" : "; ") + one;
  return line;
}

}  // namespace rehearse
