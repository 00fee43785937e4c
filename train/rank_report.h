// What a rank of a run whose ranks go on independently tells the one that keeps the record.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/staleness.h"

namespace rehearse {

struct RankReport {
  std::string record;             // a RecordedRank (train/run_record.h)
  std::vector<float> parameters;  // that this rank keeps, range by range (Strategy::keeps)
  std::vector<float> slots;       // of the optimizer, for the same parameters, slot by slot
  std::vector<float> statistics;  // of batch normalisation, of a worker
  std::vector<double> losses;     // of its steps since the report before
  StalenessCounts staleness;      // of the updates that it made
  std::int64_t updates = 0;       // that its parameters have seen, since the first of the training
  std::int64_t dropped = 0;       // gradients that came too late
  double busy = 0;                // s, with work for others
  double seconds = 0;             // on its clock
  std::int64_t diverged = 0;      // the step, from 1, whose loss was not finite; 0: none
};

std::string to_bytes(const RankReport& report);
// REQUIRES: of to_bytes.
RankReport rank_report_of(const std::string& bytes);

}  // namespace rehearse
