// What the record of a run says of where it came from, of its ranks and of their steps.
#pragma once

#include <vector>

#include "base/trace_span.h"
#include "kernels/backend.h"
#include "runtime/strategies/step_record.h"
#include "runtime/worlds/mpi/mpi_world.h"
#include "scenarios/scenario.h"
#include "train/run_record.h"

namespace rehearse {

// Version, machine, libraries, profile and threads.
void describe_origin(const Scenario& scenario, const Backend& backend, int threads,
                     RunRecord& record);

// Sends what this rank recorded to rank 0, and adds all of them to the record there. Returns
// whether this is rank 0. Called by all ranks.
bool gather_ranks(MpiSession& session, const RecordedRank& mine,
                  const std::vector<TraceSpan>& trace, RunRecord& record);

// A step of a worker as the record has it.
RecordedStep recorded(const StepRecord& step, double loss);

}  // namespace rehearse
