// Times one layer of a model on this machine's CPU as it runs inside a training step.
#pragma once

#include <cstdint>
#include <functional>

#include "kernels/measured_layers.h"
#include "kernels/model.h"

namespace rehearse {

struct LayerBenchmarkOptions {
  std::int64_t batch = 1;
  int threads = 1;
  int repetitions = 7;  // of each direction, after one that does not count
  // Between repetitions so many bytes of other memory are touched, and then the operand that the
  // neighbouring layer has just written: what the caches hold is what they hold in a step. 0: the
  // caches stay warm.
  std::int64_t evict_bytes = 0;
};

// The times of all directions as `alone` of each MeasuredTime (`busy` is a copy). The operations
// are those of make_cpu_executor, in the same layouts. A layer without work takes zero.
MeasuredLayer benchmark_layer(const Model& model, std::size_t layer,
                              const LayerBenchmarkOptions& options);

}  // namespace rehearse
