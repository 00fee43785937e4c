// A run record as a measurement: its typical step, phase by phase, and the scenario that predicts
// it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json_reader.h"
#include "predict/prediction.h"
#include "scenarios/profile.h"
#include "train/run_record.h"

namespace rehearse {

// Means over the ranks and over the steps of the middle half by duration, s. The first two steps
// (the first of fewer than five) count as warm-up and are left out.
struct TypicalStep {
  double time = 0;
  // Standard error of `time` by the scatter of the steps, as a share: the winsorised deviation of a
  // mean without the outer quarters (Tukey, McLaughlin, Sankhya A 25, 1963). 0 of fewer than four.
  double relative_error = 0;
  Breakdown parts;
  Duration hidden_communication;
};

// REQUIRES: at least one rank, all with the same number of steps, at least one.
TypicalStep typical_step(const std::vector<RecordedRank>& ranks);

struct RunMeasurement {
  std::string id;  // scenario's name @ workers
  std::string file;
  std::string scenario;                    // JSON
  Machine machine;                         // its processor and cores
  std::shared_ptr<const Profile> profile;  // null if the record embeds none
  std::int64_t workers = 0;
  TypicalStep typical;
  Duration fixed_work;  // mean over the run and the ranks, stalls aside; zero: not timed
};

// Whether the document is a run record.
bool is_run(const JsonDocument& document);

// Throws Error::input for a record that is damaged or has no steps.
RunMeasurement read_run(const JsonDocument& document);

}  // namespace rehearse
