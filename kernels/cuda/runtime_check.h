// Status codes of the CUDA runtime as errors of this project.
#pragma once

#include <cuda_runtime_api.h>

namespace rehearse::cuda {

// Throws Error::environment unless the call succeeded: "cannot wait for a stream: CUDA: an illegal
// memory access was encountered". `what` completes the sentence "cannot …".
void check(cudaError_t status, const char* what);

}  // namespace rehearse::cuda
