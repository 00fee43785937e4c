#include "apps/gpu_collective_log.h"

#include <unistd.h>

#include <array>
#include <iostream>
#include <string_view>
#include <vector>

#include "apps/launch.h"
#include "base/error.h"
#include "base/text_file.h"
#include "calibrate/gpu/gpu_collectives.h"
#include "kernels/cuda/cuda_devices.h"
#include "kernels/cuda/cuda_kernel_timer.h"
#include "train/find_backend.h"
#include "train/run_ranks.h"

namespace rehearse {
namespace {

constexpr Bytes kLargest(1 << 28);

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "host";
  return name.data();
}

// "CUDA 13.0, cuDNN 9.19, NCCL 2.28" -> "2.28"
std::string nccl_version() {
  constexpr std::string_view kName = "NCCL ";
  const std::string all = cuda_libraries();
  const std::size_t found = all.find(kName);
  return found == std::string::npos ? "" : all.substr(found + kName.size());
}

int measure_as_rank(const GpuCollectiveLog& what) {
  MpiSession session;
  const Backend& backend = find_backend("cuda", session.local_rank());
  NcclLog log;
  log.hosts = session.gather(host_name());
  log.version = nccl_version();
  CollectiveOptions options;
  options.budget = what.budget;
  options.largest = kLargest;
  run_ranks(session, backend, {}, [&](World& world) {
    log.collectives = measure_gpu_collectives(world, backend, options);
  });
  if (session.rank() != 0) return 0;
  log.device = cuda_kernel_timer(0)->device().name;
  write_text_file(what.output, nccl_log(log));
  return 0;
}

}  // namespace

int log_gpu_collectives(const GpuCollectiveLog& what) {
  require_cuda_device();
  if (MpiSession::launched()) return measure_as_rank(what);
  const int gpus = cuda_device_count();
  if (gpus < 2) {
    throw Error::environment("collectives need two GPUs", "this machine has one",
                             "start this command under mpirun on several nodes");
  }
  if (!what.quiet) {
    std::cerr << "rehearse: measuring collectives of " + std::to_string(gpus) + " GPUs\n";
  }
  std::vector<std::string> words = {
      "calibrate", "collectives", "--device", "cuda",
      "-o",        what.output,   "--budget", std::to_string(what.budget.value()) + " s"};
  if (what.quiet) words.emplace_back("--quiet");
  return launch_ranks(gpus, words);
}

}  // namespace rehearse
