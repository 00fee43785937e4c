#include "apps/local_profile.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "apps/measure_machine.h"
#include "apps/output.h"
#include "base/error.h"
#include "calibrate/machine.h"
#include "predict/local_scenario.h"
#include "scenarios/override.h"
#include "scenarios/profile_library.h"
#include "scenarios/unmeasured.h"

namespace rehearse {
namespace {

constexpr Duration kCalibrationBudget(50);

std::shared_ptr<const Profile> read_file(const std::string& path) {
  return std::make_shared<const Profile>(read_profile(JsonDocument::parse_file(path)));
}

void make_folder_of(const std::string& file) {
  std::error_code failed;
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    throw Error::environment("'" + folder.string() + "' cannot be made", failed.message(),
                             "use --profile FILE");
  }
}

// Null if there is none yet.
std::shared_ptr<const Profile> cached(const std::string& path) {
  std::error_code failed;
  return std::filesystem::is_regular_file(path, failed) ? read_file(path) : nullptr;
}

}  // namespace

std::shared_ptr<const Profile> read_local_profile(const std::string& file) {
  return file.empty() ? nullptr : read_file(file);
}

std::shared_ptr<const Profile> known_profile(const JsonDocument& scenario,
                                             const std::string& profile_file) {
  if (!profile_file.empty()) return read_file(profile_file);
  const Scenario job = load_unmeasured(scenario);
  return cached(cached_profile_path(job.node.devices));
}

std::shared_ptr<const Profile> local_profile(const JsonDocument& scenario,
                                             const std::string& profile_file, bool quiet) {
  if (!is_local(scenario)) return nullptr;
  if (!profile_file.empty()) return read_file(profile_file);
  const Scenario job = load_unmeasured(scenario);
  const std::string path = cached_profile_path(job.node.devices);
  std::shared_ptr<const Profile> earlier = cached(path);
  if (earlier && covers(*earlier, job)) return earlier;
  if (!quiet) {
    std::cerr << (earlier ? "rehearse: measuring layers that are new to this machine (a minute)\n"
                          : "rehearse: calibrating this machine for the first time (a minute)\n");
  }
  MeasureMachine what;
  what.only_missing = true;
  what.noise = !earlier;
  what.collectives = !earlier || !earlier->has_fabric;
  what.devices = job.node.devices;
  what.scenarios = {job};
  what.budget = kCalibrationBudget;
  make_folder_of(path);
  measure_machine(what, path);
  return read_file(path);
}

Scenario load(const ScenarioOptions& options, const std::vector<std::string>& overrides,
              bool quiet) {
  JsonDocument document = JsonDocument::parse_file(options.file);
  for (const std::string& assignment : overrides) override_key(document, assignment);
  ProfileLibrary profiles;
  profiles.set_local(local_profile(document, options.profile, quiet));
  return read_scenario(document, profiles);
}

}  // namespace rehearse
