#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/file_format.h"
#include "base/quantity_text.h"
#include "calibrate/fits/kernel_file.h"
#include "calibrate/fits/kernel_fit.h"
#include "calibrate/gpu/gpu_profile.h"
#include "calibrate/gpu/kernel_table_text.h"
#include "kernels/devices/kernel_table.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

// By compute capability (CUDA C++ Programming Guide, "Compute Capabilities").
std::optional<DeviceArchitecture> architecture_of(int capability) {
  using enum DeviceArchitecture;
  if (capability >= 100) return blackwell;
  if (capability >= 90) return hopper;
  if (capability == 89) return ada;
  if (capability >= 80) return ampere;
  if (capability == 75) return turing;
  if (capability >= 70) return volta;
  if (capability >= 60) return pascal;
  return std::nullopt;
}

// The largest rates of products, by precision.
Json peaks_of(const GpuMeasurements& measured) {
  std::array<FlopRate, kPrecisions> largest{};
  for (const TimedRow& row : measured.rows) {
    if (row.kernel.query.kind() != KernelKind::gemm) continue;
    FlopRate& rate = largest[static_cast<std::size_t>(row.kernel.precision)];
    rate = std::max(rate, flops(row.kernel.query) / row.times.warm);
  }
  Json peaks = Json::object();
  for (const Precision precision : kPrecisionNames.values()) {
    const FlopRate rate = largest[static_cast<std::size_t>(precision)];
    if (rate > FlopRate(0)) peaks[std::string(to_text(precision))] = to_text(rate);
  }
  if (!peaks.empty()) return peaks;
  throw Error::environment("no product of matrices could be measured", measured.first_error,
                           "see docs/guide/gpu.md");
}

Json base_profile(const GpuMeasurements& measured) {
  const auto entry = [](const char* quantity, const std::string& source, const char* kind) {
    return Json{{"quantity", quantity}, {"source", source}, {"kind", kind}};
  };
  Json file = {{"format", format_of(FileKind::device)},
               {"name", device_word(measured.device.name)},
               {"kind", "gpu"}};
  if (const auto architecture = architecture_of(measured.device.capability)) {
    file["architecture"] = std::string(kArchitectureNames.text(*architecture));
  }
  file.update({{"peak", peaks_of(measured)},
               {"processors", measured.device.processors},
               {"memory_bandwidth", to_text(measured.within)},
               {"memory_capacity", to_text(measured.device.memory)},
               {"launch_overhead", to_text(measured.launch_gap)},
               {"host_link_bandwidth", to_text(std::min(measured.to_device, measured.from_device))},
               {"utilisation", {{"matrix", 1}, {"memory", 1}}},
               {"compute_cv", std::stod(significant(measured.cv, 3))},
               {"device_cv", 0}});
  if (measured.sustained && measured.sustained->limit_watts > 0) {
    file["power_watts"] = measured.sustained->limit_watts;
  }
  file["provenance"] = {
      entry("device", provenance_text(measured), "measured"),
      entry("peak", "the largest rates of measured products", "measured"),
      entry("memory_bandwidth", "copies within the device, what is read and written together",
            "measured"),
      entry("host_link_bandwidth", "copies from and to page-locked memory, the slower of the two",
            "measured"),
      entry("launch_overhead", "from one short kernel to the next in a full queue", "measured"),
      entry("compute_cv", "one product again and again during the calibration", "measured"),
      entry("device_cv", "one device was measured", "assumed")};
  return file;
}

}  // namespace

std::string gpu_profile(const GpuMeasurements& measured, const std::string& name) {
  const JsonDocument base = JsonDocument::parse_text(base_profile(measured).dump(), name);
  const DeviceFacts facts = facts_of(read_device_profile(base.root()));
  const KernelTable table = parse_kernel_table(kernel_table_text(measured), name);
  KernelFit fit =
      fit_kernels(table.of(device_word(measured.device.name)), facts, provenance_text(measured));
  fit.laws.for_layers = true;
  return profile_with_kernels(base, name, fit.laws,
                              "laws fitted to kernels measured with " + measured.device.libraries);
}

}  // namespace rehearse
