// What ranks that share the work of a layer do together while they compute it: the collectives and
// messages of tensor and expert parallelism (Exchange in kernels/models/layer.h). The training
// program implements it, the layers of an executor call it in their passes
// (Executor::set_exchanger).
//
// All ranks of an axis make the same calls in the same order. Each blocks until this rank's part is
// complete. The values lie in the memory of the executor's backend, and are complete when a layer
// makes the call.
#pragma once

#include <span>
#include <vector>

#include "kernels/models/layer.h"

namespace rehearse {

class Exchanger {
 public:
  using Axis = Exchange::Axis;

  virtual ~Exchanger() = default;

  // Of this rank among those of the axis.
  [[nodiscard]] virtual int place(Axis axis) const = 0;
  // The values become their sum over the ranks.
  virtual void sum(Axis axis, std::span<float> values) = 0;
  // Parts of equal size, one for each rank in the order of their places. Gives the own one and
  // receives the others.
  virtual void gather(Axis axis, std::span<float> parts) = 0;
  // The own part becomes its sum over the ranks, the others are left as they happen to be.
  virtual void scatter(Axis axis, std::span<float> parts) = 0;
  // Sends to each rank and receives from each, as many values as both know of. Of the own place
  // nothing is read or written.
  virtual void swap(Axis axis, const std::vector<std::span<const float>>& to,
                    const std::vector<std::span<float>>& from) = 0;
};

}  // namespace rehearse
