#include "sim/worlds/simulation.h"

#include <algorithm>
#include <optional>
#include <simgrid/s4u.hpp>
#include <string>

#include "base/contract.h"
#include "base/error.h"
#include "runtime/strategies/timeline.h"
#include "sim/collectives/unknown_ends.h"
#include "sim/engine/platform.h"
#include "sim/noise/slowest_rank_noise.h"
#include "sim/worlds/analytic_transport.h"
#include "sim/worlds/sim_transport.h"
#include "sim/worlds/sim_world.h"
#include "topologies/placement/placement.h"

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
    mean.parts += record.parts * share_;
    mean.hidden_communication += record.hidden_communication * share_;
    mean.sent += record.sent * share_;
    if (rank == 0) mean.spans = record.spans;
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

using Program = std::function<void(World&, const StepObserver&)>;

// Runs the program of one rank and collects what it reports; `adjust` may change a record first.
void run_rank(SimWorld& world, int rank, const SimulationOptions& options, const Program& program,
              const std::function<void(std::int64_t step, StepRecord&)>& adjust,
              Collector& collector, SimulationSummary& summary) {
  const std::int64_t last_step = options.noise.steps() - 1;
  const bool traced = rank < options.traced_ranks;
  if (traced) trace_device(world, rank, last_step, summary.trace);
  program(world, [&](std::int64_t step, StepRecord record) {
    adjust(step, record);
    collector.add(rank, step, record);
    if (traced && step == last_step) append_communication(rank, record, summary.trace);
  });
  summary.end = std::max(summary.end, world.clock().now().value());
  world.join();
}

// The slowest rank's record as the mean over all: what their passes are shorter, they wait. Reading
// is a pass on a shared core only.
void spread_over_ranks(double mean_share, bool shares_core, StepRecord& record) {
  const auto spread = [&](StepPhase phase) {
    Duration& part = record.parts[phase];
    record.parts[StepPhase::straggler_wait] += part * (1 - mean_share);
    part *= mean_share;
  };
  if (shares_core) spread(StepPhase::input_wait);
  spread(StepPhase::compute);
  spread(StepPhase::optimizer);
}

SimulationSummary simulate_one_for_all(const SimulationOptions& options, const Program& program) {
  refuse_unknown_ends(options.stack);
  const TaskCosts& costs = options.costs;
  const auto ranks = static_cast<int>(options.workers.size());
  const std::vector<std::int64_t> nodes = job_nodes(*options.network, options.workers);
  const SlowestRankNoise noise(options.noise, ranks, std::ranges::max(nodes) + 1);
  std::optional<CollectivePatterns> own;
  CollectivePatterns* patterns = options.patterns;
  if (patterns == nullptr) {
    patterns = &own.emplace(*options.network, *options.router, options.workers, options.stack,
                            costs.shares_core);
  }
  SimEngine engine;
  SimulationSummary summary;
  Collector collector(summary, 1);
  bool finished = false;
  const std::vector<s4u::Host*> hosts = engine.build_alone(3);
  s4u::Actor::create("rank", hosts[0], [&] {
    SimWorld world(0, costs, noise, [&](RankHooks hooks) {
      return std::make_unique<AnalyticTransport>(
          *patterns, noise, costs.shares_core,
          AnalyticTransport::Links{.inside_nodes = hosts[1], .between_nodes = hosts[2]},
          std::move(hooks));
    });
    run_rank(
        world, 0, options, program,
        [&](std::int64_t step, StepRecord& record) {
          spread_over_ranks(noise.mean_share(step), costs.shares_core, record);
        },
        collector, summary);
    finished = true;
  });
  engine.run();
  ENSURES(finished);
  return summary;
}

}  // namespace

SimulationSummary simulate(const SimulationOptions& options, const Program& program) {
  EXPECTS(options.network != nullptr && options.router != nullptr && !options.workers.empty());
  if (options.fidelity == Fidelity::analytic) {
    return simulate_one_for_all(options, program);
  }
  const NoiseModel noise(options.noise, job_nodes(*options.network, options.workers));
  SimEngine engine;
  const std::vector<EndpointId> others =
      background_devices(*options.network, options.workers, options.background);
  std::vector<EndpointId> places = options.workers;
  places.insert(places.end(), others.begin(), others.end());
  ReceiveLoops loops;
  if (const auto rate = options.stack.receive_loop_on_wire()) {
    loops = {static_cast<Place>(options.workers.size()), rate->value()};
  }
  // Under flow the carrier has links of its own.
  const std::vector<s4u::Host*> hosts =
      options.fidelity == Fidelity::flow
          ? engine.build_alone(static_cast<int>(places.size()))
          : engine.build(*options.network, *options.router, places, loops);
  const auto carrier =
      make_carrier(options.fidelity, *options.network, *options.router, places, loops);
  const MessageCosts costs(*options.network, *options.router, options.workers, options.stack, noise,
                           options.costs.shares_core);
  SimTransport::Shared shared(costs, options.fidelity, *carrier);
  SimulationSummary summary;
  const auto ranks = static_cast<int>(options.workers.size());
  Collector collector(summary, ranks);
  int finished = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    s4u::Actor::create("rank", hosts[static_cast<std::size_t>(rank)], [&, rank] {
      SimWorld world(rank, options.costs, noise, [&](RankHooks hooks) {
        return std::make_unique<SimTransport>(rank, shared, std::move(hooks));
      });
      run_rank(
          world, rank, options, program, [](std::int64_t, StepRecord&) {}, collector, summary);
      if (++finished == ranks) carrier->stop();
    });
  }
  start_background(*carrier, *options.network, places, options.workers.size(), options.background,
                   options.noise.seed);
  engine.run();
  if (finished < ranks) {
    throw ContractViolation("the simulation stands still: " + std::to_string(ranks - finished) +
                            " of " + std::to_string(ranks) + " ranks wait for ever");
  }
  return summary;
}

SimulationSummary simulate(const SimulationOptions& options, const Strategy& strategy,
                           const std::function<void(std::int64_t step)>& stepped) {
  const Roles roles = strategy.roles();
  EXPECTS(options.workers.size() == static_cast<std::size_t>(roles.ranks()));
  if (options.fidelity == Fidelity::analytic && !strategy.one_stands_for_all()) {
    throw Error::input(
        "fidelity 'analytic' cannot fold the strategy '" + std::string(strategy.name()) + "'",
        "no rank of its " + to_text(roles) + " stands for all others", "use fidelity flow");
  }
  const Tensor all{nullptr, strategy.parameter_elements()};
  return simulate(options, [&](World& world, const StepObserver& observe) {
    const bool first = world.transport().rank() == 0;
    strategy.run(world, {all, all}, [&, first](std::int64_t step, const StepRecord& record) {
      observe(step, record);
      if (first && stepped) stepped(step);
    });
  });
}

}  // namespace rehearse
