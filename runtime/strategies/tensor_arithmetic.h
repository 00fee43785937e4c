// Element-wise work of training programs, with the traffic that it causes. Tensors are float32 in
// the memory of the backend that does the work, or the host's where it copies; without numbers
// nothing is done.
#pragma once

#include "kernels/backend.h"
#include "kernels/tensor.h"
#include "runtime/world/device.h"

namespace rehearse {

// Reads one tensor, writes the other. REQUIRES: equal sizes.
inline Arithmetic copied(const Backend& backend, const Tensor& from, const Tensor& to) {
  EXPECTS(from.elements == to.elements);
  return {"copy", from.bytes() + to.bytes(), [&backend, from, to] {
            if (from.data != nullptr) backend.copy(from, to);
          }};
}

inline Arithmetic added(const Backend& backend, const Tensor& from, const Tensor& to) {
  return {"add", 2 * to.bytes() + from.bytes(), [&backend, from, to] {
            if (from.data != nullptr) backend.add(from, to);
          }};
}

inline Arithmetic scaled(const Backend& backend, const Tensor& tensor, double factor) {
  return {"scale", 2 * tensor.bytes(), [&backend, tensor, factor] {
            if (tensor.data != nullptr) backend.scale(factor, tensor);
          }};
}

}  // namespace rehearse
