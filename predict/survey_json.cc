#include <nlohmann/json.hpp>

#include "predict/survey.h"

namespace rehearse {
namespace {

using nlohmann::json;

// Surveys leave unknown fields null.
std::string text_of(ObjectReader& reader, const char* key) {
  if (!reader.has(key) || reader.raw(key).is_null()) return "";
  return reader.string(key);
}

// Degrees are written as numbers, as digits in quotes, as flags, or as "n/a".
double degree_of(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (!value.is_string()) return 0;
  try {
    return std::stod(value.get_ref<const std::string&>());
  } catch (const std::exception&) {
    return 0;
  }
}

std::int64_t count_of(ObjectReader& reader, const char* key) {
  if (!reader.has(key) || reader.raw(key).is_null()) return 0;
  return reader.integer(key, 0, kMostWorkers);
}

}  // namespace

SurveyRecord read_survey_record(ObjectReader reader) {
  SurveyRecord record;
  record.id = reader.string("id");
  record.model = text_of(reader, "model");
  record.hardware = text_of(reader, "hardware");
  record.algorithm = text_of(reader, "algorithm");
  record.workers = count_of(reader, "nodes") * count_of(reader, "gpus_per_node");
  if (reader.has("parallelism") && reader.raw("parallelism").is_object()) {
    for (const auto& [name, value] : reader.raw("parallelism").items()) {
      record.degrees[name] = degree_of(value);
    }
  }
  ObjectReader measured = reader.object("measured");
  record.metric = measured.string("metric");
  record.unit = text_of(measured, "unit");
  const json& value = measured.raw("value");
  if (value.is_number() && value.get<double>() > 0) record.value = value.get<double>();
  return record;
}

}  // namespace rehearse
