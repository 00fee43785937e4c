// Measures the kernels, copies and launches of one GPU.
//
//   const auto timer = cuda_kernel_timer(0);
//   const GpuMeasurements found = measure_gpu(*timer, kernel_grid(), {.budget = Duration(90)});
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/gpu/gpu_state.h"
#include "calibrate/gpu/kernel_grid.h"
#include "kernels/devices/kernel_timer.h"

namespace rehearse {

struct GpuCalibrationOptions {
  Duration budget{90};  // no kernel begins after it
  // What the driver says while kernels run; empty: nobody asks it.
  std::function<std::optional<GpuState>()> state{};
  std::function<void(Duration passed)> progress{};
};

struct TimedRow {
  GridKernel kernel;
  KernelTimes times;
  std::string library;  // KernelTimer::library
};

struct GpuMeasurements {
  TimedDevice device;
  std::vector<TimedRow> rows;
  int not_computed = 0;  // kernels that the libraries do not know or that do not fit
  int not_reached = 0;   // for want of time
  int failed = 0;
  std::string first_error;                   // of those that failed
  Bandwidth to_device, from_device, within;  // within: what is read and what is written together
  Duration launch_gap;
  // Of one product again and again, between the other kernels: standard deviation / mean.
  double cv = 0;
  std::optional<GpuState> sustained;  // after some seconds of products
};

// Throws Error::environment where the device fails before any kernel is measured.
GpuMeasurements measure_gpu(KernelTimer& timer, const std::vector<GridKernel>& grid,
                            const GpuCalibrationOptions& options);

}  // namespace rehearse
