#include "kernels/models/training_memory.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {

DeviceMemory training_memory(const Model& model, std::int64_t batch, Precision precision, int slots,
                             const ModelSplit& split) {
  EXPECTS(batch >= 1 && slots >= 0);
  const double parameters = static_cast<double>(parameters_per_device(model, split));
  const Bytes stored = std::max(element_size(precision), Bytes(2));
  const bool master_copy = stored < Bytes(4);
  DeviceMemory memory;
  memory[MemoryPart::weights] = stored * parameters;
  memory[MemoryPart::gradients] = memory[MemoryPart::weights];
  memory[MemoryPart::optimizer] = Bytes(4) * (parameters * (slots + (master_copy ? 1 : 0)));
  memory[MemoryPart::activations] =
      element_size(precision) * (static_cast<double>(batch) *
                                     static_cast<double>(model.activation_elements_per_sample()) +
                                 static_cast<double>(gathered_elements(split, batch))) +
      Bytes(static_cast<double>(batch * model.activation_bytes_per_sample()));
  return memory;
}

}  // namespace rehearse
