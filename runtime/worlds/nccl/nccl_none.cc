// What stands in for the CUDA libraries where they are not compiled in.
#include "base/error.h"
#include "runtime/worlds/nccl/nccl_api.h"

namespace rehearse {

std::unique_ptr<NcclApi> make_nccl(int) {
  throw Error::environment("this build does not know NCCL", "the CUDA toolkit was not found",
                           "configure with -DREHEARSE_CUDA=ON where it is installed");
}

}  // namespace rehearse
