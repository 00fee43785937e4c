#include "kernels/cuda/cuda_devices.h"

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include "base/error.h"

namespace rehearse {
namespace {

std::string version_text(int major, int minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

// CUDA's versions are 1000 times the first number plus 10 times the second.
std::string runtime_version() {
  int version = CUDART_VERSION;
  cudaRuntimeGetVersion(&version);
  return version_text(version / 1000, version % 1000 / 10);
}

// cuDNN's, from 9 on, are 10000 times the first number plus 100 times the second.
std::string cudnn_version() {
  const auto version = static_cast<int>(cudnnGetVersion());
  return version_text(version / 10000, version % 10000 / 100);
}

struct Count {
  cudaError_t status;
  int devices;
};

Count count() {
  Count result{cudaSuccess, 0};
  result.status = cudaGetDeviceCount(&result.devices);
  if (result.status != cudaSuccess) {
    result.devices = 0;
    cudaGetLastError();  // else the next call would report it
  }
  return result;
}

}  // namespace

std::string cuda_libraries() {
  return "CUDA " + runtime_version() + ", cuDNN " + cudnn_version() + ", NCCL " +
         REHEARSE_NCCL_VERSION;
}

int cuda_device_count() { return count().devices; }

void require_cuda_device() {
  const Count found = count();
  if (found.devices > 0) return;
  throw Error::environment(
      "cannot compute on a GPU",
      found.status == cudaSuccess ? "the machine has none" : cudaGetErrorString(found.status),
      "use a machine with an NVIDIA GPU and a driver for CUDA " + runtime_version() +
          ", or train on CPU cores");
}

}  // namespace rehearse
