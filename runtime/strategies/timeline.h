// What a step looks like on a timeline, the same in every world: streams for the device and
// for the network.
#pragma once

#include <vector>

#include "base/trace_span.h"
#include "runtime/strategies/step_record.h"
#include "runtime/world/world.h"

namespace rehearse {

// "forward layer 3", "backward layer 3", "update" or "input" on the stream "device".
TraceSpan task_span(int rank, const Task& task, Duration begin, Duration end);

// The agreements and all-reduces of a step, its exchanges, and the waits for others before them, on
// the stream "network"; what may be under way meanwhile has streams of its own: "network, lane 2"
// for the reductions of another lane, "network, shards" for the gradients of split layers,
// "network, activations" for the exchanges.
void append_communication(int rank, const StepRecord& record, std::vector<TraceSpan>& trace);

}  // namespace rehearse
