#include <nlohmann/json.hpp>

#include "scenarios/find_scenario.h"
#include "scenarios/override.h"
#include "scenarios/profile_library.h"
#include "scenarios/uncalibrated_scenario.h"

namespace rehearse {
namespace {

// A profile of nothing but the share of the machine.
std::shared_ptr<const Profile> unmeasured(int devices, DeviceKind kind) {
  Profile profile;
  profile.device.name = "local";
  profile.device.kind = kind;
  profile.device.peak.fill(FlopRate(1));
  profile.device.memory_bandwidth = Bandwidth(1);
  profile.device.host_link_bandwidth = Bandwidth(1);
  MeasuredDevice measured;
  measured.devices = devices;
  measured.threads = 0;
  measured.update_alone = measured.update_busy = Bandwidth(1);
  profile.device.measured = std::make_shared<const MeasuredDevice>(measured);
  return std::make_shared<const Profile>(std::move(profile));
}

}  // namespace

int devices_per_node(const JsonDocument& scenario) {
  const nlohmann::json::json_pointer path("/cluster/node/devices");
  if (!scenario.value().contains(path)) return 1;
  const nlohmann::json& devices = scenario.value().at(path);
  return devices.is_number_integer() ? devices.get<int>() : 1;
}

Scenario load_uncalibrated(const JsonDocument& scenario, DeviceKind kind) {
  ProfileLibrary profiles;
  profiles.set_local(unmeasured(devices_per_node(scenario), kind));
  return read_scenario(scenario, profiles);
}

Scenario load_uncalibrated(const std::string& path, const std::vector<std::string>& overrides) {
  JsonDocument document = open_scenario(path);
  for (const std::string& assignment : overrides) override_key(document, assignment);
  return load_uncalibrated(document);
}

}  // namespace rehearse
