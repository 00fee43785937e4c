// A real run against its prediction.
#pragma once

#include "predict/run_measurement.h"
#include "predict/validate.h"

namespace rehearse {

// Throws Error::input where nobody knows a profile of the machine.
ValidatedRecord validate_run(const RunMeasurement& run, const ValidateOptions& options);

}  // namespace rehearse
