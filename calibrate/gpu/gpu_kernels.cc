#include "calibrate/gpu/gpu_kernels.h"

#include <chrono>
#include <future>

#include "base/error.h"
#include "base/stats.h"

namespace rehearse {
namespace {

constexpr double kWarmUp = 2;           // s of products before anything counts: clocks settle
constexpr double kShareOfWarmUp = 0.1;  // of the budget, at most
constexpr Bytes kCopied(1 << 28);
constexpr std::size_t kBetween = 10;  // kernels between two looks at the same product

// 137 GFLOP, some tenths of a millisecond on matrix units: it is bound by the clock.
GridKernel fixed_product() {
  return {{.shape = ProductShape{.m = 4096, .n = 4096, .k = 4096, .layout = ProductLayout::tn}},
          Precision::bf16};
}

class Stopwatch {
 public:
  [[nodiscard]] Duration passed() const {
    return Duration(std::chrono::duration<double>(Clock::now() - begin_).count());
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now();
};

class Measurer {
 public:
  Measurer(KernelTimer& timer, const GpuCalibrationOptions& options)
      : timer_(timer), options_(options) {
    found_.device = timer.device();
  }

  GpuMeasurements run(const std::vector<GridKernel>& grid) {
    warm_up();
    found_.launch_gap = timer_.launch_gap();
    const auto rate = [&](MemorySpace from, MemorySpace to) {
      return kCopied / timer_.copy(from, to, kCopied);
    };
    found_.to_device = rate(MemorySpace::host, MemorySpace::device);
    found_.from_device = rate(MemorySpace::device, MemorySpace::host);
    found_.within = 2 * rate(MemorySpace::device, MemorySpace::device);
    for (std::size_t i = 0; i < grid.size(); ++i) {
      if (i % kBetween == 0) look();
      if (watch_.passed() > options_.budget) {
        found_.not_reached = static_cast<int>(grid.size() - i);
        break;
      }
      time(grid[i]);
      if (options_.progress) options_.progress(watch_.passed());
    }
    look();
    expect_something();
    if (looks_.size() > 1) found_.cv = standard_deviation(looks_) / mean(looks_);
    return std::move(found_);
  }

 private:
  // The driver is asked while products run.
  void warm_up() {
    const double seconds = std::min(kWarmUp, kShareOfWarmUp * options_.budget.value());
    std::future<std::optional<GpuState>> state;
    bool asked = !options_.state;
    const auto goes_on = [&] {
      if (watch_.passed() < Duration(seconds)) return true;
      if (!asked) {
        state = std::async(std::launch::async, options_.state);
        asked = true;
      }
      return state.valid() && state.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
    };
    timer_.keep_busy(fixed_product().query, fixed_product().precision, goes_on);
    if (state.valid()) found_.sustained = state.get();
  }

  void look() {
    const auto times = timer_.time(fixed_product().query, fixed_product().precision);
    if (times) looks_.push_back(times->warm.value());
  }

  void time(const GridKernel& kernel) {
    try {
      const auto times = timer_.time(kernel.query, kernel.precision);
      if (times) {
        found_.rows.push_back({kernel, *times, timer_.library(kernel.query.kind())});
      } else {
        ++found_.not_computed;
      }
    } catch (const Error& error) {
      if (found_.failed++ == 0) found_.first_error = error.what();
    }
  }

  void expect_something() const {
    if (!found_.rows.empty()) return;
    throw Error::environment(
        "no kernel of the GPU could be measured",
        found_.failed > 0 ? found_.first_error : "the budget was over before",
        found_.failed > 0 ? "see docs/guide/gpu.md" : "give a larger --budget");
  }

  KernelTimer& timer_;
  const GpuCalibrationOptions& options_;
  const Stopwatch watch_;
  GpuMeasurements found_;
  std::vector<double> looks_;
};

}  // namespace

GpuMeasurements measure_gpu(KernelTimer& timer, const std::vector<GridKernel>& grid,
                            const GpuCalibrationOptions& options) {
  return Measurer(timer, options).run(grid);
}

}  // namespace rehearse
