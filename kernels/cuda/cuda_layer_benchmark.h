// Times one layer of a model on a GPU as it runs inside a training step.
#pragma once

#include "kernels/cuda/graph_plan.h"
#include "kernels/devices/layer_benchmark.h"

namespace rehearse {

// The times of all directions as `alone` of each MeasuredTime (`busy` is a copy), between events of
// the GPU. The operations are those of make_cuda_executor, in place where the layer works in place
// there, with the copies of parameters that its forward pass renews. Summing the gradients of
// several consumers counts as backward_data. Input and views take zero. Before each repetition that
// counts LayerBenchmarkOptions::evicted bytes pass through the second cache, where `eviction` is
// set. Throws what make_cuda_executor throws.
MeasuredLayer benchmark_cuda_layer(const Model& model, std::size_t layer,
                                   const LayerBenchmarkOptions& options, cuda::GraphPlans& graphs);

}  // namespace rehearse
