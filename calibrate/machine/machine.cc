#include "calibrate/machine/machine.h"

#include <algorithm>

#include "base/contract.h"
#include "calibrate/machine/kernels.h"
#include "kernels/devices/job_keys.h"
#include "kernels/devices/layer_key.h"
#include "runtime/worlds/core_binding.h"
#include "train/train.h"

namespace rehearse {
namespace {

// The batches of a scenario's workers over its sweep, each once.
std::vector<std::int64_t> batches_of(const Scenario& scenario) {
  std::vector<std::int64_t> batches;
  for (const std::int64_t workers : scenario.workers) {
    batches.push_back(scenario.worker_batch(workers));
  }
  std::sort(batches.begin(), batches.end());
  batches.erase(std::unique(batches.begin(), batches.end()), batches.end());
  return batches;
}

}  // namespace

MachineShare MachineShare::of(int devices) {
  EXPECTS(devices >= 1);
  MachineShare share;
  share.devices = devices;
  share.threads = std::max(1, usable_cores() / devices);
  return share;
}

DeviceProfile calibrate_device(const std::vector<Scenario>& scenarios, const MachineShare& share,
                               Duration budget, const MeasuredLayers* known,
                               const std::function<void(Duration passed)>& progress) {
  std::vector<KernelJob> jobs;
  for (const Scenario& scenario : scenarios) {
    jobs.push_back({scenario.model, batches_of(scenario), scenario.optimizer.rule,
                    open_data(scenario).train, to_text(scenario.source.format)});
  }
  KernelCalibrationOptions options;
  options.devices = share.devices;
  options.threads = share.threads;
  options.shares_core = share.shares_core;
  options.budget = budget;
  options.known = known;
  options.progress = progress;
  return calibrate_kernels(jobs, options);
}

bool covers(const Profile& profile, const Scenario& scenario) {
  const MeasuredLayers& layers = profile.device.measured->layers;
  const Model& model = *scenario.model;
  const std::string update =
      update_key(scenario.optimizer.rule.name, scenario.optimizer.slots, model.parameter_count());
  if (layers.find(update, 1) == nullptr) return false;
  const std::string input = input_key(model.input_shape(), to_text(scenario.source.format));
  for (const std::int64_t batch : batches_of(scenario)) {
    if (layers.find(input, batch) == nullptr) return false;
    for (std::size_t layer = 1; layer < model.layers().size(); ++layer) {
      if (layers.find(layer_key(model, layer), batch) == nullptr) return false;
    }
  }
  return true;
}

}  // namespace rehearse
