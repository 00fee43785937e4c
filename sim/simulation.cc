#include "sim/simulation.h"

#include <algorithm>
#include <simgrid/s4u.hpp>
#include <string>

#include "base/contract.h"
#include "runtime/timeline.h"
#include "sim/platform.h"
#include "sim/sim_world.h"

namespace rehearse {
namespace {

namespace s4u = simgrid::s4u;

// Collects the records of all ranks.
class Collector {
 public:
  Collector(SimulationSummary& summary, int ranks) : summary_(summary), share_(1.0 / ranks) {}

  void add(int rank, std::int64_t step, const StepRecord& record) {
    const auto index = static_cast<std::size_t>(step);
    if (index >= summary_.steps.size()) {
      summary_.steps.resize(index + 1);
      summary_.step_ends.resize(index + 1);
    }
    StepRecord& mean = summary_.steps[index];
    mean.begin += record.begin * share_;
    mean.end += record.end * share_;
    mean.backward_end += record.backward_end * share_;
    mean.input_wait += record.input_wait * share_;
    mean.compute += record.compute * share_;
    mean.exposed_communication += record.exposed_communication * share_;
    mean.straggler_wait += record.straggler_wait * share_;
    mean.optimizer += record.optimizer * share_;
    mean.other += record.other * share_;
    mean.hidden_communication += record.hidden_communication * share_;
    if (rank == 0) mean.reductions = record.reductions;
    summary_.step_ends[index] = std::max(summary_.step_ends[index], record.end.value());
  }

 private:
  SimulationSummary& summary_;
  double share_;
};

void trace_device(SimWorld& world, int rank, std::int64_t last_step,
                  std::vector<TraceSpan>& trace) {
  world.device().observer = [rank, last_step, &trace](std::int64_t step, const Task& task,
                                                      Duration begin, Duration end) {
    if (step != last_step || begin == end) return;
    trace.push_back(task_span(rank, task, begin, end));
  };
}

}  // namespace

SimulationSummary simulate(const SimulationOptions& options,
                           const std::function<void(World&, const StepObserver&)>& program) {
  EXPECTS(options.network != nullptr && options.router != nullptr && !options.workers.empty());
  const NoiseModel noise(options.noise);
  SimEngine engine;
  const std::vector<EndpointId> others =
      background_devices(*options.network, options.workers, options.background);
  std::vector<EndpointId> places = options.workers;
  places.insert(places.end(), others.begin(), others.end());
  const std::vector<s4u::Host*> hosts = engine.build(*options.network, *options.router, places);
  const auto carrier = make_carrier(options.fidelity, *options.network, *options.router, places);
  Fabric fabric(*options.network, *options.router, options.workers, options.fabric, noise,
                options.fidelity, options.costs.shares_core, *carrier);
  SimulationSummary summary;
  const auto ranks = static_cast<int>(options.workers.size());
  Collector collector(summary, ranks);
  const std::int64_t last_step = options.noise.steps() - 1;
  int finished = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    s4u::Actor::create("rank", hosts[static_cast<std::size_t>(rank)], [&, rank] {
      const bool traced = rank < options.traced_ranks;
      SimWorld world(rank, options.costs, fabric);
      if (traced) trace_device(world, rank, last_step, summary.trace);
      program(world, [&](std::int64_t step, const StepRecord& record) {
        collector.add(rank, step, record);
        if (traced && step == last_step) append_reductions(rank, record, summary.trace);
      });
      summary.end = std::max(summary.end, world.clock().now().value());
      world.join();
      if (++finished == ranks) carrier->stop();
    });
  }
  start_background(*carrier, *options.network, places, options.workers.size(), options.background,
                   options.noise.seed);
  engine.run();
  ENSURES(finished == ranks);  // nobody waits for ever
  return summary;
}

}  // namespace rehearse
