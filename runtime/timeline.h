// What a step looks like on a timeline, the same in every world: one stream for the device, one for
// the network.
#pragma once

#include <vector>

#include "base/trace_span.h"
#include "runtime/run_summary.h"
#include "runtime/world.h"

namespace rehearse {

// "forward layer 3", "backward layer 3", "update" or "input" on the stream "device".
TraceSpan task_span(int rank, const Task& task, Duration begin, Duration end);

// The agreements and all-reduces of a step, and the waits for others before them.
void append_reductions(int rank, const StepRecord& record, std::vector<TraceSpan>& trace);

}  // namespace rehearse
