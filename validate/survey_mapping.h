// From the records of a survey to measurements that a scenario predicts.
//
//   for (const SurveyOutcome& one : map_survey(records, shipped)) …
//
// A record of which one of the same id is shipped is predicted by that one's scenario, and only if
// nothing of its content differs. Any other is predicted by the scenario of a shipped record by
// which it is recognised (`matches`) and whose content is the same, else by a scenario made of what
// it says. Ids are looked up and compared whole; nothing is read out of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "validate/survey.h"

namespace rehearse {

struct SurveyItem {
  SurveyRecord record;
  std::string file;  // that holds it
};

struct SurveyOutcome {
  std::optional<Measurement> measurement;
  std::vector<Measurement> more;  // of the same record: quantiles in its notes
  std::string why;                // one line, if there is none
  bool of_shipped = false;  // the shipped record of this id: the measurement's file is that one's
};

// One outcome per item, in their order. The records of all items calibrate each other
// (validate/survey_calibration.h).
std::vector<SurveyOutcome> map_survey(const std::vector<SurveyItem>& items,
                                      const std::vector<Measurement>& shipped);

}  // namespace rehearse
