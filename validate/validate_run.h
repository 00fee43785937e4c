// A real run against its prediction.
#pragma once

#include "validate/run_measurement.h"
#include "validate/validate.h"

namespace rehearse {

// Throws Error::input where nobody knows a profile of the machine.
ValidatedRecord validate_run(const RunMeasurement& run, const ValidateOptions& options);

}  // namespace rehearse
