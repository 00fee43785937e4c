#include "kernels/cuda/cuda_kernel_timer.h"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <vector>

#include "base/contract.h"
#include "base/error.h"
#include "base/stats.h"
#include "kernels/cuda/cuda_devices.h"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/random_memory.h"
#include "kernels/cuda/runtime_check.h"
#include "kernels/cuda/timed_kernel.h"

namespace rehearse {
namespace {

using cuda::Event;

constexpr double kBlock = 0.003;  // s of repetitions between two events, about
constexpr int kBlocks = 5;
constexpr int kMostInBlock = 400;
constexpr int kCold = 7;
// So many times the second cache is overwritten: it need not evict the oldest first.
constexpr std::size_t kCacheTimes = 2;

TimedDevice facts_of(int device) {
  cudaDeviceProp properties{};
  cuda::check(cudaGetDeviceProperties(&properties, device), "ask a GPU what it is");
  std::array<char, 32> bus{};
  cuda::check(cudaDeviceGetPCIBusId(bus.data(), static_cast<int>(bus.size()), device),
              "ask a GPU where it is");
  return {.name = properties.name,
          .bus = bus.data(),
          .capability = 10 * properties.major + properties.minor,
          .processors = properties.multiProcessorCount,
          .memory = Bytes(static_cast<double>(properties.totalGlobalMem)),
          .cache = Bytes(static_cast<double>(properties.l2CacheSize)),
          .libraries = cuda_libraries()};
}

double relative_spread(const std::vector<double>& values, double median) {
  std::vector<double> deviations;
  for (const double value : values) deviations.push_back(std::abs(value - median));
  return median > 0 ? quantile(deviations, 0.5) / median : 0;
}

class CudaKernelTimer final : public KernelTimer {
 public:
  explicit CudaKernelTimer(int device)
      : stream_(device),
        facts_(facts_of(device)),
        evicted_(device, kCacheTimes * static_cast<std::size_t>(facts_.cache.value())),
        begin_(device, Event::Timing::on),
        end_(device, Event::Timing::on) {}

  [[nodiscard]] const TimedDevice& device() const override { return facts_; }

  [[nodiscard]] std::string library(KernelKind kind) const override {
    if (kind == KernelKind::gemm) return "cublas";
    if (kind == KernelKind::convolution || kind == KernelKind::attention) return "cudnn";
    return "other";
  }

  std::optional<KernelTimes> time(const KernelQuery& query, Precision precision) override {
    if (traffic(query, precision) > facts_.memory / 2) return std::nullopt;
    cuda::use_device(stream_.device());
    const auto kernel = cuda::make_timed_kernel(query, engine(precision));
    if (kernel == nullptr) return std::nullopt;
    return times([&] { kernel->run(); });
  }

  void keep_busy(const KernelQuery& query, Precision precision,
                 const std::function<bool()>& goes_on) override {
    cuda::use_device(stream_.device());
    const auto kernel = cuda::make_timed_kernel(query, engine(precision));
    if (kernel == nullptr) return;
    const auto run = [&] { kernel->run(); };
    timed(run, 1);
    const int runs = runs_in_block(timed(run, 2));
    // The next block waits in the stream when the end of one is reached.
    for (int i = 0; i < runs; ++i) run();
    while (goes_on()) {
      begin_.record(stream_.handle());
      for (int i = 0; i < runs; ++i) run();
      begin_.synchronize();
    }
    stream_.synchronize();
  }

  Duration copy(MemorySpace from, MemorySpace to, Bytes bytes) override {
    EXPECTS(from == MemorySpace::device || to == MemorySpace::device);
    cuda::use_device(stream_.device());
    const auto size = static_cast<std::size_t>(bytes.value());
    const auto numbers = static_cast<std::int64_t>(size / sizeof(float) + 1);
    const bool within = from == to;
    const cuda::RandomMemory here(stream_, numbers, ElementType::float32);
    const cuda::RandomMemory second(stream_, within ? numbers : 1, ElementType::float32);
    const cuda::PinnedMemory host(within ? sizeof(float) : size);
    void* const other = within ? second.data() : host.data();
    const void* const source = from == MemorySpace::device ? here.data() : other;
    void* const target = from == MemorySpace::device ? other : here.data();
    return times([&] { cuda::copy_bytes(source, target, size, stream_.handle()); }).cold;
  }

  Duration launch_gap() override {
    cuda::use_device(stream_.device());
    const cuda::RandomMemory few(stream_, 1, ElementType::float32);
    return times([&] { cuda::scale(few.tensor(), 1, few.tensor(), stream_.handle()); }).warm;
  }

 private:
  cuda::Engine& engine(Precision precision) {
    auto& made = engines_[precision];
    if (made == nullptr) made = std::make_unique<cuda::Engine>(graphs_, precision, false);
    return *made;
  }

  static int runs_in_block(double seconds_of_one) {
    constexpr double kLeast = 1e-9;
    return std::clamp(static_cast<int>(kBlock / std::max(seconds_of_one, kLeast)), 1, kMostInBlock);
  }

  // Seconds of one of so many runs.
  double timed(const std::function<void()>& run, int runs) {
    begin_.record(stream_.handle());
    for (int i = 0; i < runs; ++i) run();
    end_.record(stream_.handle());
    end_.synchronize();
    return end_.seconds_since(begin_) / runs;
  }

  KernelTimes times(const std::function<void()>& run) {
    timed(run, 1);  // libraries choose and load their kernels
    const int runs = runs_in_block(timed(run, 2));
    std::vector<double> warm, cold;
    for (int i = 0; i < kBlocks; ++i) warm.push_back(timed(run, runs));
    for (int i = 0; i < kCold; ++i) {
      cuda::clear_bytes(evicted_.data(), evicted_.bytes(), stream_.handle());
      cold.push_back(timed(run, 1));
    }
    const double middle = quantile(warm, 0.5);
    return {.warm = Duration(middle),
            .cold = Duration(quantile(cold, 0.5)),
            .spread = relative_spread(warm, middle)};
  }

  const cuda::Stream stream_;
  const TimedDevice facts_;
  const cuda::DeviceMemory evicted_;
  Event begin_, end_;
  cuda::GraphPlans graphs_{stream_};
  std::map<Precision, std::unique_ptr<cuda::Engine>> engines_;
};

}  // namespace

std::unique_ptr<KernelTimer> cuda_kernel_timer(int device) {
  EXPECTS(device >= 0);
  require_cuda_device();
  if (device >= cuda_device_count()) {
    throw Error::environment("there is no GPU " + std::to_string(device),
                             "the machine has " + std::to_string(cuda_device_count()),
                             "count them from 0");
  }
  return std::make_unique<CudaKernelTimer>(device);
}

}  // namespace rehearse
