#include "api/calibrate.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/text_file.h"
#include "calibrate/machine/machine.h"
#include "runtime/worlds/core_binding.h"
#include "runtime/worlds/mpi/mpi_world.h"

namespace rehearse {
namespace {

// Of the budget.
constexpr double kNoise = 0.2;
constexpr double kLayers = 0.5;  // at least, of what is left beside the collectives
constexpr double kAlone = 0.72;  // noise and kernels, where collectives are measured too
constexpr double kOverlap = 0.1;
constexpr Duration kLaunch(1.5);  // what mpirun takes to start and to end
constexpr Duration kLeast(1);     // of any part, however little of the budget is left

class Stopwatch {
 public:
  [[nodiscard]] Duration passed() const {
    return Duration(std::chrono::duration<double>(Clock::now() - begin_).count());
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now();
};

void warn_if_busy(const MachineLoad& load, const char* part, CalibrationWatch& watch) {
  if (!load.is_busy()) return;
  watch.warn("busy_machine", to_text(load) + " while " + part +
                                 " were measured: times are too long; calibrate again on an idle "
                                 "machine");
}

// Before minutes are spent on it.
void expect_place(const std::string& profile) {
  std::string folder = std::filesystem::path(profile).parent_path().string();
  if (folder.empty()) folder = ".";
  if (access(folder.c_str(), W_OK) == 0) return;
  throw Error::environment("'" + profile + "' cannot be written", std::strerror(errno),
                           "choose another place");
}

std::string text_of_file(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::exists(path, unknown) ? read_text_file(path) : "";
}

void measure_alone(const CalibrateOptions& what, Duration budget, CalibrationWatch& watch,
                   const std::string& profile) {
  const Stopwatch time;
  const MachineShare share = MachineShare::of(what.devices);
  const std::string earlier = text_of_file(profile);
  std::shared_ptr<const MeasuredDevice> known;
  if (what.only_missing && !earlier.empty()) {
    known = read_profile(JsonDocument::parse_text(earlier, profile)).device.measured;
  }
  Findings findings;
  const std::vector<int> cores = usable_core_numbers();
  const CpuTime before = cpu_time(cores);
  if (what.noise) {
    NoiseOptions options;
    options.devices = share.devices;
    options.threads = share.threads;
    options.budget = std::min(options.budget, what.kernels ? kNoise * budget : budget);
    watch.begin("the noise of this machine", options.budget);
    findings.noise = measure_noise(options);
    watch.end();
  }
  if (what.kernels) {
    // However long the noise has taken: without layers a profile is of no use.
    const Duration rest = std::max(kLayers * budget, budget - time.passed());
    watch.begin("layers", rest);
    findings.device =
        calibrate_device(what.scenarios, share, rest, known ? &known->layers : nullptr,
                         [&](Duration passed) { watch.passed(passed, rest); });
    watch.end();
  }
  findings.load = load_between(before, cpu_time(cores));
  warn_if_busy(*findings.load, "layers and noise", watch);
  write_text_file(profile, profile_text(findings, earlier));
}

// Of this host since `before`, on rank 0; its ranks do not count as others.
MachineLoad load_beside_ranks(MpiSession& session, const std::vector<int>& cores,
                              const CpuTime& before) {
  CpuTime after = cpu_time(cores);
  const double mine = (after.own - before.own).value();
  const std::vector<std::string> all =
      session.gather(session.node() == 0 ? std::to_string(mine) : "0");
  Duration ranks;
  for (const std::string& one : all) ranks += Duration(std::stod(one));
  after.own = before.own + ranks;
  return load_between(before, after);
}

void measure_as_rank(const CalibrateOptions& what, CalibrationWatch& watch,
                     const std::string& profile) {
  MpiSession session;
  const MachineShare share = MachineShare::of(what.devices);
  const std::vector<int> cores = usable_core_numbers();  // before this rank is bound to some
  const CpuTime before = cpu_time(cores);
  bind_to_cores(session.local_rank(), share.threads);
  CollectiveOptions options;
  options.budget = (1 - kOverlap) * what.budget;
  Findings findings;
  findings.collectives = measure_collectives(session, options);
  findings.overlap = measure_overlap(session, kOverlap * what.budget);
  findings.load = load_beside_ranks(session, cores, before);
  if (session.rank() != 0) return;
  warn_if_busy(*findings.load, "messages", watch);
  write_text_file(profile, profile_text(findings, text_of_file(profile)));
}

}  // namespace

void calibrate(const CalibrateOptions& what, const std::string& profile, const MachineDoor& door) {
  CalibrationWatch nobody;
  CalibrationWatch& watch = door.watch != nullptr ? *door.watch : nobody;
  if (MpiSession::launched()) {
    if (what.kernels || what.noise) {
      throw Error::environment("the cores cannot be measured by ranks of a launcher",
                               "each would disturb the others",
                               "run rehearse calibrate without mpirun; it starts ranks itself");
    }
    measure_as_rank(what, watch, profile);
    return;
  }
  expect_place(profile);
  const Stopwatch time;
  const bool several = what.devices > 1 && !MpiSession::library().empty() && door.start_ranks;
  const bool alone = what.kernels || what.noise;
  const bool together = what.collectives && several;
  if (alone) measure_alone(what, together ? kAlone * what.budget : what.budget, watch, profile);
  if (!what.collectives) return;
  if (!several) {
    if (alone) return;
    throw Error::input("collectives need several devices", "this machine has one",
                       "use --devices N");
  }
  const Duration rest = std::max(kLeast, what.budget - time.passed() - kLaunch);
  watch.begin("messages of " + std::to_string(what.devices) + " ranks under mpirun", rest);
  const bool measured = door.start_ranks(what.devices, profile, rest);
  watch.end();
  if (measured) return;
  throw Error::environment("the collectives could not be measured", "a rank failed",
                           "see above, or work with --devices 1");
}

}  // namespace rehearse
