// The records of one file of measurements as they stand there, of either form.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "validate/measurements.h"
#include "validate/survey.h"

namespace rehearse {

struct RecordInFile {
  Measurement record;                  // ours, unless:
  std::optional<SurveyRecord> survey;  // the survey's

  [[nodiscard]] const std::string& id() const { return survey ? survey->id : record.id; }
};

// `bare`: whether a record of ours may leave its scenario out; it is then empty. Throws
// Error::input.
std::vector<RecordInFile> read_record_file(const std::string& path, bool bare);

}  // namespace rehearse
