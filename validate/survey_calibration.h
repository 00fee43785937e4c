// Which records of a survey fix the device time of which others.
//
// One run of one node may calibrate its device for its model at its own batch. So of the runs of
// one model, device, precision and software, those of one node stand by; of equal batches the one
// of fewest devices. Each other run takes the one whose batch per device is nearest to its own. One
// that nobody took calibrates nothing, and is compared as all others. Runs around parameter servers
// are of one software if source, hardware and the data that they read (synthetic or real) agree.
#pragma once

#include <string>
#include <vector>

#include "validate/survey.h"

namespace rehearse {

struct SurveyCalibration {
  double samples_per_s = 0;  // of one device
  std::int64_t batch = 0;    // of one device
  double relative_error = 0;
  std::string id;      // of the record
  std::string source;  // of the record
};

// A shipped record of one node that is recognised by `matches`: it stands by as well.
struct ShippedCalibration {
  Measurement record;
  std::string model, device, precision;  // of its scenario
  SurveyCalibration calibration;
};

// One per record, in their order; empty where nothing calibrates it. The records are those that
// become scenarios. REQUIRES: obstacles() of each is empty.
std::vector<std::optional<SurveyCalibration>> calibrations(
    const std::vector<SurveyRecord>& records, const std::vector<ShippedCalibration>& shipped);

}  // namespace rehearse
