// A build without CUDA.
#include "base/error.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_devices.h"
#include "kernels/cuda/cuda_kernel_timer.h"

namespace rehearse {

std::string cuda_libraries() { return ""; }

int cuda_device_count() { return 0; }

const Backend* cuda_backend(int /*device*/) { return nullptr; }

void require_cuda_device() {
  throw Error::environment("cannot compute on a GPU", "this program was built without CUDA",
                           "install CUDA 12 or 13, cuDNN 9 and NCCL and build again in a new "
                           "folder, or train on CPU cores");
}

std::unique_ptr<KernelTimer> cuda_kernel_timer(int /*device*/) {
  require_cuda_device();
  return nullptr;
}

}  // namespace rehearse
