#include "kernels/cuda/cuda_context.h"

#include "base/contract.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/cuda_devices.h"

namespace rehearse::cuda {
namespace {

int expect_device(int device) {
  require_cuda_device();
  EXPECTS(device >= 0 && device < cuda_device_count());
  return device;
}

}  // namespace

CudaContext::CudaContext(int device)
    : own_(std::make_unique<Stream>(expect_device(device))), stream_(*own_) {
  start();
}

CudaContext::CudaContext(const Stream& stream) : stream_(stream) { start(); }

void CudaContext::start() {
  use_device(device());
  check(cudnnCreate(&cudnn_), "start cuDNN");
  const cudnnStatus_t joined = cudnnSetStream(cudnn_, stream_.handle());
  const cublasStatus_t started = cublasLtCreate(&cublas_);
  if (joined == CUDNN_STATUS_SUCCESS && started == CUBLAS_STATUS_SUCCESS) return;
  cudnnDestroy(cudnn_);
  if (started == CUBLAS_STATUS_SUCCESS) cublasLtDestroy(cublas_);
  check(joined, "use a stream with cuDNN");
  check(started, "start cuBLASLt");
}

CudaContext::~CudaContext() {
  cublasLtDestroy(cublas_);
  cudnnDestroy(cudnn_);
}

}  // namespace rehearse::cuda
