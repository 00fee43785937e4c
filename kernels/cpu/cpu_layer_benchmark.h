// Times one layer of a model on this machine's CPU as it runs inside a training step.
#pragma once

#include "kernels/devices/layer_benchmark.h"

namespace rehearse {

// The times of all directions as `alone` of each MeasuredTime (`busy` is a copy). The operations
// are those of make_cpu_executor, in the same layouts, in place where the layer works in place
// there, and with the ReLU that it applies (kernels/devices/layer_fusion.h). Summing the gradients
// of several consumers counts as backward_data, reorders where they happen (a flatten that must
// leave channel blocks takes time though it has no work()). Input and views take zero. Throws what
// make_cpu_executor throws.
MeasuredLayer benchmark_cpu_layer(const Model& model, std::size_t layer,
                                  const LayerBenchmarkOptions& options);

}  // namespace rehearse
