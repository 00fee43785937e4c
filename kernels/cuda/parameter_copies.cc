#include "kernels/cuda/parameter_copies.h"

#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/row_product.h"

namespace rehearse::cuda {
namespace {

// Whether the layer or one that is tied to it reads a copy.
bool reads_copy(const Model& model, const ParameterCopies::Operations& operations,
                std::size_t layer, std::size_t which) {
  for (std::size_t i = layer; i < operations.size(); ++i) {
    if (operations[i] != nullptr && parameter_owner(model, i) == layer &&
        operations[i]->reads_copy(which)) {
      return true;
    }
  }
  return false;
}

}  // namespace

ParameterCopies::ParameterCopies(const Model& model, const Operations& operations,
                                 const ParameterTable& table, float* parameters, ElementType type)
    : parameters_(parameters), table_(table), type_(type) {
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    offsets_.emplace_back();
    elements_.emplace_back();
    for (std::size_t k = 0; k < model.layers()[i].parameters.size(); ++k) {
      const std::int64_t count = model.layers()[i].parameters[k].elements;
      const bool lies_well =
          type == ElementType::float32 && alignment_of(parameters + table.offsets[i][k]) >= kVector;
      std::optional<std::size_t> offset;
      if (!lies_well && reads_copy(model, operations, i, k)) {
        offset = slots_.take(static_cast<std::size_t>(count * element_bytes(type)));
      }
      offsets_.back().push_back(offset);
      elements_.back().push_back(count);
    }
  }
}

Tensor ParameterCopies::get(std::size_t layer, std::size_t which) const {
  const std::optional<std::size_t> offset = offsets_[layer][which];
  const std::int64_t count = elements_[layer][which];
  if (offset) return device_tensor(memory_ + *offset, count, type_);
  return device_tensor(parameters_ + table_.offsets[layer][which], count, ElementType::float32);
}

void ParameterCopies::renew(std::size_t layer, StreamHandle stream) const {
  for (std::size_t k = 0; k < offsets_[layer].size(); ++k) {
    if (!offsets_[layer][k]) continue;
    const Tensor from = device_tensor(parameters_ + table_.offsets[layer][k], elements_[layer][k],
                                      ElementType::float32);
    scale(from, 1, get(layer, k), stream);
  }
}

}  // namespace rehearse::cuda
