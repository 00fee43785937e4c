// The runs of a pilot: the same job as a scenario's, measured at a few small numbers of workers.
//
//   std::vector<PilotRecord> pilot = read_pilot({"mine.json", "run.json"}, scenario);
//
// A file is the record of a run, or an array of measurements of either form (predict/
// measurements.h), of which those of ours may leave their scenario out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/scenario.h"
#include "validate/measurements.h"

namespace rehearse {

struct PilotRecord {
  std::string file, id;
  std::int64_t workers = 0;
  std::int64_t batch = 0;     // of a worker, the largest share
  double step_time = 0;       // s
  double relative_error = 0;  // standard error of the step time
};

// A measurement whose scenario is `own`. Throws Error::input for an efficiency.
PilotRecord pilot_record(const Measurement& record, const Scenario& own);

// Throws Error::input for a file that cannot be read, for a record that has no step time or that is
// of another job (model, device, precision, layout, machine of a local device), and for one that
// does not fit on the cluster. The batch may differ.
std::vector<PilotRecord> read_pilot(const std::vector<std::string>& files,
                                    const Scenario& scenario);

}  // namespace rehearse
