// What ranks that share the work of a layer do together while they compute it: the collectives and
// messages of tensor and expert parallelism (Exchange in kernels/models/layer.h). The training
// program implements it, the layers of an executor call it in their passes
// (Executor::set_exchanger).
//
// All ranks of an axis make the same calls in the same order, with tensors of the same types. Each
// call blocks until this rank's part is complete. Tensors lie in the memory of the executor's
// backend, those of swap() may lie in host memory as well. Their values are complete when a layer
// makes the call: where the device computes behind the host, the layer waits for it before.
#pragma once

#include <vector>

#include "kernels/models/layer.h"
#include "kernels/tensor.h"

namespace rehearse {

class Exchanger {
 public:
  using Axis = Exchange::Axis;

  virtual ~Exchanger() = default;

  // Of this rank among those of the axis.
  [[nodiscard]] virtual int place(Axis axis) const = 0;
  // The values become their sum over the ranks, each partial sum rounded to their type. REQUIRES:
  // float32, float16 or bfloat16.
  virtual void sum(Axis axis, const Tensor& values) = 0;
  // Parts of equal size, one for each rank in the order of their places. Gives the own one and
  // receives the others.
  virtual void gather(Axis axis, const Tensor& parts) = 0;
  // The own part becomes its sum over the ranks, the others are left as they happen to be.
  // REQUIRES: as sum().
  virtual void scatter(Axis axis, const Tensor& parts) = 0;
  // Sends a tensor to each rank and receives one from each, as many elements as both know of. Of
  // the own place nothing is read or written. REQUIRES: all of one type.
  virtual void swap(Axis axis, const std::vector<Tensor>& to, const std::vector<Tensor>& from) = 0;
};

}  // namespace rehearse
