// Status codes of CUDA's libraries as errors of this project.
//
//   check(cudnnCreate(&handle), "start cuDNN");
#pragma once

#include <cublasLt.h>
#include <cudnn.h>

#include "kernels/cuda/runtime_check.h"

namespace rehearse::cuda {

// Throw Error::environment unless the call succeeded, as check() of the runtime does.
void check(cudnnStatus_t status, const char* what);
void check(cublasStatus_t status, const char* what);

}  // namespace rehearse::cuda
