#include "calibrate/machine/kernels.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "base/contract.h"
#include "base/error.h"
#include "base/stats.h"
#include "calibrate/machine/benchmark_case.h"
#include "calibrate/machine/co_run.h"
#include "calibrate/machine/layer_grid.h"
#include "calibrate/machine/speed_series.h"
#include "calibrate/machine/thread_scaling.h"
#include "kernels/backend.h"
#include "kernels/devices/beside_others.h"
#include "kernels/devices/fixed_work.h"
#include "kernels/devices/job_keys.h"
#include "scenarios/profile.h"

namespace rehearse {
namespace {

constexpr std::size_t kDirections = 3;
// Behind the numbers of the directions: fixed work, when it began, and the same again.
constexpr std::size_t kFixedWork = kDirections;
constexpr std::size_t kLooks = 2;
constexpr std::size_t kNumbers = kFixedWork + 2 * kLooks;
constexpr std::int64_t kGridBatch = 16;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// What all passes over one subject have shown.
struct Samples {
  std::vector<double> alone[kDirections], busy[kDirections];
  std::vector<double> warm;  // of each direction; empty if the budget did not reach so far
};

// Median absolute deviation / median.
double relative_spread(const std::vector<double>& values) {
  const double median = quantile(values, 0.5);
  std::vector<double> deviations;
  for (const double value : values) deviations.push_back(std::abs(value - median));
  return median > 0 ? quantile(deviations, 0.5) / median : 0;
}

// Of a time alone that another program has disturbed, what it is at most: that beside others.
Duration undisturbed(Duration alone, Duration busy) {
  return faster_beside_others(alone, busy) ? busy : alone;
}

// `of_machine`: the spread of what is the same all the time.
MeasuredTime summary(const Samples& samples, std::size_t direction, double of_machine) {
  const std::vector<double>& alone = samples.alone[direction];
  const std::vector<double>& busy = samples.busy[direction];
  MeasuredTime time;
  if (!samples.warm.empty()) time.warm = Duration(samples.warm[direction]);
  time.busy = Duration(mean_without_stalls(busy));
  time.alone = undisturbed(Duration(mean_without_stalls(alone)), time.busy);
  // Fewer passes tell nothing of their spread.
  constexpr std::size_t kFewest = 3;
  if (alone.size() >= kFewest) time.spread = relative_spread(alone);
  if (time.spread == 0) time.spread = of_machine;
  return time;
}

MeasuredLayer measured(const BenchmarkCase& subject, const Samples& samples, double of_machine) {
  MeasuredLayer layer;
  layer.forward = summary(samples, 0, of_machine);
  layer.backward_data = summary(samples, 1, of_machine);
  layer.backward_weights = summary(samples, 2, of_machine);
  layer.forward_work = subject.forward;
  layer.backward_data_work = subject.backward_data;
  layer.backward_weights_work = subject.backward_weights;
  return layer;
}

// Takes the fixed work out of the results: its means over all of them, and how evenly fast the
// devices were. Returns its relative spread, alone.
double take_fixed_work(std::vector<CoRunResult>& results, MeasuredDevice& device) {
  std::vector<double> alone;
  std::vector<double> busy;
  std::vector<SpeedSample> looks;
  for (CoRunResult& result : results) {
    if (result.alone.empty()) continue;
    for (std::size_t at = kFixedWork; at < kNumbers; at += 2) {
      alone.push_back(result.alone[at]);
      busy.push_back(result.busy[at]);
      SpeedSample look{Duration(result.busy[at + 1]), {}};
      for (const std::vector<double>& one : result.busy_of) look.times.emplace_back(one[at]);
      looks.push_back(std::move(look));
    }
    result.alone.resize(kDirections);
    result.busy.resize(kDirections);
  }
  device.fixed_work_busy = Duration(mean_without_stalls(busy));
  device.fixed_work_alone =
      undisturbed(Duration(mean_without_stalls(alone)), device.fixed_work_busy);
  SpeedNoise noise = speed_noise(looks);
  const double spread = relative_spread(alone);
  // Nothing is known better than the mean is: its standard error, of normal values.
  constexpr double kNormal = 1.4826;  // deviation / median size
  const double known_to = kNormal * spread / std::sqrt(static_cast<double>(alone.size()));
  device.drift = std::max(noise.common, known_to);
  device.speeds = std::move(noise.own);
  for (SpeedDeviation& speed : device.speeds) speed.cv = std::max(speed.cv, known_to);
  return spread;
}

void measure(const std::vector<BenchmarkCase>& subjects, const KernelCalibrationOptions& options,
             MeasuredDevice& device) {
  CoRunOptions co;
  co.devices = options.devices;
  co.threads = options.threads;
  co.budget = options.budget;
  co.progress = options.progress;
  co.values_per_job = kNumbers;
  std::vector<std::size_t> with_warm;
  for (std::size_t s = 0; s < subjects.size(); ++s) {
    if (subjects[s].measure_warm) with_warm.push_back(s);
  }
  // All passes over all subjects as a step finds them, then one over those that can be warm.
  const std::size_t as_in_step = subjects.size() * static_cast<std::size_t>(options.most_passes);
  std::optional<FixedWork> fixed_work;  // of each process
  std::vector<CoRunResult> results =
      co_run(co, as_in_step + with_warm.size(), [&](std::size_t job) {
        if (!fixed_work) fixed_work.emplace(options.threads);
        std::vector<double> looks;  // first, while all devices that are busy do the same
        for (std::size_t i = 0; i < kLooks; ++i) {
          const double at = seconds_now();
          const double time = fixed_work->time().value();
          looks.insert(looks.end(), {time, at});
        }
        std::vector<double> values = job < as_in_step
                                         ? subjects[job % subjects.size()].measure()
                                         : subjects[with_warm[job - as_in_step]].measure_warm();
        values.insert(values.end(), looks.begin(), looks.end());
        return values;
      });
  const double of_machine = take_fixed_work(results, device);
  std::vector<std::vector<double>> warm(subjects.size());
  for (std::size_t i = 0; i < with_warm.size(); ++i) {
    warm[with_warm[i]] = results[as_in_step + i].alone;
  }
  results.resize(as_in_step);
  for (std::size_t s = 0; s < subjects.size(); ++s) {
    Samples samples;
    samples.warm = warm[s];
    for (std::size_t job = s; job < results.size(); job += subjects.size()) {
      for (std::size_t d = 0; d < results[job].alone.size(); ++d) {
        samples.alone[d].push_back(results[job].alone[d]);
        samples.busy[d].push_back(results[job].busy[d]);
      }
    }
    if (samples.alone[0].empty()) continue;
    device.layers.add(subjects[s].key, subjects[s].batch,
                      measured(subjects[s], samples, of_machine));
  }
}

// The largest rate that a measured convolution or dense layer reached.
FlopRate largest_rate(const MeasuredLayers& layers) {
  FlopRate largest(0);
  for (const auto& [key, layer] : layers.all()) {
    if (!key.first.starts_with("convolution ") && !key.first.starts_with("dense ")) continue;
    for (const Direction d :
         {Direction::forward, Direction::backward_data, Direction::backward_weights}) {
      if (layer.time(d).alone > Duration(0)) {
        largest = std::max(largest, layer.work(d).flops / layer.time(d).alone);
      }
    }
  }
  return largest;
}

// `known`: the largest rate of layers that were not measured again.
DeviceProfile profile_of(MeasuredDevice measured, const BenchmarkCase& stream, FlopRate known) {
  DeviceProfile device;
  const MeasuredLayer& update = *measured.layers.find(stream.key, stream.batch);
  measured.update_alone = stream.forward.bytes / update.forward.alone;
  measured.update_busy = stream.forward.bytes / update.forward.busy;
  device.name = "local";
  // After too few looks, what is known of the mean.
  device.compute_cv = measured.speeds.empty() ? measured.drift : measured.speeds.front().cv;
  const FlopRate peak = std::max(known, largest_rate(measured.layers));
  if (!(peak > FlopRate(0))) {
    throw Error::environment("no convolution or dense layer could be measured",
                             "the budget was over before", "give a larger --budget");
  }
  device.peak[static_cast<std::size_t>(Precision::fp32)] = peak;
  device.memory_bandwidth = measured.update_alone;
  device.memory_capacity = this_machine().memory / measured.devices;
  device.host_link_bandwidth = device.memory_bandwidth;
  device.utilisation.matrix = 1;
  device.utilisation.memory = 1;
  device.measured = std::make_shared<const MeasuredDevice>(std::move(measured));
  device.provenance = {
      {"layer times", "each layer timed alone on this machine with " + cpu_backend().library(),
       Provenance::Kind::measured},
      {"peak.fp32", "the largest rate of a measured convolution or dense layer",
       Provenance::Kind::measured},
      {"memory_bandwidth", "the optimizer's pass over memory", Provenance::Kind::measured}};
  return device;
}

}  // namespace

DeviceProfile calibrate_kernels(const std::vector<KernelJob>& jobs,
                                const KernelCalibrationOptions& options) {
  EXPECTS(options.devices >= 1 && options.threads >= 1 && options.most_passes >= 1);
  const KernelJob grid{std::make_shared<const Model>(layer_grid()), {kGridBatch}, {}, nullptr, ""};
  std::vector<KernelJob> all = jobs;
  all.push_back(grid);
  std::vector<BenchmarkCase> subjects = benchmark_cases(all, options.threads);
  std::erase_if(subjects, [&](const BenchmarkCase& s) {  // the first update shows the memory's rate
    return &s != subjects.data() && options.known != nullptr &&
           options.known->find(s.key, s.batch) != nullptr;
  });
  MeasuredDevice device;
  device.threads = options.threads;
  device.devices = options.devices;
  device.shares_core = options.shares_core;
  device.scaling = measure_thread_scaling(options.threads, options.threads * options.devices);
  measure(subjects, options, device);
  const auto stream = std::find_if(subjects.begin(), subjects.end(), [&](const BenchmarkCase& s) {
    return s.key.starts_with("update ") && device.layers.find(s.key, s.batch) != nullptr;
  });
  if (stream == subjects.end()) {
    throw Error::environment("nothing could be measured", "the budget was over at once",
                             "give a larger --budget");
  }
  const FlopRate known = options.known != nullptr ? largest_rate(*options.known) : FlopRate(0);
  return profile_of(std::move(device), *stream, known);
}

}  // namespace rehearse
