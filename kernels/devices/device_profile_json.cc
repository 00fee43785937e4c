#include "base/enum_names.h"
#include "base/error.h"
#include "base/file_format.h"
#include "base/json_reader.h"
#include "kernels/devices/device_profile.h"
#include "kernels/devices/kernel_laws.h"
#include "kernels/devices/measured_device_reader.h"

namespace rehearse {
namespace {

constexpr auto kKindNames = enum_names<DeviceKind>("cpu", "gpu");

template <class Quantity>
Quantity positive(const ObjectReader& reader, std::string_view key, Quantity value) {
  if (value > Quantity(0)) return value;
  throw reader.error_at(key, "it must be more than zero");
}

void read_peaks(ObjectReader reader, DeviceProfile& device) {
  bool any = false;
  for (const Precision precision : kPrecisionNames.values()) {
    const std::string_view key = to_text(precision);
    std::optional<FlopRate>& peak = device.peak[static_cast<std::size_t>(precision)];
    peak = reader.optional_flop_rate(key);
    if (!peak) continue;
    positive(reader, key, *peak);
    any = true;
  }
  reader.finish();
  if (!any) throw reader.error_at("", "no precision has a peak rate");
}

Utilisation read_utilisation(ObjectReader reader) {
  constexpr double kLeastShare = 1e-3;  // below, the profile is a slip of the pen
  Utilisation use;
  use.matrix = reader.number("matrix", kLeastShare, 1);
  use.winograd = reader.optional_number("winograd", 1, 2.25).value_or(1);
  use.tile = reader.optional_integer("tile", 1, 1024).value_or(1);
  use.short_reduction = reader.optional_integer("short_reduction", 0, 100'000).value_or(0);
  use.ramp = reader.optional_duration("ramp").value_or(Duration(0));
  use.memory = reader.number("memory", kLeastShare, 1);
  reader.finish();
  return use;
}

// Devices behind a host link are accelerators.
void guess_kind(DeviceProfile& device) {
  const bool behind = device.host_link_bandwidth < device.memory_bandwidth;
  device.kind = behind ? DeviceKind::gpu : DeviceKind::cpu;
  device.provenance.push_back({"kind",
                               std::string("not given, guessed ") + (behind ? "gpu" : "cpu") +
                                   ": host_link_bandwidth is " + (behind ? "below" : "not below") +
                                   " memory_bandwidth",
                               Provenance::Kind::assumed});
}

}  // namespace

DeviceProfile read_device_profile(ObjectReader reader) {
  DeviceProfile device;
  expect_format(reader, FileKind::device);
  device.name = reader.string("name");
  const auto kind = kKindNames.read_optional(reader, "kind");
  device.kind = kind.value_or(device.kind);
  device.architecture = kArchitectureNames.read_optional(reader, "architecture");
  read_peaks(reader.object("peak"), device);
  device.processors =
      static_cast<double>(reader.optional_integer("processors", 1, 100'000).value_or(0));
  device.memory_bandwidth =
      positive(reader, "memory_bandwidth", reader.bandwidth("memory_bandwidth"));
  device.memory_capacity = positive(reader, "memory_capacity", reader.bytes("memory_capacity"));
  device.launch_overhead = reader.duration("launch_overhead");
  device.host_link_bandwidth =
      positive(reader, "host_link_bandwidth", reader.bandwidth("host_link_bandwidth"));
  device.utilisation = read_utilisation(reader.object("utilisation"));
  constexpr double kMostSpread = 2;  // coefficients of variation above are not a device's
  device.compute_cv = reader.number("compute_cv", 0, kMostSpread);
  device.device_cv = reader.number("device_cv", 0, kMostSpread);
  device.power_watts = reader.optional_number("power_watts", 0, 1e6);
  if (const auto measured = reader.optional_object("measured")) {
    device.measured = std::make_shared<const MeasuredDevice>(read_measured_device(*measured));
  }
  if (reader.has("kernels")) {
    device.kernels =
        std::make_shared<const KernelLaws>(read_kernel_laws(reader, device.processors));
  }
  device.provenance = read_provenance(reader, "provenance");
  if (!kind) guess_kind(device);
  reader.finish();
  return device;
}

}  // namespace rehearse
