// Predicted against measured, for files of published measurements.
#pragma once

#include <string>
#include <vector>

#include "predict/predict.h"

namespace rehearse {

struct ValidatedRecord {
  std::string id;
  std::string quantity;  // step_time, throughput, efficiency
  double measured = 0;   // in `unit`
  double predicted = 0;
  double predicted_low = 0, predicted_high = 0;  // 80 % interval
  std::string unit;
  bool calibration = false;  // fixed a parameter of its own prediction: left out of the sums
  std::string source;

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
// unit}, calibrated_from}; scenario paths are relative to the file.
Validation validate(const std::vector<std::string>& files, const PredictOptions& options);

}  // namespace rehearse
