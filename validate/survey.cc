#include "validate/survey.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "base/quantity_text.h"
#include "kernels/models/precision.h"
#include "kernels/models/zoo.h"
#include "validate/flops_convention.h"
#include "validate/survey_layout.h"

namespace rehearse {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

bool is_one_of(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* word) { return text == word; });
}

// The workers of the reference of a ratio: 8 of "scaling_efficiency_vs_8gpu", 0 if not told.
std::int64_t reference_of(const std::string& metric) {
  const std::size_t at = metric.find("_vs_");
  if (at == std::string::npos) return 0;
  std::int64_t count = 0;
  for (std::size_t i = at + 4; i < metric.size(); ++i) {
    if (!std::isdigit(static_cast<unsigned char>(metric[i])) || count > kMostWorkers) break;
    count = 10 * count + (metric[i] - '0');
  }
  return count <= kMostWorkers ? count : 0;
}

std::optional<SurveyQuantity> rate(const SurveyRecord& record) {
  const bool named = is_one_of(record.unit, {"images/s", "samples/s", "sequences/s"});
  const bool uniform = record.quantity == "samples_per_s" && record.uniform_value > 0;
  const bool by_words = record.quantity.empty() && named &&
                        is_one_of(record.metric, {"throughput", "throughput_median"}) &&
                        record.value > 0;
  if (!uniform && !by_words) return std::nullopt;
  SurveyQuantity result;
  result.value = uniform ? record.uniform_value : record.value;
  result.unit = named ? record.unit : "samples/s";
  return result;
}

std::optional<SurveyQuantity> step(const SurveyRecord& record) {
  SurveyQuantity result;
  result.quantity = Measurement::Quantity::step_time;
  result.unit = "s";
  if (record.quantity == "step_time" && record.uniform_value > 0) {
    result.value = record.uniform_value;
    return result;
  }
  const bool by_words = record.quantity.empty() &&
                        is_one_of(record.metric, {"step_time", "iteration_time"}) &&
                        is_one_of(record.unit, {"s", "ms"}) && record.value > 0;
  if (!by_words) return std::nullopt;
  result.value = record.value;
  result.unit = record.unit;
  result.unit_value = record.unit == "ms" ? 1e-3 : 1;
  return result;
}

// A step that takes 1.12 times as long for the same work per worker: an efficiency of 1 / 1.12.
std::optional<SurveyQuantity> efficiency(const SurveyRecord& record) {
  SurveyQuantity result;
  result.quantity = Measurement::Quantity::efficiency;
  result.relative_to = reference_of(record.metric);
  if (record.value > 0 && record.metric.starts_with("iteration_time_ratio")) {
    result.value = 1 / record.value;
    return result;
  }
  if (record.quantity == "efficiency" && record.uniform_value > 0) {
    result.value = record.uniform_value;
    return result;
  }
  const bool by_words = record.quantity.empty() && record.unit.starts_with("fraction") &&
                        (record.metric.starts_with("scaling_efficiency") ||
                         record.metric.starts_with("weak_scaling_efficiency"));
  if (!by_words || !(record.value > 0)) return std::nullopt;
  result.value = record.value;
  return result;
}

void model_obstacles(const SurveyRecord& record, std::vector<std::string>& list) {
  const std::vector<std::string> zoo = zoo_names();
  if (!record.shape && std::find(zoo.begin(), zoo.end(), record.zoo) == zoo.end()) {
    const std::string& name = record.zoo.empty() ? record.model : record.zoo;
    list.push_back(name.empty() ? "the model is not told" : "no model '" + name + "' in the zoo");
  }
  if (!record.adapter.empty()) {
    list.push_back("fine-tuning with an adapter ('" + record.adapter + "') is not predicted");
  }
}

void device_obstacles(const SurveyRecord& record, std::vector<std::string>& list) {
  if (record.devices.size() > 1) {
    list.push_back("the device may be " + list_of(record.devices));
  } else if (record.devices.empty()) {
    const std::string& word = record.device_word;
    list.push_back(!word.empty()             ? "no device profile for '" + word + "'"
                   : record.hardware.empty() ? "the device is not told"
                                             : "no known device in '" + record.hardware + "'");
  }
  if (record.precision.empty()) {
    list.emplace_back("the precision is not told");
  } else if (!kPrecisionNames.value(record.precision)) {
    list.push_back("precision '" + record.precision + "' is not known");
  }
}

void size_obstacles(const SurveyRecord& record, std::vector<std::string>& list) {
  if (record.workers == 0) list.emplace_back("the number of devices is not told");
  if (record.nodes == 0) list.emplace_back("the number of nodes is not told");
  if (record.workers > 0 && record.nodes > 0 && record.workers % record.nodes != 0) {
    list.push_back(std::to_string(record.workers) + " devices do not fill " +
                   std::to_string(record.nodes) + " nodes evenly");
  }
  if (record.batch == 0) list.emplace_back("the batch is not told");
}

}  // namespace

double SurveyRecord::degree(const std::string& name, double absent) const {
  const auto found = degrees.find(name);
  return found == degrees.end() ? absent : found->second;
}

std::optional<SurveyQuantity> quantity_of(const SurveyRecord& record) {
  if (auto result = rate(record)) return result;
  if (auto result = step(record)) return result;
  if (auto result = efficiency(record)) return result;
  return laid_out(record) ? language_quantity(record) : std::nullopt;
}

std::string quantity_obstacle(const SurveyRecord& record) {
  const bool number = record.uniform_value > 0 || record.value > 0;
  if (record.quantity == "other" || (record.quantity.empty() && number)) {
    return "metric '" + record.metric + "' is not compared";
  }
  if (!number) return "the value is not one positive number";
  const bool of_flops = record.quantity == "flops_per_device" || record.quantity == "mfu";
  if (of_flops && laid_out(record) && !kFlopsConventionNames.value(record.flops_convention)) {
    return record.flops_convention.empty()
               ? "what its FLOP count is not told"
               : "the convention '" + record.flops_convention + "' of FLOP is not known";
  }
  return "quantity '" + record.quantity + "' is not compared";
}

double reading_error(const SurveyRecord& record) {
  return record.read_method == "digitised-chart" ? 0.02 : 0.01;
}

std::vector<std::string> beyond_data_parallel(const SurveyRecord& record) {
  std::vector<std::string> list;
  if (!record.strategy.empty() && record.strategy != "sync") {
    list.push_back("strategy '" + record.strategy + "'");
  }
  const auto above = [&](const char* name, double neutral) {
    const double degree = record.degree(name, neutral);
    if (degree > neutral) list.push_back(std::string(name) + " " + degree_text(degree));
  };
  for (const char* name : {"tensor", "pipeline", "context", "expert", "expert_tensor", "groups",
                           "sequence", "virtual_stages", "microbatches"}) {
    above(name, 1);
  }
  for (const char* name : {"zero", "servers"}) above(name, 0);
  for (const char* name : {"fsdp", "offload"}) {
    if (record.degree(name, 0) > 0) list.emplace_back(name);
  }
  const double replicas = record.degree("data", static_cast<double>(record.workers));
  if (list.empty() && record.workers > 0 && replicas != static_cast<double>(record.workers)) {
    list.push_back(degree_text(replicas) + " replicas on " + std::to_string(record.workers) +
                   " devices");
  }
  return list;
}

bool has_servers(const SurveyRecord& record) {
  return record.strategy == "sync_ps" && record.degree("servers", 0) >= 1;
}

std::string data_of(const SurveyRecord& record) {
  for (const char* word : {"synthetic", "real"}) {
    if (holds_word(record.notes, std::string(word) + " data")) return word;
  }
  return "";
}

std::vector<std::string> obstacles(const SurveyRecord& record) {
  std::vector<std::string> list;
  if (!quantity_of(record)) list.push_back(quantity_obstacle(record));
  model_obstacles(record, list);
  device_obstacles(record, list);
  size_obstacles(record, list);
  if (laid_out(record)) {
    const std::vector<std::string> more = layout_obstacles(record);
    list.insert(list.end(), more.begin(), more.end());
    return list;
  }
  SurveyRecord rest = record;
  if (has_servers(record)) {
    rest.strategy.clear();
    rest.degrees.erase("servers");
    if (record.nodes > 0 && record.workers > record.nodes) {
      list.emplace_back(
          "the devices of a node add their gradients before they send them to servers, which no "
          "strategy does");
    }
  }
  const std::vector<std::string> more = beyond_data_parallel(rest);
  if (!more.empty()) {
    std::string items;
    for (const std::string& item : more) items += (items.empty() ? "" : ", ") + item;
    list.push_back("more than synchronous data parallelism: " + items);
  } else if (record.batch > 0 && record.batch < record.workers) {
    list.push_back("a batch of " + std::to_string(record.batch) + " leaves some of " +
                   std::to_string(record.workers) + " workers without a sample");
  }
  return list;
}

std::string in_one_line(const std::vector<std::string>& items) {
  std::string line;
  for (const std::string& item : items) line += (line.empty() ? "" : "; ") + item;
  return line;
}

std::string degree_text(double degree) {
  const bool whole = degree == std::floor(degree) && std::abs(degree) < 1e15;
  return whole ? std::to_string(static_cast<std::int64_t>(degree)) : significant(degree, 4);
}

bool holds_text(std::string_view text, std::string_view part) {
  return lower(text).find(lower(part)) != std::string::npos;
}

bool holds_word(std::string_view text, std::string_view word) {
  const std::string whole = lower(text);
  const std::string part = lower(word);
  const auto inner = [&](std::size_t i) {
    return i < whole.size() && std::isalnum(static_cast<unsigned char>(whole[i]));
  };
  for (std::size_t at = whole.find(part); at != std::string::npos; at = whole.find(part, at + 1)) {
    if ((at == 0 || !inner(at - 1)) && !inner(at + part.size())) return true;
  }
  return false;
}

}  // namespace rehearse
