// Which memory each layer of a step reads and writes.
//
// A step is forward through layers 1 to L-1 and back. Outputs live until the last pass that reads
// them, gradients of outputs from the first consumer's backward pass to the layer's own. A layer
// works in place where nobody needs what it overwrites; views, sums and fused ReLUs hand gradients
// on without a copy. Planned once: a step allocates nothing. Every backend plans its steps so, each
// with what its operations do.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "kernels/models/model.h"
#include "kernels/step/memory_plan.h"

namespace rehearse {

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
  std::vector<PlannedBuffer> buffers;
};

// What a layer's operation does with the memory of a step.
struct StepLayer {
  std::size_t output_bytes = 0, kept_bytes = 0;
  bool does_nothing = false;  // the output and the gradient of the input are what it reads
  bool backward_reads_input = false;
  bool backward_reads_output = false;
  // It may, an input of the size of its output that nobody needs later; and the gradient of its
  // output by that of its input, likewise.
  bool overwrites_input = false;
  bool overwrites_gradient = false;
  bool passes_gradient = false;  // the gradient of each input is that of the output
  bool makes_gradient = false;   // forward leaves the gradient of the output as the output
};

// REQUIRES: as many as the model has.
StepPlan plan_step(const Model& model, const std::vector<StepLayer>& layers);

// Whether the step computes the gradient of this layer's output; of the input, where another rank
// wants it.
bool is_trained(const Model& model, std::size_t layer);

// The layer whose parameters a layer computes with: itself, or the one that it is tied to.
std::size_t parameter_owner(const Model& model, std::size_t layer);

// Whether another layer from `first` on computes with the same parameters.
bool has_twin(const Model& model, std::size_t layer, std::size_t first);

}  // namespace rehearse
