// What calibrating a machine found out, joined in one file: the device, the fabric, and the machine
// they belong to. The file format is in docs/formats.md, its schema in scenarios/schema/.
#pragma once

#include <cstdint>
#include <string>

#include "base/json_reader.h"
#include "kernels/devices/device_profile.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {

struct Machine {
  std::string cpu;  // as the processor calls itself
  int cores = 0;
  Bytes memory;
  std::string kernels;    // "oneDNN 2.6.3"
  std::string transport;  // "Open MPI 4.1.4"; empty without MPI

  bool operator==(const Machine&) const = default;
};

struct Profile {
  Machine machine;
  DeviceProfile device;  // its `measured` is never null
  StackProfile stack;    // ideal if collectives were not measured
  bool has_stack = false;
  std::string json;  // the file itself, to be repeated in run records
};

// Throws Error::input for unknown keys and missing or impossible values.
Profile read_profile(const JsonDocument& document);

// This machine, from /proc; `kernels` and `transport` stay empty.
Machine this_machine();

// Where the profile of this machine with `devices` devices per node is kept between runs:
// $XDG_CACHE_HOME/rehearse or ~/.cache/rehearse.
std::string cached_profile_path(int devices);

}  // namespace rehearse
