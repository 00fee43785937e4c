#include "api/local_profile.h"

#include <filesystem>

#include "base/error.h"
#include "calibrate/machine/machine.h"
#include "predict/local_scenario.h"
#include "runtime/worlds/mpi/mpi_world.h"
#include "scenarios/uncalibrated_scenario.h"

namespace rehearse {
namespace {

// Together below a minute.
constexpr Duration kCalibrationBudget(38);
constexpr Duration kCollectivesBudget(12);

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

// Null if there is none yet, or none of kernels, or one that cannot be read any more: it is
// measured anew.
std::shared_ptr<const Profile> cached(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) return nullptr;
  try {
    const JsonDocument file = JsonDocument::parse_file(path);
    if (!file.root().has("device")) return nullptr;
    return std::make_shared<const Profile>(read_profile(file));
  } catch (const Error&) {
    return nullptr;
  }
}

// Of a home that a process may lack; empty: nothing is cached there.
std::string cache_if_any(int devices) {
  try {
    return cached_profile_path(devices);
  } catch (const Error&) {
    return "";
  }
}

// Whether messages between the devices of a node can be measured and are not; null: nothing is.
bool lacks_stack(const Profile* profile, const Scenario& job) {
  const bool measured = profile != nullptr && profile->has_stack;
  return !measured && job.node.devices > 1 && !MpiSession::library().empty();
}

}  // namespace

std::shared_ptr<const Profile> read_local_profile(const std::string& file) {
  return file.empty() ? nullptr : read_file(file);
}

std::shared_ptr<const Profile> known_profile(const JsonDocument& scenario,
                                             const std::string& profile_file) {
  if (!profile_file.empty()) return read_file(profile_file);
  const Scenario job = load_uncalibrated(scenario);
  std::shared_ptr<const Profile> profile = cached(cache_if_any(job.node.devices));
  return profile && job.model && covers(*profile, job) ? profile : nullptr;
}

std::shared_ptr<const Profile> local_profile(const JsonDocument& scenario,
                                             const std::string& profile_file,
                                             const MachineDoor& door) {
  if (!is_local(scenario)) return nullptr;
  if (!profile_file.empty()) return read_file(profile_file);
  const Scenario job = load_uncalibrated(scenario);
  const std::string path = cached_profile_path(job.node.devices);
  std::shared_ptr<const Profile> earlier = cached(path);
  const bool lacks_layers = !earlier || (job.model && !covers(*earlier, job));
  const bool lacks_messages = lacks_stack(earlier.get(), job);
  if (!lacks_layers && !lacks_messages) return earlier;
  if (MpiSession::launched()) {
    throw Error::environment("this machine is not calibrated for this job",
                             "ranks of a launcher would disturb each other",
                             "run the same prediction once without mpirun, or give --profile FILE");
  }
  if (door.watch != nullptr) {
    door.watch->note(earlier ? "measuring layers that are new to this machine (a minute)"
                             : "calibrating this machine for the first time (a minute)");
  }
  make_folder_of(path);
  if (!earlier) {  // what is there may be damaged
    std::error_code none;
    std::filesystem::remove(path, none);
  }
  CalibrateOptions what;
  what.devices = job.node.devices;
  if (job.model) what.scenarios = {job};
  if (lacks_layers) {
    what.only_missing = true;
    what.noise = !earlier;
    what.collectives = false;
    what.budget = kCalibrationBudget;
    calibrate(what, path, door);
  }
  if (lacks_messages) {  // by themselves: where there is no mpirun, the kernels are not lost
    what.kernels = what.noise = false;
    what.collectives = true;
    what.budget = kCollectivesBudget;
    calibrate(what, path, door);
  }
  return read_file(path);
}

}  // namespace rehearse
