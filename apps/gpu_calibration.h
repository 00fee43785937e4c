// Measures the kernels of a GPU and writes what it found: a device profile, a kernel table, or
// both.
#pragma once

#include <string>

#include "base/units.h"

namespace rehearse {

struct GpuCalibration {
  int gpu = 0;  // of this process
  Duration budget{90};
  std::string profile;  // file to write; empty: none
  std::string table;    // the same, as CSV
  bool quiet = false;   // nothing on stderr
};

// Returns the exit status. Throws Error::environment, at once where there is no GPU.
int calibrate_gpu(const GpuCalibration& what);

}  // namespace rehearse
