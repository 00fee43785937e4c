#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kernels/models/precision.h"
#include "kernels/models/zoo.h"
#include "validate/survey.h"

namespace rehearse {
namespace {

using nlohmann::json;

// Surveys leave unknown fields null, or out.
std::string text_of(ObjectReader& reader, const char* key) {
  if (!reader.has(key) || !reader.raw(key).is_string()) return "";
  return reader.string(key);
}

// Degrees are written as numbers, as digits in quotes, as flags, or as "n/a".
double degree_of(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_object()) return value.empty() ? 0 : 1;
  if (!value.is_string()) return 0;
  try {
    return std::stod(value.get_ref<const std::string&>());
  } catch (const std::exception&) {
    return 0;
  }
}

std::int64_t count_of(ObjectReader& reader, const char* key, std::int64_t most) {
  if (!reader.has(key)) return 0;
  const json& value = reader.raw(key);
  if (!value.is_number()) return 0;
  const double number = value.get<double>();
  if (!(number >= 1) || number > static_cast<double>(most) || number != std::floor(number)) {
    return 0;
  }
  return static_cast<std::int64_t>(number);
}

double positive(const json& value) {
  if (!value.is_number()) return 0;
  const double number = value.get<double>();
  return number > 0 && number < 1e30 ? number : 0;
}

// Letters and digits only: "ResNet-50", "resnet50".
std::string bare(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter)) result += static_cast<char>(std::tolower(letter));
  }
  return result;
}

std::string zoo_name_of(const std::string& model) {
  std::string name = bare(model);
  if (name == "inception3") name = "inceptionv3";
  if (name == "resnet50v15") name = "resnet50";
  for (const std::string& one : zoo_names()) {
    if (bare(one) == name) return one;
  }
  return "";
}

std::vector<std::string> device_profiles() {
  std::vector<std::string> names;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(scenarios_folder()) / "devices", failed)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool is_processor(const std::string& profile) {
  return profile.starts_with("xeon") || profile.starts_with("epyc");
}

// "p100-sxm2-16gb" -> "p100"; "xeon-phi-7250", "epyc-7742-2s" -> "7250", "7742": the part that
// texts name.
std::string short_name(const std::string& profile) {
  if (profile.starts_with("titan-rtx")) return "titan rtx";
  const std::size_t start = is_processor(profile) ? profile.find_first_of("0123456789") : 0;
  return profile.substr(start, profile.find('-', start) - start);
}

// The profiles that the words of `hardware` may mean. Where they name an accelerator, a processor
// is its host.
std::vector<std::string> devices_in(const std::string& hardware) {
  std::vector<std::string> found;
  for (const std::string& profile : device_profiles()) {
    if (holds_word(hardware, short_name(profile))) found.push_back(profile);
  }
  if (!std::all_of(found.begin(), found.end(), is_processor)) {
    found.erase(std::remove_if(found.begin(), found.end(), is_processor), found.end());
  }
  for (const auto& [word, part] :
       {std::pair{"pcie", "-pcie"}, std::pair{"sxm", "-sxm"}, std::pair{"nvlink", "-sxm"}}) {
    if (!holds_text(hardware, word)) continue;
    std::vector<std::string> narrowed;
    std::copy_if(found.begin(), found.end(), std::back_inserter(narrowed),
                 [&](const std::string& name) { return holds_text(name, part); });
    if (!narrowed.empty()) return narrowed;
  }
  return found;
}

std::string precision_in(const std::string& text) {
  for (const std::string& name : kPrecisionNames.words()) {
    if (holds_word(text, name)) return name;
  }
  return "";
}

void read_degrees(ObjectReader& reader, SurveyRecord& record) {
  static const std::map<std::string, std::string> kWords{{"tp", "tensor"},
                                                         {"pp", "pipeline"},
                                                         {"cp", "context"},
                                                         {"ep", "expert"},
                                                         {"sp", "sequence"},
                                                         {"dp", "data"},
                                                         {"zero1_dp", "zero"},
                                                         {"ps_tasks", "servers"},
                                                         {"parameter_servers", "servers"},
                                                         {"grad_accumulation", "microbatches"}};
  for (const char* key : {"parallelism", "layout"}) {  // the latter in uniform words: it counts
    if (!reader.has(key) || !reader.raw(key).is_object()) continue;
    for (const auto& [name, value] : reader.raw(key).items()) {
      const auto word = kWords.find(name);
      record.degrees[word == kWords.end() ? name : word->second] = degree_of(value);
      if (name == "strategy" && value.is_string()) record.strategy = value.get<std::string>();
    }
  }
}

// Of the layout what is no number.
void read_layout(ObjectReader& reader, SurveyLayout& layout) {
  if (!reader.has("layout") || !reader.raw("layout").is_object()) return;
  ObjectReader words = reader.object("layout");
  layout.schedule = text_of(words, "schedule");
  layout.recompute = text_of(words, "recompute");
  if (words.has("recompute_modules") && words.raw("recompute_modules").is_array()) {
    for (const json& module : words.raw("recompute_modules")) {
      if (module.is_string()) layout.recompute_modules.push_back(module.get<std::string>());
    }
  }
  if (!words.has("offload") || !words.raw("offload").is_object()) return;
  for (const auto& [what, share] : words.raw("offload").items()) {
    layout.offload[what] = degree_of(share);
  }
}

// Of a survey without uniform words.
std::string strategy_in(const std::string& algorithm) {
  for (const char* words :
       {"parameter server", "parameter_server", "(PS,", " PS,", "sync PS", "byteps"}) {
    if (holds_text(algorithm, words)) return "parameter server";
  }
  return "";
}

void read_measured(ObjectReader measured, SurveyRecord& record) {
  record.metric = measured.string("metric");
  record.unit = text_of(measured, "unit");
  record.value = positive(measured.raw("value"));
}

void read_device(ObjectReader& reader, SurveyRecord& record) {
  record.device_word = text_of(reader, "device");
  if (record.device_word.empty()) {
    record.devices = devices_in(record.hardware);
    return;
  }
  const std::vector<std::string> known = device_profiles();
  if (std::find(known.begin(), known.end(), record.device_word) != known.end()) {
    record.devices = {record.device_word};
  }
}

std::vector<std::string> assumptions(const json& record) {
  std::vector<std::string> fields;
  for (const auto& [key, value] : record.items()) {
    if (key.ends_with("_because")) continue;  // tells more of the field before it
    if (key.ends_with("_assumed") || key.find("_uncertain") != std::string::npos) {
      fields.push_back(key);
    }
  }
  return fields;
}

}  // namespace

SurveyRecord read_survey_record(ObjectReader reader) {
  constexpr std::int64_t kMostSamples = 1'000'000'000'000;
  constexpr std::int64_t kMostTokens = 1'000'000;  // as in data.sequence
  SurveyRecord record;
  record.id = reader.string("id");
  record.source = text_of(reader, "source");
  record.family = text_of(reader, "family");
  if (record.family.empty())
    record.family = record.source.substr(0, record.source.find_first_of(",:"));
  record.model = text_of(reader, "model");
  record.hardware = text_of(reader, "hardware");
  record.network = text_of(reader, "network");
  record.algorithm = text_of(reader, "algorithm");
  record.framework = text_of(reader, "framework");
  record.adapter = text_of(reader, "adapter");
  record.notes = text_of(reader, "notes");
  record.read_method = text_of(reader, "read_method");
  record.unmappable_because = text_of(reader, "unmappable_because");
  if (reader.has("mappable") && reader.raw("mappable").is_boolean()) {
    record.mappable = reader.boolean("mappable");
  }
  record.zoo = text_of(reader, "zoo");
  // A survey that names its networks in our words leaves out the name where the zoo has none.
  if (record.zoo.empty() && !record.mappable) record.zoo = zoo_name_of(record.model);
  read_device(reader, record);
  record.precision = text_of(reader, "precision_word");
  if (record.precision.empty()) record.precision = precision_in(text_of(reader, "precision"));
  record.nodes = count_of(reader, "nodes", kMostWorkers);
  record.workers = count_of(reader, "devices", kMostWorkers);
  if (record.workers == 0) {
    record.workers = record.nodes * count_of(reader, "gpus_per_node", kMostWorkers);
  }
  record.batch = count_of(reader, "batch", kMostSamples);
  if (record.batch == 0) record.batch = count_of(reader, "global_batch", kMostSamples);
  read_degrees(reader, record);
  read_layout(reader, record.layout);
  record.shape = read_survey_shape(reader);
  record.sequence = count_of(reader, "sequence", kMostTokens);
  if (record.sequence == 0) record.sequence = count_of(reader, "seq_len", kMostTokens);
  if (record.sequence == 0 && record.shape) record.sequence = record.shape->sequence;
  if (record.strategy.empty() && !record.mappable) record.strategy = strategy_in(record.algorithm);
  record.quantity = text_of(reader, "quantity");
  record.flops_convention = text_of(reader, "flops_convention");
  if (reader.has("value_si")) record.uniform_value = positive(reader.raw("value_si"));
  read_measured(reader.object("measured"), record);
  record.assumed = assumptions(reader.value());
  return record;
}

}  // namespace rehearse
