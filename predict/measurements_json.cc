#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/quantity_text.h"
#include "predict/local_scenario.h"
#include "predict/measurements.h"
#include "predict/survey.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A number and what follows it: "479 ms" -> 479, "ms".
struct Amount {
  double value = 0;
  std::string unit;
};

Amount read_amount(ObjectReader& measured) {
  const json& value = measured.raw("value");
  const auto unit = measured.optional_string("unit");
  Amount amount{0, unit.value_or("")};
  if (value.is_number()) {
    amount.value = value.get<double>();
  } else if (value.is_string() && !unit) {
    const auto& text = value.get_ref<const std::string&>();
    std::size_t used = 0;
    try {
      amount.value = std::stod(text, &used);
    } catch (const std::exception&) {
      throw measured.error_at("value", "'" + text + "' does not start with a number", "",
                              "write for example \"133.6 images/s\"");
    }
    used = text.find_first_not_of(' ', used);
    if (used != std::string::npos) amount.unit = text.substr(used);
  } else {
    throw measured.error_at("value", "neither a number nor a number with its unit", "",
                            "write for example \"133.6 images/s\"");
  }
  if (!(amount.value > 0) || amount.value > 1e15) {
    throw measured.error_at("value", "a measurement must be positive", "", "check the value");
  }
  return amount;
}

// What one `unit` is in s, samples/s or 1.
double unit_value(Measurement::Quantity quantity, const std::string& unit,
                  const ObjectReader& measured) {
  const auto is = [&](std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return unit == name; });
  };
  switch (quantity) {
    case Measurement::Quantity::step_time:
      try {
        return parse_duration("1 " + unit).value();
      } catch (const Error&) {
        throw measured.error_at("value", "'" + unit + "' is not a unit of time", "",
                                "write for example \"479 ms\"");
      }
    case Measurement::Quantity::throughput:
      if (is({"images/s", "samples/s", "sequences/s"})) return 1;
      throw measured.error_at("value", "'" + unit + "' is not a unit of throughput", "",
                              "write for example \"133.6 images/s\"");
    case Measurement::Quantity::efficiency:
      break;
  }
  if (is({"", "fraction"})) return 1;
  if (unit == "%") return 0.01;
  throw measured.error_at("value", "'" + unit + "' is not a unit of efficiency", "",
                          "write for example 0.9");
}

void read_measured(ObjectReader measured, Measurement& record) {
  record.quantity = static_cast<Measurement::Quantity>(
      measured.choice("quantity", {"step_time", "throughput", "efficiency"}));
  const Amount amount = read_amount(measured);
  record.value = amount.value;
  record.unit = amount.unit;
  record.unit_value = unit_value(record.quantity, record.unit, measured);
  if (record.quantity == Measurement::Quantity::efficiency) {
    record.relative_to = measured.optional_integer("relative_to", 1, record.workers).value_or(0);
  }
  measured.finish();
}

void read_scenario_key(ObjectReader& reader, Measurement& record) {
  const json& scenario = reader.raw("scenario");
  if (scenario.is_object()) {
    record.inline_scenario = true;
    record.scenario = scenario.dump();
    return;
  }
  const fs::path path = fs::path(record.file).parent_path() / reader.string("scenario");
  std::error_code failed;
  if (!fs::is_regular_file(path, failed)) {
    throw reader.error_at("scenario", "there is no file '" + path.generic_string() + "'",
                          "the path is taken from the folder of the measurements",
                          "check the path");
  }
  record.scenario = path.lexically_normal().string();
}

Measurement read_record(ObjectReader reader) {
  Measurement record;
  record.file = reader.file();
  record.id = reader.string("id");
  record.source = reader.string("source");
  if (const auto where = reader.optional_string("where")) record.source += ", " + *where;
  read_scenario_key(reader, record);
  record.workers = reader.integer("at", 1, kMostWorkers);
  read_measured(reader.object("measured"), record);
  if (reader.has("calibrated_from")) record.calibrated_from = reader.strings("calibrated_from");
  if (reader.has("set")) {
    const ObjectReader set = reader.object("set");
    for (const auto& [key, value] : set.value().items()) {
      record.overrides.push_back(key + "=" + value.dump());
    }
  }
  reader.finish();
  if (record.quantity == Measurement::Quantity::efficiency) {
    if (record.relative_to == 0)
      record.relative_to = smallest_point(own_document(record)).value_or(1);
    if (record.relative_to >= record.workers) {
      throw reader.error_at(
          "measured/relative_to",
          record.relative_to == record.workers ? "an efficiency against itself is 1"
                                               : "the reference has more workers",
          "left out, it is the smallest point of the sweep", "name the workers of the reference");
    }
  }
  return record;
}

bool is_survey(const json& value) {
  const auto measured = value.find("measured");
  return !value.contains("scenario") && measured != value.end() && measured->is_object() &&
         measured->contains("metric");
}

JsonDocument parse_array(const std::string& path) {
  JsonDocument document = JsonDocument::parse_file(path);
  if (!document.value().is_array()) {
    throw Error::input("not an array of measurements", "", "write [ {record}, … ]").at(path, "/");
  }
  return document;
}

using Shipped = std::map<std::string, Measurement, std::less<>>;

Shipped read_shipped() {
  std::vector<std::string> paths;
  std::error_code failed;
  for (const auto& entry :
       fs::directory_iterator(fs::path(scenarios_folder()) / "published", failed)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  Shipped shipped;
  for (const std::string& path : paths) {
    const JsonDocument document = parse_array(path);
    const json& records = document.value();
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (!records[i].is_object() || is_survey(records[i])) continue;
      Measurement record = read_record({records[i], path, "/" + std::to_string(i)});
      shipped.emplace(record.id, std::move(record));
    }
  }
  return shipped;
}

// The id of a record without its number of workers: what the records of one chart have in common.
// "daint-hvd-vgg16-64" of 64 workers is of the series "daint-hvd-vgg16-#". Empty if the id has no
// part that is the number.
std::string series_of(const std::string& id, std::int64_t workers) {
  const std::string number = std::to_string(workers);
  for (std::size_t at = id.rfind(number); at != std::string::npos && at > 0;
       at = id.rfind(number, at - 1)) {
    const std::size_t end = at + number.size();
    if (id[at - 1] == '-' && (end == id.size() || id[end] == '-')) {
      return id.substr(0, at) + "#" + id.substr(end);
    }
  }
  return "";
}

// A shipped record of the same series, moved to the survey record's number of workers.
std::optional<Measurement> of_the_series(const SurveyRecord& record, const Shipped& shipped) {
  const std::string series = series_of(record.id, record.workers);
  if (series.empty()) return std::nullopt;
  for (const auto& [id, other] : shipped) {
    if (series_of(id, other.workers) != series) continue;
    Measurement moved = other;
    moved.id = record.id;
    moved.workers = record.workers;
    return moved;
  }
  return std::nullopt;
}

void add_survey(const SurveyRecord& record, const Shipped& shipped, Measurements& all) {
  const auto found = shipped.find(record.id);
  const std::optional<Measurement> known =
      found != shipped.end() ? std::optional(found->second) : of_the_series(record, shipped);
  if (!known) {
    all.unmapped.push_back({record.id, obstacles(record)});
    return;
  }
  try {
    all.records.push_back(mapped(record, *known));
  } catch (const Error& error) {
    all.unmapped.push_back({record.id, error.what()});
  }
}

}  // namespace

Measurements read_measurements(const std::vector<std::string>& files) {
  Measurements all;
  std::optional<Shipped> shipped;                       // read when first needed
  std::set<std::pair<std::string, std::string>> known;  // file and id
  for (const std::string& path : files) {
    const JsonDocument document = parse_array(path);
    const json& records = document.value();
    std::set<std::string> ids;
    for (std::size_t i = 0; i < records.size(); ++i) {
      const ObjectReader reader(records[i], path, "/" + std::to_string(i));
      Measurements one;
      std::string id;
      if (is_survey(records[i])) {
        if (!shipped) shipped = read_shipped();
        const SurveyRecord record = read_survey_record(reader);
        id = record.id;
        add_survey(record, *shipped, one);
      } else {
        one.records.push_back(read_record(reader));
        id = one.records.front().id;
      }
      if (!ids.insert(id).second) {
        throw reader.error_at("id", "'" + id + "' stands twice", "", "give each record its own");
      }
      const std::string home = one.records.empty() ? path : one.records.front().file;
      if (!known.emplace(fs::weakly_canonical(home).string(), id).second) continue;
      std::move(one.records.begin(), one.records.end(), std::back_inserter(all.records));
      std::move(one.unmapped.begin(), one.unmapped.end(), std::back_inserter(all.unmapped));
    }
  }
  return all;
}

}  // namespace rehearse
