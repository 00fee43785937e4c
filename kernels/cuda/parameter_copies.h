// Copies of parameters in the type that products read, aligned; renewed by each forward pass of the
// layer that has them. Of parameters that are read where they lie there is none. Includes nothing
// of CUDA.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "kernels/cuda/memory_slots.h"
#include "kernels/cuda/operation.h"
#include "kernels/step/parameter_table.h"

namespace rehearse::cuda {

class ParameterCopies {
 public:
  using Operations = std::vector<std::unique_ptr<Operation>>;

  // `parameters`: the flat array, float32.
  ParameterCopies(const Model& model, const Operations& operations, const ParameterTable& table,
                  float* parameters, ElementType type);

  [[nodiscard]] std::size_t bytes() const { return slots_.bytes(); }
  void bind(std::byte* memory) { memory_ = memory; }

  // Where operations read the tensor: the copy, or the array.
  [[nodiscard]] Tensor get(std::size_t layer, std::size_t which) const;
  // Of the layer's own tensors.
  void renew(std::size_t layer, StreamHandle stream) const;

 private:
  float* parameters_;
  const ParameterTable& table_;
  const ElementType type_;
  MemorySlots slots_;
  std::byte* memory_ = nullptr;
  std::vector<std::vector<std::optional<std::size_t>>> offsets_;  // [layer][tensor]
  std::vector<std::vector<std::int64_t>> elements_;
};

}  // namespace rehearse::cuda
