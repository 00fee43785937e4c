// Times the fixed work (kernels/devices/fixed_work.h) between the steps of a real run, on all ranks
// at once: after the third step, after the last, and about once a second between.
#pragma once

#include <cstdint>

#include "kernels/devices/fixed_work.h"
#include "runtime/worlds/mpi/mpi_world.h"
#include "train/run_record.h"

namespace rehearse {

class FixedWorkTimer {
 public:
  // Keeps `session`. Throws what FixedWork throws.
  FixedWorkTimer(MpiSession& session, int threads) : session_(session), work_(threads) {}

  // Appends to `rank.fixed_work` where it is time. Called by all ranks after each step, which
  // `rank.steps` holds already; none goes on before the others.
  void after_step(RecordedRank& rank, bool last);

 private:
  [[nodiscard]] std::int64_t agreed_spacing(const RecordedRank& rank);

  MpiSession& session_;
  FixedWork work_;
  std::int64_t every_ = 0;  // steps; 0: not yet known
};

}  // namespace rehearse
