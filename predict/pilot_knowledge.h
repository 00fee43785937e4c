// What the runs of a pilot taught about the points of a sweep (calibrate/fits/pilot_fit.h).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/provenance.h"
#include "predict/pilot_report.h"
#include "sim/noise/noise.h"

namespace rehearse {

struct PilotWarning {
  std::string code, what;
};

// A measurement that was not made, and the deviation of ln(step) of the largest point with it, as a
// share of what it is now.
struct PossibleMeasurement {
  std::string what;
  double deviation_share = 1;
};

struct PilotKnowledge {
  std::map<std::int64_t, JointFactors> points;  // by workers: of the uncertain parameters there
  std::vector<PilotReport::Record> records;
  std::vector<PilotReport::Parameter> parameters;
  std::vector<PossibleMeasurement> next;  // the best first
  std::vector<PilotWarning> warnings;
  std::vector<Provenance> provenance;
};

}  // namespace rehearse
