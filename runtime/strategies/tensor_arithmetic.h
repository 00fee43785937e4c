// Element-wise work of training programs, with the traffic that it causes. Tensors are float32;
// without numbers nothing is done.
#pragma once

#include <algorithm>

#include "kernels/tensor.h"
#include "runtime/world/device.h"

namespace rehearse {

// Reads one tensor, writes the other. REQUIRES: equal sizes.
inline Arithmetic copied(const Tensor& from, const Tensor& to) {
  EXPECTS(from.elements == to.elements);
  return {"copy", from.bytes() + to.bytes(), [from, to] {
            if (from.data != nullptr) std::ranges::copy(from.values(), to.values().begin());
          }};
}

inline Arithmetic scaled(const Tensor& tensor, double factor) {
  return {"scale", 2 * tensor.bytes(), [tensor, factor] {
            if (tensor.data == nullptr) return;
            for (float& value : tensor.values()) value *= static_cast<float>(factor);
          }};
}

}  // namespace rehearse
