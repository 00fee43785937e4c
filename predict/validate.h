// Predicted against measured, for files of published measurements and for records of runs.
#pragma once

#include <memory>
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

struct ValidatedRecord {
  std::string id;
  std::string quantity;  // step_time, throughput, efficiency
  double measured = 0;   // in `unit`
  double predicted = 0;
  double predicted_low = 0, predicted_high = 0;  // 80 % interval
  std::string unit;
  bool calibration = false;  // fixed a parameter of its own prediction: left out of the sums
  std::string source;
  std::vector<ValidatedPhase> phases{};  // of a run; empty for published measurements

  // Of the step time, so that a prediction that is too fast is negative whatever was measured.
  [[nodiscard]] double signed_error() const;
};

struct UnmappedRecord {
  std::string id;
  std::string why;
};

struct Validation {
  std::vector<ValidatedRecord> records;
  std::vector<UnmappedRecord> unmapped;
  double mean_error = 0;  // mean |signed error| without calibration records
  double worst_error = 0;
  double inside_interval = 0;  // share of the records
};

// Each file is an array of records {id, source, where, scenario, at, measured {quantity, value,
// unit}, calibrated_from}, with scenario paths relative to the file, or the record of a run. Runs
// are predicted with `local` if given, else with the profile in their record.
Validation validate(const std::vector<std::string>& files, const PredictOptions& options,
                    const std::shared_ptr<const Profile>& local = nullptr);

}  // namespace rehearse
