// Devices for the tests: the shipped profiles and one with round numbers.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json_reader.h"
#include "kernels/devices/device_profile.h"

namespace rehearse::test {

inline DeviceProfile shipped_device(const std::string& name) {
  return read_device_profile(JsonDocument::parse_file(std::string(REHEARSE_SOURCE_DIR) +
                                                      "/scenarios/devices/" + name + ".json")
                                 .root());
}

// The names of all of them, in order.
inline std::vector<std::string> shipped_devices() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(REHEARSE_SOURCE_DIR) +
                                                               "/scenarios/devices")) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// 1 TFLOP/s, 100 GB/s, every kernel at the roofline, 1 us per launch.
inline DeviceProfile ideal_device() {
  DeviceProfile device;
  device.name = "ideal";
  device.peak[static_cast<std::size_t>(Precision::fp32)] = FlopRate(1e12);
  device.memory_bandwidth = Bandwidth(100e9);
  device.memory_capacity = Bytes(1e10);
  device.launch_overhead = Duration(1e-6);
  device.host_link_bandwidth = Bandwidth(10e9);
  device.utilisation.matrix = 1;
  device.utilisation.memory = 1;
  return device;
}

}  // namespace rehearse::test
