// Status codes of CUDA's libraries as errors of this project.
//
//   check(cudaStreamSynchronize(stream), "wait for a stream");
#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

namespace rehearse::cuda {

// Throw Error::environment unless the call succeeded: "cannot wait for a stream: CUDA: an illegal
// memory access was encountered". `what` completes the sentence "cannot …".
void check(cudaError_t status, const char* what);
void check(cudnnStatus_t status, const char* what);
void check(cublasStatus_t status, const char* what);

}  // namespace rehearse::cuda
