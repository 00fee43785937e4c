#include "predict/collective_trials.h"

#include <algorithm>
#include <limits>
#include <sstream>

#include "base/contract.h"
#include "predict/forked_map.h"
#include "sim/worlds/simulation.h"

namespace rehearse {
namespace {

constexpr std::size_t kMostRanks = 2048;

// The times of all trials, one after the other on one network.
std::string simulated(const TrialQuestion& q, const std::vector<CollectiveTrial>& trials) {
  SimulationOptions options;
  options.network = &q.built->network;
  options.router = q.built->router.get();
  options.workers = q.devices;
  options.stack = q.built->stack;
  options.noise.seed = q.scenario->seed;
  options.noise.runs = options.noise.steps_per_run = 1;
  options.fidelity = Fidelity::flow;
  options.background = q.scenario->background;
  std::vector<Duration> times(trials.size());
  simulate(options, [&](World& world, const StepObserver&) {
    Transport& transport = world.transport();
    const Group& all = *transport.world();
    for (std::size_t i = 0; i < trials.size(); ++i) {
      const auto elements = static_cast<std::int64_t>(trials[i].bytes / q.element);
      (void)transport.agree_min(all, 0);
      const Duration begin = world.clock().now();
      (void)transport.collective(all, trials[i].call, {nullptr, elements, float_of(q.element)});
      times[i] = std::max(times[i], world.clock().now() - begin);
    }
  });
  std::ostringstream text;
  text.precision(std::numeric_limits<double>::max_digits10);
  for (const Duration time : times) text << time.value() << ' ';
  return text.str();
}

}  // namespace

void try_collectives(const TrialQuestion& q, CollectiveChooser& chooser) {
  EXPECTS(q.scenario != nullptr && q.built != nullptr);
  if (q.scenario->fidelity != Fidelity::flow || q.scenario->device.measured) return;
  if (q.devices.size() > kMostRanks || q.devices.size() < 2) return;
  std::vector<CollectiveTrial> trials;
  for (const std::int64_t elements : q.elements) {
    if (elements == 0) continue;
    const auto close =
        chooser.close_calls(*chooser.world(), q.operation, q.ranks_per_node, elements, q.element);
    if (close.size() < 2) continue;
    for (const ChosenCollective& one : close) {
      const double bytes = static_cast<double>(elements) * q.element;
      trials.push_back({one.call, bytes, one.price, Duration(0)});
    }
  }
  if (trials.empty()) return;
  const std::vector<std::string> texts = forked_map(
      1, 1, [&](std::size_t) { return simulated(q, trials); }, [](std::size_t) {});
  std::istringstream text(texts.front());
  for (CollectiveTrial& trial : trials) {
    double time = 0;
    text >> time;
    trial.time = Duration(time);
    if (time > 0 && trial.price > Duration(0)) chooser.add_trial(trial);
  }
  ENSURES(!text.fail());
}

}  // namespace rehearse
