// Which rank keeps which parameters, where several share them: TensorFlow's placement of variables
// on parameter servers (python/training/device_setter.py).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/strategies/training_layer.h"
#include "runtime/world/device.h"

namespace rehearse {

// The tensors of one owner, in the order in which they were dealt out; places are those of the flat
// arrays (kernels/executor.h).
struct ParameterShard {
  std::vector<ParameterRange> tensors;
  std::int64_t elements = 0;

  // The same parameters in ascending order, neighbours joined.
  [[nodiscard]] std::vector<ParameterRange> runs() const;
};

// Deals the tensors of the layers out in the order of their creation, first layer first: in turn,
// or each to the owner that has least so far (`balanced`; TensorFlow's GreedyLoadBalancingStrategy
// by bytes). REQUIRES: owners >= 1. Owners may stay without tensors.
std::vector<ParameterShard> deal_out(std::span<const TrainingLayer> layers, int owners,
                                     bool balanced);

// The parts of a flat array that belong to a shard, one for each tensor; and the places of these
// tensors in an array of the shard alone, which holds them one behind the other in the order of
// runs().
std::vector<Tensor> tensors_of(const ParameterShard& shard, const Tensor& all);
std::vector<Tensor> packed_tensors_of(const ParameterShard& shard, const Tensor& own);

}  // namespace rehearse
