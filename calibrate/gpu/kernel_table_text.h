// Measured kernels as a kernel table (kernels/devices/kernel_table.h).
#pragma once

#include <string>

#include "calibrate/gpu/gpu_kernels.h"

namespace rehearse {

// A GPU's name as one word: "NVIDIA H100 80GB HBM3" is h100-80gb-hbm3.
std::string device_word(const std::string& name);

// A row for each kernel, with the columns that all tables have, and behind them cold_time_s (the
// second cache was overwritten before) and spread. `time_s` is with warm caches, as in published
// tables. `source` names GPU, driver, libraries, and the clock where the driver tells them.
std::string kernel_table_text(const GpuMeasurements& measured);

// What `source` says.
std::string provenance_text(const GpuMeasurements& measured);

}  // namespace rehearse
