// Predicted against measured, for files of published measurements and for records of runs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "predict/predict.h"
#include "scenarios/profile.h"

namespace rehearse {

// One phase of a step, s.
struct ValidatedPhase {
  std::string phase;
  double measured = 0;
  double predicted = 0;
};

// How fast the machine was during a run, by work that is no part of it
// (kernels/devices/fixed_work.h).
struct MachineSpeed {
  double slowdown = 1;   // time of the fixed work in the run / in the calibration
  double predicted = 0;  // as ValidatedRecord::predicted, if all work of the devices takes so many
                         // times as long as calibrated
};

struct ValidatedRecord {
  std::string id;
  // step_time, throughput, efficiency, memory; of updates staleness, staleness_p50, …_p90, …_p99
  std::string quantity;
  double measured = 0;  // in `unit`
  double predicted = 0;
  double predicted_low = 0, predicted_high = 0;  // 80 % interval
  std::string unit;
  bool calibration = false;  // fixed a parameter of its own prediction: left out of the sums
  std::string source;
  std::vector<ValidatedPhase> phases{};   // of a run; empty for published measurements
  std::optional<MachineSpeed> machine{};  // of a run, where record and profile know it
  std::string family{};                   // of records that are summed up together
  std::vector<std::string> assumed{};     // fields of a survey's record that rest on an assumption

  // Whether the shape of the network was not in the record and others of the family tell theirs.
  bool only_reported = false;

  // Of the step time, a share, so that a prediction that is too fast is negative whatever was
  // measured; of memory, negative where too little is predicted; of a staleness predicted less
  // measured, in updates.
  [[nodiscard]] double signed_error() const;
  // It counts updates: its error is no share.
  [[nodiscard]] bool is_staleness() const { return quantity.starts_with("staleness"); }
  // Whether it counts in the sums.
  [[nodiscard]] bool judged() const { return !calibration && !only_reported && !is_staleness(); }
};

struct UnmappedRecord {
  std::string id;
  std::string why;
};

// Of the judged records.
struct FamilySums {
  std::int64_t records = 0;
  double mean_error = 0;  // of |signed error|, as the next two
  double median_error = 0;
  double worst_error = 0;
  double inside_interval = 0;  // share of the records
  std::int64_t assumed = 0;    // records with a field that rests on an assumption
};

struct Validation {
  std::vector<ValidatedRecord> records;
  std::vector<UnmappedRecord> unmapped;
  double mean_error = 0;  // mean |signed error| of the judged records
  double worst_error = 0;
  double inside_interval = 0;                  // mean over the families
  std::map<std::string, FamilySums> families;  // those with a judged record
};

struct ValidateOptions {
  int jobs = 1;
  std::function<void(std::size_t done, std::size_t all)>
      progress{};  // of measurements; may be empty
  // Of this machine; null: runs are predicted with the profile in their record.
  std::shared_ptr<const Profile> local{};
  // What is known of this machine, asked where `local` is null: for the scenario of a measurement
  // on local devices and for the record of a run on this machine that holds no profile. May be
  // empty.
  std::function<std::shared_ptr<const Profile>(const JsonDocument& scenario)> known{};
  std::vector<std::string> overrides{};  // KEY=VALUE, of every scenario
  std::vector<std::string> families{};   // of measurements; empty: all
};

// Each file is an array of records {id, source, where, scenario, at, measured {quantity, value,
// unit}, calibrated_from}, with scenario paths relative to the file, or the record of a run.
Validation validate(const std::vector<std::string>& files, const ValidateOptions& options);

}  // namespace rehearse
