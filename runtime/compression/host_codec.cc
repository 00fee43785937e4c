#include "runtime/compression/host_codec.h"

#include <algorithm>
#include <vector>

#include "kernels/backend.h"

namespace rehearse {

void HostCodec::encode(const Backend& backend, const Tensor& gradients, const Tensor& residual,
                       const Tensor& message) const {
  if (gradients.space == MemorySpace::host) return pack(gradients, residual, message);
  std::vector<float> here(static_cast<std::size_t>(gradients.elements));
  backend.copy(gradients, tensor_of(here));
  pack(tensor_of(here), residual, message);
}

void HostCodec::decode(const Backend& backend, std::span<const Tensor> messages,
                       const Tensor& gradients) const {
  if (gradients.space == MemorySpace::host) {
    std::ranges::fill(gradients.values(), 0.0F);
    for (const Tensor& message : messages) unpack_add(message, gradients);
    return;
  }
  std::vector<float> here(static_cast<std::size_t>(gradients.elements));
  for (const Tensor& message : messages) unpack_add(message, tensor_of(here));
  backend.copy(tensor_of(here), gradients);
}

}  // namespace rehearse
