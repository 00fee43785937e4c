#include "kernels/models/training_memory.h"

#include <algorithm>
#include <map>

#include "base/contract.h"
#include "kernels/models/activations.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

double count(const Shape& shape) { return static_cast<double>(shape.elements()); }

}  // namespace

Bytes transient_memory(const Model& model, double batch, Precision precision) {
  const Bytes stored = std::max(element_size(precision), Bytes(2));
  constexpr Bytes kSoftmax(4);
  Bytes scores, widest;
  std::map<std::int64_t, double> blocks;  // parameters
  for (std::size_t i = 1; i < model.layers().size(); ++i) {
    const Layer& layer = model.layers()[i];
    const LayerOp& op = op_of(layer.kind);
    const double out = batch * count(layer.output);
    if (op.is_loss_of_steps(layer)) scores = std::max(scores, (stored + kSoftmax) * out);
    const bool function = layer.kind == LayerKind::swiglu || op.is_elementwise();
    if (layer.block && function) {
      widest = std::max(widest, stored * (batch * count(model.input_of(i)) + out));
    }
    if (layer.block) blocks[*layer.block] += static_cast<double>(parameter_elements(layer));
  }
  double largest = 0;
  for (const auto& [block, parameters] : blocks) largest = std::max(largest, parameters);
  return std::max(scores, stored * largest + widest);
}

DeviceMemory training_memory(const Model& model, std::int64_t batch, Precision precision, int slots,
                             const ModelSplit& split, const TrainingMemoryOptions& options) {
  EXPECTS(batch >= 1 && slots >= 0);
  const auto samples = static_cast<double>(batch);
  const double parameters = static_cast<double>(parameters_per_device(model, split));
  const Bytes element = element_size(precision);
  const Bytes stored = std::max(element, Bytes(2));
  const bool master_copy = stored < Bytes(4);
  const Bytes gradient = options.gradient_bytes > 0 ? Bytes(options.gradient_bytes) : stored;
  const Kept kept = kept_for_backward(model, options.recompute);
  DeviceMemory memory;
  memory[MemoryPart::weights] = stored * parameters;
  memory[MemoryPart::gradients] = gradient * parameters;
  memory[MemoryPart::optimizer] = Bytes(4) * (parameters * (slots + (master_copy ? 1 : 0)));
  const auto matrix_inputs = static_cast<double>(kept.matrix_inputs);
  memory[MemoryPart::activations] =
      samples * (stored * (static_cast<double>(kept.elements) - matrix_inputs) +
                 element * matrix_inputs + Bytes(static_cast<double>(kept.bytes))) +
      element * static_cast<double>(gathered_elements(split, batch));
  // Of models that are no language models nothing is known.
  if (model.tokens_per_sample() > 0) {
    memory[MemoryPart::transient] = transient_memory(model, samples, precision);
  }
  return memory;
}

}  // namespace rehearse
