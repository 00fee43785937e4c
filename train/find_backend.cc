#include "train/find_backend.h"

#include <string>

#include "base/error.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_devices.h"
#include "scenarios/laid_out.h"

namespace rehearse {

const Backend& find_backend(std::string_view name, int local_rank) {
  if (name == cpu_backend().name()) return cpu_backend();
  require_cuda_device();
  const int devices = cuda_device_count();
  if (local_rank >= devices) {
    throw Error::environment(
        "there is no GPU for rank " + std::to_string(local_rank) + " of this machine",
        "it has " + std::to_string(devices), "start at most as many ranks on it");
  }
  return *cuda_backend(local_rank);
}

Scenario on_backend(const Scenario& scenario, std::int64_t workers, const Backend& backend) {
  Scenario own = scenario;
  Algorithm& algorithm = own.all_reduce.algorithm;
  if (backend.space() == MemorySpace::device && algorithm == Algorithm::automatic) {
    algorithm = Algorithm::native;
  }
  Compression& compression = own.all_reduce.compression;
  const bool cast = own.gradient_bytes == 2 && compression == Compression::none;
  if (cast && !is_laid_out(own, workers)) {
    const Precision word = own.gradient_precision.value_or(own.precision);
    compression = word == Precision::fp16 ? Compression::fp16 : Compression::bf16;
  }
  own.gradient_bytes = 4;
  return own;
}

}  // namespace rehearse
