#include "apps/measure_machine.h"

#include <fstream>
#include <iterator>

#include "calibrate/machine.h"
#include "runtime/mpi_world.h"

namespace rehearse {
namespace {

// The rest is for collectives and noise.
constexpr double kKernelShare = 0.7;

std::string text_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::string measure_machine(const MeasureMachine& what) {
  const MachineShare share = MachineShare::of(what.devices);
  Findings findings;
  if (what.noise) findings.noise = measure_noise(share.devices, share.threads);
  if (what.kernels) {
    findings.device = calibrate_device(what.scenarios, share, kKernelShare * what.budget);
  }
  return profile_text(findings, text_of_file(what.earlier));
}

}  // namespace rehearse
