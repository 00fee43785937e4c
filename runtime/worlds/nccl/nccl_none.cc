// What stands in for the CUDA libraries where they are not compiled in.
#include "kernels/cuda/cuda_devices.h"
#include "runtime/worlds/nccl/nccl_api.h"

namespace rehearse {

std::unique_ptr<NcclApi> make_nccl(int) {
  require_cuda_device();  // there is none
  return nullptr;
}

}  // namespace rehearse
