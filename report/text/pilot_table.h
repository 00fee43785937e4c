// What a pilot taught, as a table under a prediction.
#pragma once

#include <string>

#include "predict/pilot_report.h"

namespace rehearse {

std::string pilot_table(const PilotReport& pilot);

}  // namespace rehearse
