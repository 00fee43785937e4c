// What a training run prints when it is over.
#pragma once

#include <string>

#include "train/run_record.h"

namespace rehearse {

// The loss, the typical step by phases, and how well the test set was learned.
std::string run_table(const RunRecord& record);

}  // namespace rehearse
