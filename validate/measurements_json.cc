#include <algorithm>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/enum_names.h"
#include "base/error.h"
#include "base/file_format.h"
#include "base/quantity_text.h"
#include "predict/local_scenario.h"
#include "validate/measurements.h"
#include "validate/record_file.h"
#include "validate/survey_mapping.h"

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
    case Measurement::Quantity::staleness:
      if (is({"", "updates"})) return 1;
      throw measured.error_at("value", "'" + unit + "' is not a unit of staleness", "",
                              "write for example \"7 updates\"");
    case Measurement::Quantity::memory:
      try {
        return parse_bytes("1 " + unit).value();
      } catch (const Error&) {
        throw measured.error_at("value", "'" + unit + "' is not a unit of memory", "",
                                "write for example \"66.4 GiB\"");
      }
    case Measurement::Quantity::efficiency:
      break;
  }
  if (is({"", "fraction"})) return 1;
  if (unit == "%") return 0.01;
  throw measured.error_at("value", "'" + unit + "' is not a unit of efficiency", "",
                          "write for example 0.9");
}

void read_measured(ObjectReader measured, Measurement& record) {
  constexpr auto kNames = enum_names<Measurement::Quantity>("step_time", "throughput", "efficiency",
                                                            "staleness", "memory");
  record.quantity = kNames.read(measured, "quantity");
  const Amount amount = read_amount(measured);
  record.value = amount.value;
  record.unit = amount.unit;
  record.unit_value = unit_value(record.quantity, record.unit, measured);
  if (record.quantity == Measurement::Quantity::efficiency) {
    record.relative_to = measured.optional_integer("relative_to", 1, record.workers).value_or(0);
  }
  if (record.quantity == Measurement::Quantity::memory) {
    record.allocated = measured.optional_boolean("allocated").value_or(false);
  }
  record.relative_error = measured.optional_number("relative_error", 1e-6, 1);
  measured.finish();
}

void read_scenario_key(ObjectReader& reader, Measurement& record) {
  const json& scenario = reader.raw("scenario");
  if (scenario.is_object()) {
    record.inline_scenario = true;
    record.scenario = scenario.dump(-1, ' ', false, json::error_handler_t::replace);
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

Measurement read_record(ObjectReader reader, bool bare = false) {
  Measurement record;
  record.file = reader.file();
  record.id = reader.string("id");
  record.source = reader.string("source");
  if (const auto where = reader.optional_string("where")) record.source += ", " + *where;
  record.family = reader.optional_string("family").value_or(fs::path(record.file).stem().string());
  if (!bare || reader.has("scenario")) read_scenario_key(reader, record);
  record.workers = reader.integer("at", 1, kMostWorkers);
  read_measured(reader.object("measured"), record);
  if (reader.has("calibrated_from")) record.calibrated_from = reader.strings("calibrated_from");
  if (reader.has("set")) {
    const ObjectReader set = reader.object("set");
    for (const auto& [key, value] : set.value().items()) {
      record.overrides.push_back(key + "=" +
                                 value.dump(-1, ' ', false, json::error_handler_t::replace));
    }
  }
  if (auto matches = reader.optional_object("matches")) {
    record.matches.source = matches->string("source");
    record.matches.algorithm = matches->string("algorithm");
    matches->finish();
  }
  reader.finish();
  if (record.quantity == Measurement::Quantity::efficiency && !record.scenario.empty()) {
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

// The records of a file: it is an array of them, or an object with them at "records".
class RecordArray {
 public:
  explicit RecordArray(const std::string& path) : document_(JsonDocument::parse_file(path)) {
    records_ = &document_.value();
    if (records_->is_object()) {
      ObjectReader root = document_.root();
      expect_format(root, FileKind::measurements);
      if (!root.has("records")) throw no_array();
      records_ = &root.raw("records");
      root.finish();
      within_ = "/records";
    }
    if (!records_->is_array()) throw no_array();
  }

  [[nodiscard]] std::size_t size() const { return records_->size(); }
  const json& operator[](std::size_t i) const { return (*records_)[i]; }
  [[nodiscard]] ObjectReader reader(std::size_t i) const {
    return {(*records_)[i], document_.name(), within_ + "/" + std::to_string(i)};
  }

 private:
  [[nodiscard]] Error no_array() const {
    return Error::input("not an array of measurements", "", "write [ {record}, … ]")
        .at(document_.name(), within_ + "/");
  }

  JsonDocument document_;
  const json* records_;
  std::string within_;
};

std::vector<Measurement> read_shipped() {
  std::vector<std::string> paths;
  std::error_code failed;
  for (const auto& entry :
       fs::directory_iterator(fs::path(scenarios_folder()) / "published", failed)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Measurement> shipped;
  for (const std::string& path : paths) {
    const RecordArray records(path);
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (!records[i].is_object() || is_survey(records[i])) continue;
      shipped.push_back(read_record(records.reader(i)));
    }
  }
  return shipped;
}

// A record of ours, or which of the survey's.
struct FileEntry {
  Measurement record;
  std::optional<std::size_t> survey;
};

// The families that were asked for, and those that were met.
class Families {
 public:
  explicit Families(const std::vector<std::string>& asked) : asked_(asked) {}

  bool take(const std::string& family) {
    met_.insert(family);
    return asked_.empty() || std::find(asked_.begin(), asked_.end(), family) != asked_.end();
  }
  // Throws Error::input if one that was asked for was not met.
  void finish() const {
    for (const std::string& family : asked_) {
      if (met_.contains(family)) continue;
      const std::vector<std::string> all(met_.begin(), met_.end());
      const auto near = nearest(family, all);
      throw Error::input("no record is of family '" + family + "'", "",
                         near ? "did you mean '" + *near + "'?" : "families are " + list_of(all));
    }
  }

 private:
  const std::vector<std::string>& asked_;
  std::set<std::string> met_;
};

void read_file(const std::string& path, Families& families, std::vector<FileEntry>& entries,
               std::vector<SurveyItem>& survey) {
  for (RecordInFile& one : read_record_file(path, false)) {
    if (!families.take(one.survey ? one.survey->family : one.record.family)) continue;
    FileEntry entry;
    if (one.survey) {
      entry.survey = survey.size();
      survey.push_back({std::move(*one.survey), path});
    } else {
      entry.record = std::move(one.record);
    }
    entries.push_back(std::move(entry));
  }
}

}  // namespace

std::vector<RecordInFile> read_record_file(const std::string& path, bool bare) {
  const RecordArray records(path);
  std::vector<RecordInFile> list;
  std::set<std::string> ids;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const ObjectReader reader = records.reader(i);
    RecordInFile one;
    if (is_survey(records[i])) {
      one.survey = read_survey_record(reader);
    } else {
      one.record = read_record(reader, bare);
    }
    if (!ids.insert(one.id()).second) {
      throw reader.error_at("id", "'" + one.id() + "' stands twice", "",
                            "give each record its own");
    }
    list.push_back(std::move(one));
  }
  return list;
}

Measurements read_measurements(const std::vector<std::string>& files,
                               const std::vector<std::string>& families) {
  // In the order of the files; of a survey's record first its entry, the rest later.
  std::vector<FileEntry> entries;
  std::vector<SurveyItem> survey;
  Families wanted(families);
  for (const std::string& path : files) read_file(path, wanted, entries, survey);
  wanted.finish();
  std::vector<SurveyOutcome> outcomes;
  if (!survey.empty()) outcomes = map_survey(survey, read_shipped());

  Measurements all;
  std::set<std::pair<std::string, std::string>> known;  // file and id
  for (FileEntry& entry : entries) {
    if (entry.survey) {
      const SurveyItem& item = survey[*entry.survey];
      SurveyOutcome& outcome = outcomes[*entry.survey];
      const std::string home =
          outcome.of_shipped && outcome.measurement ? outcome.measurement->file : item.file;
      if (!known.emplace(fs::weakly_canonical(home).string(), item.record.id).second) continue;
      if (outcome.measurement) {
        all.records.push_back(std::move(*outcome.measurement));
        std::ranges::move(outcome.more, std::back_inserter(all.records));
      } else {
        all.unmapped.push_back({item.record.id, outcome.why});
      }
    } else if (known.emplace(fs::weakly_canonical(entry.record.file).string(), entry.record.id)
                   .second) {
      all.records.push_back(std::move(entry.record));
    }
  }
  return all;
}

}  // namespace rehearse
