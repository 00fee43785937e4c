// A measurement in words, as surveys of the literature collect them, and why it cannot be
// predicted.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/json_reader.h"
#include "predict/measurements.h"

namespace rehearse {

struct SurveyRecord {
  std::string id;
  std::string model;
  std::string hardware;
  std::string algorithm;
  std::map<std::string, double> degrees;  // of parallelism: dp, tp, …; those that are numbers
  std::int64_t workers = 0;               // nodes times devices; 0 if not known
  std::string metric;
  double value = 0;  // 0 unless it is one positive number
  std::string unit;
};

// Throws Error::input if it is no record of a survey.
SurveyRecord read_survey_record(ObjectReader reader);

// The shipped record with the measured value of the survey's. Throws Error::input, without a place,
// if they are not of the same measurement.
Measurement mapped(const SurveyRecord& record, Measurement shipped);

// What stands in the way of a prediction: all that is known, in one line.
std::string obstacles(const SurveyRecord& record);

}  // namespace rehearse
