// What is known about a compute device.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/enum_names.h"
#include "base/provenance.h"
#include "base/units.h"
#include "kernels/devices/measured_layers.h"
#include "kernels/devices/speed_deviation.h"
#include "kernels/devices/thread_scaling.h"
#include "kernels/models/precision.h"

namespace rehearse {

struct KernelLaws;
struct KernelQuery;
struct KernelTime;
class ObjectReader;

// How far kernels come towards the peaks (kernels/devices/cost_model.h says how each number is
// used).
struct Utilisation {
  double matrix = 0;                 // share of the peak that large matrix kernels reach, in (0, 1]
  double winograd = 1;               // speed-up of 3x3 stride-1 convolutions in fp32, in [1, 2.25]
  std::int64_t tile = 1;             // output features a matrix kernel computes at a time
  std::int64_t short_reduction = 0;  // length of the sum at which half of `matrix` is reached
  Duration ramp{};                   // filling and draining the device, for each matrix kernel
  double memory = 0;  // share of the memory bandwidth that streaming kernels reach, (0, 1]
};

// What calibrating this machine adds to a profile: a device is `threads` cores of a node that is
// shared out evenly among `devices`.
struct MeasuredDevice {
  int threads = 1;  // 0: not known
  int devices = 1;
  // The threads that communicate run on the cores that compute.
  bool shares_core = false;
  // What going to sleep and waking up again costs the core of a waiting thread.
  Duration wake_up;
  // How unevenly fast the devices were; the profile's compute_cv is that of the shortest lag.
  // Empty: not known.
  std::vector<SpeedDeviation> speeds;
  // What kernels/devices/fixed_work.h took while the layers were timed, with the other devices idle
  // and busy; zero: not known.
  Duration fixed_work_alone, fixed_work_busy;
  // How kernels scale with threads, in ascending order; empty: not known.
  std::vector<ThreadSpeed> scaling;
  // Relative standard deviation of the speed that all devices have in common.
  double drift = 0;
  // Traffic of the optimizer's step, with the other devices idle and busy.
  Bandwidth update_alone, update_busy;
  MeasuredLayers layers;
};

enum class DeviceKind { cpu, gpu };

// Generations of accelerators.
enum class DeviceArchitecture {
  kepler,
  pascal,
  volta,
  turing,
  ampere,
  ada,
  hopper,
  blackwell,
  cdna2,
  cdna3
};

inline constexpr auto kArchitectureNames =
    enum_names<DeviceArchitecture>("kepler", "pascal", "volta", "turing", "ampere", "ada", "hopper",
                                   "blackwell", "cdna2", "cdna3");

struct DeviceProfile {
  std::string name;
  DeviceKind kind = DeviceKind::cpu;
  std::optional<DeviceArchitecture> architecture;  // absent: not told
  // Dense rates by Precision; absent: unsupported.
  std::array<std::optional<FlopRate>, kPrecisions> peak;
  double processors = 0;  // multiprocessors of a GPU, cores of a CPU; 0: not told
  Bandwidth memory_bandwidth;
  Bytes memory_capacity;
  Duration launch_overhead;       // host time per kernel that the device waits for
  Bandwidth host_link_bandwidth;  // between device and host memory, one direction
  Utilisation utilisation;
  double compute_cv = 0;              // of one device's step times: standard deviation / mean
  double device_cv = 0;               // between the mean speeds of nominally equal devices
  std::optional<double> power_watts;  // board or package at full load
  std::shared_ptr<const MeasuredDevice> measured;  // null unless calibrated on the machine itself
  std::shared_ptr<const KernelLaws> kernels;       // null unless kernels were measured
  std::vector<Provenance> provenance;

  // Throws Error::input, listing what it has, when the device has no peak for `precision`.
  [[nodiscard]] FlopRate peak_rate(Precision precision) const;
  // Of a kernel whose like was measured on this device (kernels/devices/kernel_laws.h); nothing
  // where no law is known of its kind.
  [[nodiscard]] std::optional<KernelTime> kernel_time(const KernelQuery& query,
                                                      Precision precision) const;
  [[nodiscard]] bool is_accelerator() const { return kind == DeviceKind::gpu; }
};

// The same device at a time when all its work takes `factor` times as long. REQUIRES: measured.
DeviceProfile slowed_down(const DeviceProfile& device, double factor);

// The root object of a profile file. Strict: unknown keys, zero rates and shares outside their
// range are Error::input. A file without "kind" is guessed to be of a GPU if its host link is
// slower than its memory; the provenance says so.
DeviceProfile read_device_profile(ObjectReader reader);

}  // namespace rehearse
