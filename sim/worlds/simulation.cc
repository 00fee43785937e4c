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
#include "sim/worlds/step_rates.h"
#include "topologies/placement/placement.h"

namespace rehearse {
namespace {

namespace s4u = simgrid::s4u;

// Collects the records of all ranks.
class Collector {
 public:
  // `workers`: those who report steps.
  Collector(SimulationSummary& summary, const NoiseOptions& noise, int workers)
      : summary_(summary), share_(1.0 / workers), rates_(noise, workers) {}

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
    rates_.add(rank, step, record.begin, record.end);
  }

  void close() { summary_.rates = rates_.of_runs(); }

 private:
  SimulationSummary& summary_;
  double share_;
  StepRates rates_;
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

const TaskCosts& costs_of_rank(const SimulationOptions& options, int rank, bool serves) {
  if (serves) return *options.server_costs;
  return options.rank_costs ? options.rank_costs(rank) : options.costs;
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
  Collector collector(summary, options.noise, 1);
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
  SimTransport::Shared shared(costs, options.fidelity, *carrier, options.wire_scale);
  SimulationSummary summary;
  const auto ranks = static_cast<int>(options.workers.size());
  const int workers = options.roles ? options.roles->workers() : ranks;
  Collector collector(summary, options.noise, workers);
  int finished = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    s4u::Actor::create("rank", hosts[static_cast<std::size_t>(rank)], [&, rank] {
      const RankNumbers numbers = options.numbers ? options.numbers(rank) : RankNumbers{};
      const bool serves = rank >= workers && options.server_costs;
      SimWorld world(
          rank, costs_of_rank(options, rank, serves), noise,
          [&](RankHooks hooks) {
            return std::make_unique<SimTransport>(rank, shared, std::move(hooks));
          },
          numbers.computation);
      run_rank(
          world, rank, options, program, [](std::int64_t, StepRecord&) {}, collector, summary);
      if (++finished == ranks) carrier->stop();
    });
  }
  start_background(*carrier, *options.network, places, options.workers.size(), options.background,
                   options.noise.seed);
  engine.run();
  collector.close();
  if (finished < ranks) {
    throw ContractViolation("the simulation stands still: " + std::to_string(ranks - finished) +
                            " of " + std::to_string(ranks) + " ranks wait for ever");
  }
  return summary;
}

namespace {

// What a rank that keeps parameters does, as it happens.
class ServerAccount {
 public:
  ServerAccount(SimulationSummary& summary, World& world, int rank)
      : summary_(summary), world_(world), rank_(rank) {}

  void add(const UpdateRecord& update) { busy_ += update.busy; }

  void close() {
    const Duration end = world_.clock().now();
    const double share = end > Duration(0) ? busy_ / end : 0;
    summary_.servers.push_back(
        {rank_, share, world_.transport().sent(), world_.transport().messages_sent()});
  }

 private:
  SimulationSummary& summary_;
  World& world_;
  int rank_;
  Duration busy_;
};

}  // namespace

SimulationSummary simulate(
    const SimulationOptions& given, const Strategy& strategy,
    const std::function<void(int rank, std::int64_t step, const StepRecord&)>& stepped) {
  SimulationOptions options = given;
  const Roles roles = strategy.roles();
  options.roles = roles;
  EXPECTS(options.workers.size() == static_cast<std::size_t>(roles.ranks()));
  if (options.fidelity == Fidelity::analytic && !strategy.one_stands_for_all()) {
    throw Error::input(
        "fidelity 'analytic' cannot fold the strategy '" + std::string(strategy.name()) + "'",
        "no rank of its " + to_text(roles) + " stands for all others", "use fidelity flow");
  }
  const Tensor all{nullptr, strategy.parameter_elements()};
  SimulationSummary kept;  // what servers report
  SimulationSummary summary = simulate(options, [&](World& world, const StepObserver& observe) {
    const int rank = world.transport().rank();
    ModelTensors model = options.numbers ? options.numbers(rank).model : ModelTensors{all, all};
    ServerAccount account(kept, world, rank);
    const auto updated = std::move(model.updated);
    model.updated = [&](const UpdateRecord& update) {
      if (update.applied) ++kept.staleness[update.staleness];
      account.add(update);
      if (updated) updated(update);
    };
    strategy.run(world, model, [&](std::int64_t step, const StepRecord& record) {
      observe(step, record);
      if (stepped) stepped(rank, step, record);
    });
    if (roles.of(rank) != Role::worker) account.close();
  });
  summary.staleness = std::move(kept.staleness);
  summary.servers = std::move(kept.servers);
  std::ranges::sort(summary.servers, {}, &ServerLoad::rank);
  return summary;
}

}  // namespace rehearse
