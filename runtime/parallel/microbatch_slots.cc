#include "runtime/parallel/microbatch_slots.h"

#include <algorithm>

namespace rehearse {

bool ends_microbatch(const PipelineOp& op) {
  return op.pass == PipelinePass::backward || op.pass == PipelinePass::backward_weights;
}

MicrobatchSlots microbatch_slots(const PipelineShape& shape, const std::vector<PipelineOp>& order) {
  const auto chunks = static_cast<std::size_t>(shape.chunks);
  MicrobatchSlots slots;
  slots.of.assign(chunks, std::vector<int>(static_cast<std::size_t>(shape.microbatches), -1));
  slots.last_pass.assign(chunks, 0);
  std::vector<std::vector<bool>> taken(chunks);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const PipelineOp& op = order[i];
    const auto c = static_cast<std::size_t>(op.chunk);
    int& slot = slots.of[c][static_cast<std::size_t>(op.microbatch)];
    if (op.pass == PipelinePass::forward) {
      const auto free = std::ranges::find(taken[c], false);
      slot = static_cast<int>(free - taken[c].begin());
      if (free == taken[c].end()) taken[c].push_back(false);
      taken[c][static_cast<std::size_t>(slot)] = true;
    } else if (ends_microbatch(op)) {
      taken[c][static_cast<std::size_t>(slot)] = false;
      slots.last_pass[c] = i;
    }
  }
  for (const auto& of_chunk : taken) slots.count.push_back(static_cast<int>(of_chunk.size()));
  return slots;
}

}  // namespace rehearse
