// A real run against its prediction.
#pragma once

#include <memory>

#include "predict/run_measurement.h"
#include "predict/validate.h"

namespace rehearse {

// Predicts the run's scenario with `local`, or if that is null with the profile of the record.
// Throws Error::input when there is neither.
ValidatedRecord validate_run(const RunMeasurement& run, const std::shared_ptr<const Profile>& local,
                             const PredictOptions& options);

}  // namespace rehearse
