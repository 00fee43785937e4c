// How one layer of a model is timed as it runs inside a training step (Backend::benchmark_layer).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/units.h"
#include "kernels/cpu/cache_eviction.h"
#include "kernels/devices/measured_layers.h"
#include "kernels/models/model.h"
#include "kernels/models/precision.h"

namespace rehearse {

struct LayerBenchmarkOptions {
  std::int64_t batch = 1;
  int threads = 1;
  int repetitions = 7;  // of each direction, after one that does not count
  // Before each repetition that counts so much of `eviction` passes through the caches, and then
  // the operand that the neighbouring layer has just written: what the caches hold is what they
  // hold in a step. Null: the caches stay warm.
  CacheEviction* eviction = nullptr;
  Bytes evicted{0};
  Precision precision = Precision::fp32;
};

// The median of both and the spread around it, of times of the device. REQUIRES: at least one.
MeasuredTime summary_of(const std::vector<double>& seconds);

// Values in [-1, 1) without a pattern that a branch predictor could learn (Knuth's multiplicative
// hash).
inline float unpatterned(std::size_t i) {
  const auto hash = static_cast<std::uint32_t>(i) * 2654435761U;
  return static_cast<float>(static_cast<std::int32_t>(hash ^ hash << 13)) * 0x1p-31F;
}

// What to evict so that the times of a model's layers add up to its step: what a step passes over,
// parameters, their gradients, activations and theirs, but not more than the last-level cache
// holds.
Bytes recommended_eviction(const Model& model, std::int64_t batch);

}  // namespace rehearse
