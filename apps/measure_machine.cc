#include "apps/measure_machine.h"

#include <fstream>
#include <iterator>

#include "apps/launch.h"
#include "apps/output.h"
#include "base/error.h"
#include "calibrate/machine.h"
#include "runtime/core_binding.h"
#include "runtime/mpi_world.h"

namespace rehearse {
namespace {

std::string text_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void measure_alone(const MeasureMachine& what, Duration budget, const std::string& profile) {
  const MachineShare share = MachineShare::of(what.devices);
  Findings findings;
  if (what.noise) findings.noise = measure_noise(share.devices, share.threads);
  const std::string earlier = text_of_file(profile);
  std::shared_ptr<const MeasuredDevice> known;
  if (what.only_missing && !earlier.empty()) {
    known = read_profile(JsonDocument::parse_text(earlier, profile)).device.measured;
  }
  if (what.kernels) {
    findings.device =
        calibrate_device(what.scenarios, share, budget, known ? &known->layers : nullptr);
  }
  write_file(profile, profile_text(findings, earlier));
}

void measure_as_rank(const MeasureMachine& what, const std::string& profile) {
  MpiSession session;
  const MachineShare share = MachineShare::of(what.devices);
  bind_to_cores(session.local_rank(), share.threads);
  CollectiveOptions options;
  options.budget = what.budget;
  Findings findings;
  findings.collectives = measure_collectives(session, options);
  findings.overlap = measure_overlap(session);
  if (session.rank() == 0) {
    write_file(profile, profile_text(findings, text_of_file(profile)));
  }
}

}  // namespace

void measure_machine(const MeasureMachine& what, const std::string& profile) {
  if (MpiSession::launched()) {
    if (what.kernels || what.noise) {
      throw Error::environment("the cores cannot be measured by ranks of a launcher",
                               "each would disturb the others",
                               "run rehearse calibrate without mpirun; it starts ranks itself");
    }
    measure_as_rank(what, profile);
    return;
  }
  constexpr double kKernels = 0.65;  // of the budget; noise takes four seconds
  constexpr double kCollectives = 0.25;
  const bool several = what.devices > 1 && !MpiSession::library().empty();
  const bool alone = what.kernels || what.noise;
  if (alone) measure_alone(what, several ? kKernels * what.budget : what.budget, profile);
  if (!what.collectives) return;
  if (!several) {
    if (alone) return;
    throw Error::input("collectives need several devices", "this machine has one",
                       "use --devices N");
  }
  const Duration budget = alone ? kCollectives * what.budget : what.budget;
  const int status =
      launch_ranks(what.devices, {"calibrate", "collectives", "-o", profile, "--devices",
                                  std::to_string(what.devices), "--budget",
                                  std::to_string(budget.value()) + " s"});
  if (status == 0) return;
  throw Error::environment("the collectives could not be measured", "mpirun failed",
                           "see above, or work with --devices 1");
}

}  // namespace rehearse
