// Calibrates this machine for training jobs and keeps the result as the text of a profile.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "calibrate/machine/collectives.h"
#include "calibrate/machine/machine_load.h"
#include "calibrate/machine/noise.h"
#include "calibrate/machine/overlap.h"
#include "kernels/devices/device_profile.h"
#include "scenarios/scenario.h"

namespace rehearse {

// How the cores of this machine are shared out.
struct MachineShare {
  int devices = 1;
  int threads = 1;  // per device
  bool shares_core = true;

  // REQUIRES: devices >= 1. Every device gets an equal share of the cores, at least one.
  static MachineShare of(int devices);
};

// What calibrate found; absent parts leave those of an earlier profile as they are.
struct Findings {
  std::optional<DeviceProfile> device;
  std::optional<CollectiveMeasurements> collectives;
  std::optional<OverlapMeasurement> overlap;
  std::optional<NoiseMeasurement> noise;
  // While all this was measured; told in the provenance of device and fabric where it was busy.
  std::optional<MachineLoad> load;
};

// The layers, optimizer and input of the scenarios' workers at every point of their sweeps, but for
// those in `known` (may be null). `progress`: CoRunOptions; may be empty.
DeviceProfile calibrate_device(const std::vector<Scenario>& scenarios, const MachineShare& share,
                               Duration budget, const MeasuredLayers* known = nullptr,
                               const std::function<void(Duration passed)>& progress = {});

// Whether `profile` knows every layer of the scenario at every batch of its sweep, its optimizer's
// step and its input.
bool covers(const Profile& profile, const Scenario& scenario);

// A profile file: `findings` on top of `earlier` (the text of a profile, or empty). Layers of an
// earlier profile of the same devices are kept. Throws Error::input if `earlier` is damaged. A
// profile without a device is of no use yet, but may be completed.
std::string profile_text(const Findings& findings, const std::string& earlier);

}  // namespace rehearse
