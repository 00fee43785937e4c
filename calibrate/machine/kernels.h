// Measures what one device of this machine takes for the layers, the optimizer and the input of
// training jobs: alone, and with all devices busy.
//
// Layers are timed one by one (kernels/devices/layer_benchmark.h), every distinct layer of the jobs
// once, then again and again as the budget allows; their mean, stalls aside, counts. Nothing is
// fitted to whole networks.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/devices/device_profile.h"
#include "kernels/models/model.h"
#include "kernels/optimizer.h"
#include "runtime/data/dataset.h"

namespace rehearse {

// A training job whose costs are wanted.
struct KernelJob {
  std::shared_ptr<const Model> model;
  std::vector<std::int64_t> batches;  // per worker
  OptimizerOptions optimizer;
  std::shared_ptr<const Dataset> data;  // null: input is not measured
  std::string data_format;              // of input_key
};

struct KernelCalibrationOptions {
  int devices = 1;
  int threads = 1;  // per device
  bool shares_core = true;
  Duration budget{40};
  int most_passes = 12;
  // What need not be measured again; may be null.
  const MeasuredLayers* known = nullptr;
  std::function<void(Duration passed)> progress{};  // CoRunOptions
};

// `jobs` come first, then, if the budget allows, a grid of layers that helps to interpolate others.
// Throws Error::environment when a measuring process dies.
DeviceProfile calibrate_kernels(const std::vector<KernelJob>& jobs,
                                const KernelCalibrationOptions& options);

}  // namespace rehearse
