// A device profile of a measured GPU.
#pragma once

#include <string>

#include "calibrate/gpu/gpu_kernels.h"

namespace rehearse {

// The text of a file of the format rehearse-device-1: laws fitted to the measured kernels, and as
// peaks and bandwidths the largest that were measured, which are below those of a data sheet. Name,
// driver and clocks of the GPU are in its provenance. Throws Error::environment where no precision
// has a product.
std::string gpu_profile(const GpuMeasurements& measured, const std::string& name);

}  // namespace rehearse
