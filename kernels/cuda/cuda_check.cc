#include "kernels/cuda/cuda_check.h"

#include <string>

#include "base/error.h"

namespace rehearse::cuda {
namespace {

[[noreturn]] void refuse(const char* what, const char* library, const char* reason) {
  throw Error::environment(std::string("cannot ") + what, std::string(library) + ": " + reason);
}

}  // namespace

void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // else the next call would report it
  refuse(what, "CUDA", cudaGetErrorString(status));
}

void check(cudnnStatus_t status, const char* what) {
  if (status != CUDNN_STATUS_SUCCESS) refuse(what, "cuDNN", cudnnGetErrorString(status));
}

void check(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS) {
    refuse(what, "cuBLASLt", cublasLtGetStatusString(status));
  }
}

}  // namespace rehearse::cuda
