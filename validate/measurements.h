// Files of measurements: what was measured where, and the scenario that predicts it.
//
//   Measurements all = read_measurements({"scenarios/published/piz_daint_slides.json"});
//   Scenario s = scenario_of(all.records[0], {1, 2, 4}, profiles);
//
// A file is an array of records of two forms. Ours names a scenario; the survey's describes the run
// (validate/survey.h), and is predicted by what it describes (validate/survey_mapping.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/profile_library.h"
#include "scenarios/scenario.h"
#include "validate/validate.h"

namespace rehearse {

// Parts of the texts of a survey's record that are of one machine and software.
struct SurveyText {
  std::string source;  // empty: no record of a survey is recognised
  std::string algorithm;
};

struct Measurement {
  enum class Quantity { step_time, throughput, efficiency, staleness, memory };
  enum class Statistic { mean, p50, p90, p99 };  // of a staleness

  std::string id;
  std::string source;
  std::string family;    // of records that are summed up together
  std::string file;      // that holds the record
  std::string scenario;  // a file, or the text of a scenario
  bool inline_scenario = false;
  bool of_survey = false;              // the scenario was made of what a survey's record says
  std::vector<std::string> overrides;  // KEY=VALUE, of the record's "set"
  std::int64_t workers = 0;
  Quantity quantity = Quantity::throughput;
  Statistic statistic = Statistic::mean;
  bool allocated = false;  // memory without what the framework takes beside
  double value = 0;        // in `unit`
  std::string unit;
  double unit_value = 1;                 // of one `unit` in s, samples/s, updates, B or 1
  std::optional<double> relative_error;  // of the value, a standard error; absent: not told
  std::int64_t relative_to = 0;  // workers of the reference of an efficiency; in a file where it is
                                 // left out, the smallest point of the scenario's sweep
  std::vector<std::string> calibrated_from;
  SurveyText matches;                // by which records of a survey are known to be of its kind
  std::vector<std::string> assumed;  // fields of a survey's record that rest on an assumption
};

std::string to_text(Measurement::Quantity quantity);

struct Measurements {
  std::vector<Measurement> records;
  std::vector<UnmappedRecord> unmapped;
};

// The records of all files in order; one that was met before (the same id of the same file) is left
// out. Of `families` only, if any are given; one that no record has is an error, as all bad input
// is. Throws Error::input.
Measurements read_measurements(const std::vector<std::string>& files,
                               const std::vector<std::string>& families = {});

// The file of the record's scenario with the record's own changes.
JsonDocument own_document(const Measurement& record);

// The file of the scenario that predicts the record, with a sweep over `workers` and `overrides` on
// top of the record's own.
JsonDocument document_of(const Measurement& record, const std::vector<std::int64_t>& workers,
                         const std::vector<std::string>& overrides = {});
Scenario scenario_of(const Measurement& record, const std::vector<std::int64_t>& workers,
                     ProfileLibrary& profiles, const std::vector<std::string>& overrides = {});

// The ids in anybody's calibrated_from.
std::vector<std::string> calibrating_ids(const std::vector<Measurement>& records);

}  // namespace rehearse
