#include "apps/gpu_calibration.h"

#include <filesystem>
#include <iostream>

#include "base/quantity_text.h"
#include "base/text_file.h"
#include "calibrate/gpu/gpu_kernels.h"
#include "calibrate/gpu/gpu_profile.h"
#include "calibrate/gpu/kernel_table_text.h"
#include "kernels/cuda/cuda_kernel_timer.h"

namespace rehearse {
namespace {

void warn(const std::string& code, const std::string& what) {
  std::cerr << "warning [" + code + "]: " + what + "\n";
}

void tell(const GpuMeasurements& found) {
  std::cerr << "rehearse: " + std::to_string(found.rows.size()) + " kernels of " +
                   provenance_text(found) + "\n";
  if (found.not_computed > 0) {
    warn("not_computed", std::to_string(found.not_computed) +
                             " kernels are not computed on this GPU by its libraries");
  }
  if (found.not_reached > 0) {
    warn("budget",
         std::to_string(found.not_reached) + " kernels are not measured: give a larger --budget");
  }
  if (found.failed > 0) {
    warn("failed_kernels",
         std::to_string(found.failed) + " kernels failed; the first: " + found.first_error);
  }
  if (!found.sustained) {
    warn("no_nvidia_smi", "clocks and power are not known: nvidia-smi does not answer");
  }
}

}  // namespace

int calibrate_gpu(const GpuCalibration& what) {
  const std::unique_ptr<KernelTimer> timer = cuda_kernel_timer(what.gpu);
  GpuCalibrationOptions options;
  options.budget = what.budget;
  options.state = [bus = timer->device().bus] { return gpu_state(bus); };
  if (!what.quiet) {
    std::cerr << "rehearse: measuring kernels of " + timer->device().name + " (" +
                     to_text(what.budget) + ")\n";
  }
  const GpuMeasurements found = measure_gpu(*timer, kernel_grid(), options);
  if (!what.quiet) tell(found);
  if (!what.table.empty()) write_text_file(what.table, kernel_table_text(found));
  if (!what.profile.empty()) {
    const std::string name = std::filesystem::path(what.profile).stem().string();
    write_text_file(what.profile, gpu_profile(found, name));
  }
  return 0;
}

}  // namespace rehearse
