// Fitted laws of kernels as files.
#pragma once

#include <string>

#include "base/json_reader.h"
#include "kernels/devices/kernel_laws.h"

namespace rehearse {

// A file of the format rehearse-kernels-1, which a device profile names in "kernels".
std::string kernels_file(const KernelLaws& laws, const std::string& device);

// The profile `base`, with another name and with these laws in it; `source` says where they come
// from.
std::string profile_with_kernels(const JsonDocument& base, const std::string& name,
                                 const KernelLaws& laws, const std::string& source);

}  // namespace rehearse
