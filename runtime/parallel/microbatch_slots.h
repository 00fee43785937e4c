// Which microbatches are under way at a time in the chunks of a stage, and where each of them is.
#pragma once

#include <vector>

#include "runtime/parallel/pipeline_schedule.h"

namespace rehearse {

// Microbatches take the first free slot of a chunk with their forward pass, and leave it with the
// last of their backward passes.
struct MicrobatchSlots {
  std::vector<int> count;              // by chunk
  std::vector<std::vector<int>> of;    // by chunk and microbatch; -1: it does not come there
  std::vector<std::size_t> last_pass;  // by chunk: place in the order of its last backward pass
};

MicrobatchSlots microbatch_slots(const PipelineShape& shape, const std::vector<PipelineOp>& order);

// Whether the pass completes the gradients of its microbatch.
bool ends_microbatch(const PipelineOp& op);

}  // namespace rehearse
