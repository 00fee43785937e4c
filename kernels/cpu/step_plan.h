// Which memory each layer of a step reads and writes.
//
// A step is forward through layers 1 to L-1 and back. Outputs live until the last pass that reads
// them, gradients of outputs from the first consumer's backward pass to the layer's own. A layer
// works in place where nobody needs what it overwrites; views, sums and fused ReLUs hand gradients
// on without a copy. Planned once: a step allocates nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "kernels/cpu/memory_plan.h"
#include "kernels/models/model.h"

namespace rehearse::cpu {

using BufferId = std::size_t;

struct LayerBuffers {
  BufferId output = 0;
  std::optional<BufferId> kept;             // from forward to backward
  std::optional<BufferId> output_gradient;  // none where the step does not need it
  // What the consumers left; where there are several, they are summed into output_gradient.
  std::vector<BufferId> gradient_parts;
  std::vector<std::optional<BufferId>> input_gradients;
};

struct StepPlan {
  std::vector<LayerBuffers> layers;
  std::vector<Buffer> buffers;
};

// `kept_bytes`: of each layer's operation.
StepPlan plan_step(const Model& model, std::int64_t batch,
                   const std::vector<std::size_t>& kept_bytes);

}  // namespace rehearse::cpu
