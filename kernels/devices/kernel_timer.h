// Times single kernels, copies and launches on a device, for tables of measured kernels
// (kernels/devices/kernel_table.h).
//
//   const std::unique_ptr<KernelTimer> timer = cuda_kernel_timer(0);
//   const std::optional<KernelTimes> times = timer->time(product, Precision::bf16);
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/units.h"
#include "kernels/devices/kernel_query.h"
#include "kernels/tensor.h"

namespace rehearse {

// Medians of repetitions on random numbers.
struct KernelTimes {
  Duration warm;      // one after the other on the same data: the caches hold what fits
  Duration cold;      // each after the second cache was overwritten
  double spread = 0;  // median absolute deviation / median of the warm times
};

// What a device says of itself.
struct TimedDevice {
  std::string name;       // "NVIDIA H200"
  std::string bus;        // where it is: "0000:1b:00.0"
  int capability = 0;     // of NVIDIA: compute capability 9.0 is 90
  int processors = 0;     // multiprocessors
  Bytes memory, cache;    // of the device, and its second cache
  std::string libraries;  // with versions: "CUDA 13.0, cuDNN 9.19, NCCL 2.28"
};

class KernelTimer {
 public:
  virtual ~KernelTimer() = default;

  [[nodiscard]] virtual const TimedDevice& device() const = 0;
  // Whose kernels are timed: a word of the column library_word of kernel tables.
  [[nodiscard]] virtual std::string library(KernelKind kind) const = 0;

  // Nothing where the libraries of the device do not compute it in this precision, or where it
  // needs more than half of the memory. Products with a layout are column-major as in BLAS.
  // REQUIRES: shapes of whole numbers above 0. Throws Error::environment where the device fails.
  virtual std::optional<KernelTimes> time(const KernelQuery& query, Precision precision) = 0;

  // Of so many bytes; host memory is page-locked. REQUIRES: one of the two is the device's.
  virtual Duration copy(MemorySpace from, MemorySpace to, Bytes bytes) = 0;

  // Runs the kernel again and again while `goes_on`, which is asked every few milliseconds, so that
  // the device is never idle. Returns at once where it is not computed.
  virtual void keep_busy(const KernelQuery& query, Precision precision,
                         const std::function<bool()>& goes_on) = 0;

  // From one kernel that does next to nothing to the next, in a queue that is never empty.
  virtual Duration launch_gap() = 0;
};

}  // namespace rehearse
