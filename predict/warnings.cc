#include "predict/warnings.h"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>

#include "base/quantity_text.h"
#include "kernels/devices/layer_key.h"
#include "predict/job_memory.h"
#include "predict/job_point.h"
#include "predict/pointless.h"
#include "predict/uncertainty.h"

namespace rehearse {
namespace {

using Points = std::vector<PredictedPoint>;

std::vector<std::size_t> where(const Points& points,
                               const std::function<bool(const PredictedPoint&)>& holds) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (holds(points[i])) found.push_back(i);
  }
  return found;
}

void add(std::vector<Warning>& list, std::string code, std::string what,
         std::vector<std::size_t> points) {
  if (!points.empty()) list.push_back({std::move(code), std::move(what), std::move(points)});
}

std::string why_constant(const PredictedPoint& p) {
  if (p.breakdown[StepPhase::other].value() > 0.1 * p.step_time.p50) {
    return "the step waits for the host or for the cycle of the gradient reducer";
  }
  if (p.breakdown[StepPhase::exposed_communication].value() < 0.01 * p.step_time.p50) {
    return "communication is hidden behind the backward pass";
  }
  return "the communication that is exposed does not grow with the workers in this range";
}

// Whether analytic fidelity, which keeps ranks in step, may be off by more than 15 % at this point.
// Messages with ends let ranks drift apart that exchange, where some have more to do than others or
// are at several all-reduces. About half of such were, of the random jobs from which this rule was
// chosen (tests/predict/random_study.cc).
bool is_rough(const Scenario& scenario, const PredictedPoint& p) {
  constexpr double kExposed = 0.15;  // less cannot make a step wrong by 15 %
  if (p.breakdown[StepPhase::exposed_communication].value() <= kExposed * p.step_time.p50)
    return false;
  if (!scenario.stack.ends.rendezvous_from) return false;
  constexpr std::array kExchanges{Algorithm::recursive_doubling, Algorithm::rabenseifner,
                                  Algorithm::halving_doubling, Algorithm::hierarchical,
                                  Algorithm::native};
  const bool exchanges =
      std::ranges::find(kExchanges, scenario.all_reduce.algorithm) != kExchanges.end();
  return exchanges && (scenario.all_reduce.in_flight > 1 ||
                       !std::has_single_bit(static_cast<std::uint64_t>(p.workers)));
}

// Why more workers may each seem faster than fewer.
std::string why_superlinear(const Scenario& scenario) {
  if (scenario.scaling == Scaling::strong) {
    return "under strong scaling the workers of the smallest point have larger batches, which the "
           "device runs at another rate";
  }
  if (scenario.device.measured) {
    return "the profile says that devices are slower alone than beside others, which a disturbed "
           "calibration shows: calibrate again on an idle machine";
  }
  return "the smallest point is slower than one worker should be: look at its breakdown";
}

bool all_layers_measured(const JobPoint& job) {
  const Model& model = job.model();
  const ModelSplit& split = job.split();
  const std::int64_t batch = job.worker_batch();
  const MeasuredLayers& measured = job.scenario().device.measured->layers;
  for (std::size_t layer = 1; layer < model.layers().size(); ++layer) {
    if (split.find(layer) == nullptr) {
      if (measured.find(layer_key(model, layer), batch) == nullptr) return false;
      continue;
    }
    const Shard shard = shard_of(model, layer, split.parts);
    const std::string key = layer_key(shard.model, shard.layer);
    if (measured.find(key, split.parts * batch) == nullptr) return false;
  }
  return true;
}

// For the first point that does not fit.
std::string remedy_of_memory(const Scenario& scenario, const Points& points) {
  const auto first = std::ranges::find_if(points, [](const auto& p) { return !p.fits; });
  if (first == points.end()) return "";
  return ": " + what_would_fit(JobPoint(scenario, first->workers));
}

// What a real run refuses, or says before it begins.
void add_pointless(const Scenario& scenario, const Points& points, std::vector<Warning>& list) {
  const auto layer = [&](const PredictedPoint& p) {
    return one_value_per_channel(*scenario.model, smallest_batch(scenario, p.workers));
  };
  const std::vector<std::size_t> single =
      where(points, [&](const PredictedPoint& p) { return !layer(p).empty(); });
  if (!single.empty()) {
    add(list, "one_value_per_channel",
        "batch normalisation " + layer(points[single.front()]) +
            " sees one value per channel: its output does not depend on its input, and nothing "
            "can be learned; train refuses it",
        single);
  }
  add(list, "repeated_samples", repetition_text(scenario),
      where(points, [&](const auto& p) { return repeats_samples(scenario, p.workers); }));
}

}  // namespace

void add_stack_warning(const Scenario& scenario, std::vector<Warning>& list) {
  if (const auto& assumed = scenario.assumed_stack) {
    list.push_back({"assumed_stack",
                    "cluster.network.stack is not given: '" + scenario.stack.name + "' is taken, " +
                        assumed->why + "; its rates and latencies get a spread of " +
                        spread_text(assumed->relative_error),
                    {}});
    return;
  }
  const auto& own = scenario.stack.nic_family;
  const auto& nic = scenario.network.nic;
  if (scenario.nodes == 1 || !own || !nic || *own == *nic) return;
  const auto name = [](NicFamily family) { return std::string(kNicFamilyNames.text(family)); };
  list.push_back({"stack_mismatch",
                  "cluster.network.stack '" + scenario.stack.name +
                      "' is of adapters of the kind " + name(*own) + ", the network's are " +
                      name(*nic) +
                      "; nothing of the stack was adjusted: give another one, or null for the "
                      "network's own",
                  {}});
}

std::vector<Warning> warnings_of(const Scenario& scenario, const Points& points) {
  std::vector<Warning> list;
  for (const std::string& remark : scenario.remarks) list.push_back({"no_effect", remark, {}});
  const InputSupply& supply = scenario.supply;
  if (!scenario.device.measured && scenario.bytes_per_sample > Bytes(0) && !supply.storage &&
      !supply.node_storage) {
    list.push_back({"no_effect",
                    "data.bytes_per_sample is not used: nothing is known of the storage "
                    "(cluster.storage), samples are always ready",
                    {}});
  }
  add(list, "input_bound",
      "training waits for its input: storage or the cores that prepare samples are too slow",
      where(points, [&](const PredictedPoint& p) {
        return p.breakdown[StepPhase::input_wait].value() > 0.01 * p.step_time.p50;
      }));
  if (const auto most = scenario.stack.max_ranks) {
    add(list, "extrapolated",
        "the fabric profile '" + scenario.stack.name + "' was fitted on up to " +
            std::to_string(*most) + " ranks",
        where(points, [&](const PredictedPoint& p) { return p.workers > *most; }));
  }
  if (scenario.calibration) {
    const std::int64_t batch = scenario.calibration->batch;
    add(list, "extrapolated",
        "the device was calibrated at batch " + std::to_string(batch) +
            "; other batches rely on the cost model",
        where(points,
              [&](const PredictedPoint& p) { return scenario.worker_batch(p.workers) != batch; }));
  } else if (scenario.device.measured) {
    add(list, "extrapolated",
        "some layers were not measured at this batch: their times are interpolated from others",
        where(points, [&](const PredictedPoint& p) {
          return !all_layers_measured(JobPoint(scenario, p.workers));
        }));
  } else {
    add(list, "uncalibrated",
        "no single-device record fixes the device time of this model; the interval gives it a "
        "spread of " +
            spread_text(uncalibrated_error(scenario)),
        where(points, [](const PredictedPoint&) { return true; }));
  }
  add_stack_warning(scenario, list);
  add(list, "memory",
      "training needs more than the " + to_text(scenario.device.memory_capacity) + " of '" +
          scenario.device.name + "'" + remedy_of_memory(scenario, points),
      where(points, [](const PredictedPoint& p) { return !p.fits; }));
  if (scenario.fidelity == Fidelity::analytic) {
    add(list, "analytic_rough",
        "the step may be wrong by more than 15 %: ranks that exchange messages of a stack with "
        "'rendezvous_from' may drift apart, and are taken to be in step; fidelity flow knows "
        "better",
        where(points, [&](const PredictedPoint& p) { return is_rough(scenario, p); }));
  }
  constexpr double kMostEfficiency = 1.05;
  add(list, "superlinear", "the efficiency is above 105 %: " + why_superlinear(scenario),
      where(points, [](const PredictedPoint& p) { return p.efficiency > kMostEfficiency; }));
  add(list, "uneven_batch",
      "the global batch does not divide by the workers; the largest share sets the pace",
      where(points, [&](const PredictedPoint& p) {
        return scenario.scaling == Scaling::strong &&
               p.global_batch % scenario.replicas_at(p.workers) != 0;
      }));
  add_pointless(scenario, points, list);
  const bool one_worker =
      std::all_of(points.begin(), points.end(), [](const auto& p) { return p.workers == 1; });
  if (one_worker) {
    list.push_back({"no_effect",
                    "with one worker nothing travels: network and allreduce keys change "
                    "nothing",
                    {}});
  }
  add(list, "no_effect",
      "background changes nothing: the job leaves fewer than two nodes to others",
      where(points, [&](const PredictedPoint& p) {
        return scenario.background.share > 0 && scenario.nodes - p.nodes < 2;
      }));
  if (scenario.parallelism.dense > 1) {
    add(list, "no_effect",
        "training.parallelism.dense splits no layer: none has more parameters than inputs to "
        "gather, or features that divide by " +
            std::to_string(scenario.parallelism.dense),
        where(points, [&](const PredictedPoint& p) {
          return JobPoint(scenario, p.workers).groups() == nullptr;
        }));
  }
  if (points.size() > 1 && !one_worker) {
    const auto [fast, slow] = std::minmax_element(
        points.begin(), points.end(),
        [](const auto& a, const auto& b) { return a.step_time.p50 < b.step_time.p50; });
    if (slow->step_time.p50 < 1.005 * fast->step_time.p50) {
      list.push_back({"no_effect",
                      "the swept number of workers changes the step time by less than 0.5 %: " +
                          why_constant(*slow),
                      {}});
    }
  }
  return list;
}

}  // namespace rehearse
