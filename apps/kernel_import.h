// `rehearse calibrate --import TABLE.csv`: a device profile with laws of the user's own kernels.
#pragma once

#include <optional>
#include <string>

#include "kernels/devices/kernel_table.h"

namespace rehearse {

struct KernelImport {
  std::string table;
  std::optional<std::string> device;  // the word of its rows; absent: the table has one device
  std::string base;  // a profile with the data sheet; empty: the one that is named as the device
  std::string output;
  bool quiet = false;
};

// Writes the profile and tells how wrong its laws are about the kernels that were held out. Throws
// Error::input.
int import_kernels(const KernelImport& what);

}  // namespace rehearse
