// Times one layer of a model on this machine's CPU as it runs inside a training step.
#pragma once

#include <cstdint>

#include "base/units.h"
#include "kernels/cpu/cache_eviction.h"
#include "kernels/devices/measured_layers.h"
#include "kernels/models/model.h"

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
};

// What to evict so that the times of a model's layers add up to its step: what a step passes over,
// parameters, their gradients, activations and theirs, but not more than the last-level cache
// holds.
Bytes recommended_eviction(const Model& model, std::int64_t batch);

// The times of all directions as `alone` of each MeasuredTime (`busy` is a copy). The operations
// are those of make_cpu_executor, in the same layouts, in place where the layer works in place
// there, and with the ReLU that it applies (kernels/devices/layer_fusion.h). Summing the gradients
// of several consumers counts as backward_data, reorders where they happen (a flatten that must
// leave channel blocks takes time though it has no work()). Input and views take zero. Throws what
// make_cpu_executor throws.
MeasuredLayer benchmark_layer(const Model& model, std::size_t layer,
                              const LayerBenchmarkOptions& options);

}  // namespace rehearse
