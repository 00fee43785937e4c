#include "predict/collective.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <sstream>
#include <utility>

#include "base/contract.h"
#include "base/stats.h"
#include "predict/collective_trials.h"
#include "predict/forked_map.h"
#include "predict/library_choice.h"
#include "predict/sample_point.h"
#include "predict/simulation_size.h"
#include "predict/training_strategy.h"
#include "predict/warnings.h"
#include "sim/collectives/collective_chooser.h"
#include "sim/collectives/unknown_ends.h"
#include "sim/worlds/simulation.h"
#include "topologies/placement/placement.h"

namespace rehearse {
namespace {

// The members of a job of `stride` equal groups that share its nodes.
struct Members {
  std::vector<EndpointId> devices;                   // by rank of the job
  std::vector<std::shared_ptr<const Group>> groups;  // one: that of all ranks is meant

  [[nodiscard]] std::shared_ptr<const Group> group_of(int rank, const Transport& transport) const {
    return groups.empty() ? transport.world()
                          : groups[static_cast<std::size_t>(rank) % groups.size()];
  }
};

Members members_of(const CollectiveQuestion& q, const Network& network) {
  const Scenario& s = *q.scenario;
  const int per_node = std::min(q.ranks, q.ranks_per_node);
  const int nodes = (q.ranks + per_node - 1) / per_node;
  const int devices = network.devices_per_node();
  EXPECTS(per_node * q.stride <= devices);
  const std::vector<EndpointId> all =
      place(network, s.placement, std::int64_t{nodes} * devices, s.seed);
  Members members;
  int left = q.ranks;
  for (int node = 0; node < nodes; ++node) {
    const int here = std::min(per_node, left);
    left -= here;
    for (int i = 0; i < here * q.stride; ++i) {
      members.devices.push_back(
          all[static_cast<std::size_t>(node) * static_cast<std::size_t>(devices) +
              static_cast<std::size_t>(i)]);
    }
  }
  if (q.stride == 1) return members;
  for (int g = 0; g < q.stride; ++g) {
    std::vector<int> ranks(static_cast<std::size_t>(q.ranks));
    for (int r = 0; r < q.ranks; ++r) ranks[static_cast<std::size_t>(r)] = r * q.stride + g;
    members.groups.push_back(std::make_shared<Group>(g + 1, std::move(ranks)));
  }
  return members;
}

// The elements of a buffer, and the bytes of one: an all-to-all needs equal parts.
struct Elements {
  std::int64_t count;
  int bytes;
};

Elements elements_of(Operation operation, double bytes, int ranks) {
  if (operation == Operation::all_to_all) {
    return {std::max<std::int64_t>(1, std::llround(bytes / ranks)) * ranks, 1};
  }
  const auto whole = std::max<std::int64_t>(1, std::llround(bytes));
  if (whole % 4 == 0) return {whole / 4, 4};
  return {whole, 1};
}

// The rows whose ranks exchange parts that are larger than any message that the stack was measured
// with: no algorithm moves less than a rank's share at a time.
std::vector<std::optional<Extrapolation>> extrapolations(const CollectiveQuestion& q) {
  const bool one_node = q.ranks <= q.ranks_per_node;
  std::vector<std::optional<Extrapolation>> rows;
  for (const double bytes : q.bytes) {
    const Bytes share(q.operation == Operation::send_recv ? bytes : bytes / q.ranks);
    rows.push_back(extrapolation_of(q.scenario->stack, {share, share}, one_node));
  }
  return rows;
}

NoiseOptions noise_of(const CollectiveQuestion& q) {
  NoiseOptions noise = parameter_noise(*q.scenario, q.ranks <= q.ranks_per_node);
  for (const auto& row : extrapolations(q)) {
    if (!row) continue;
    noise.stream_bandwidth_error = std::hypot(noise.stream_bandwidth_error, row->rate_error);
    break;  // it is the same for all
  }
  noise.steps_per_run = 1;
  noise.warm_up = 0;
  const bool certain = noise.stream_rate_spread == 0 && noise.stream_bandwidth_error == 0 &&
                       noise.step_latency_error == 0;
  noise.runs = certain ? 1 : kSimulatedRuns;
  return noise;
}

std::vector<GroupFamily> families_of(const Members& members) {
  if (members.groups.empty()) return {};
  return {members.groups};
}

bool shares_core(const Scenario& scenario) {
  return scenario.device.measured && scenario.device.measured->shares_core;
}

// The chosen calls and the times of all runs, for the sizes of one process.
class Session {
 public:
  Session(const CollectiveQuestion& q, const BuiltNetwork& built)
      : q_(q),
        built_(built),
        members_(members_of(q, built.network)),
        patterns_(built.network, *built.router, members_.devices, built.stack,
                  shares_core(*q.scenario), families_of(members_)),
        chooser_(chooser_of(*q.scenario, patterns_, true)),
        one_(members_.groups.empty() ? patterns_.world() : members_.groups.front()) {
    if (q.scenario->fidelity == Fidelity::analytic) refuse_unknown_ends(q.scenario->stack);
  }

  ChosenCollective choose(double bytes) {
    const Elements e = elements_of(q_.operation, bytes, q_.ranks);
    return chooser_.choose(*one_, q_.operation, q_.algorithm, q_.protocol, q_.ranks_per_node,
                           e.count, e.bytes);
  }

  std::string run(const std::vector<double>& sizes) {
    const Scenario& s = *q_.scenario;
    SimulationOptions options;
    options.network = &built_.network;
    options.router = built_.router.get();
    options.workers = members_.devices;
    options.stack = built_.stack;
    options.costs.shares_core = shares_core(s);
    options.noise = noise_of(q_);
    options.fidelity = s.fidelity;
    options.background = s.background;
    options.patterns = &patterns_;
    if (q_.algorithm == Algorithm::automatic && q_.stride == 1) {
      TrialQuestion trial{&s, &built_, options.workers, q_.operation, q_.ranks_per_node, 4, {}};
      for (const double bytes : sizes) {
        const Elements e = elements_of(q_.operation, bytes, q_.ranks);
        if (e.bytes == 4) trial.elements.push_back(e.count);
      }
      try_collectives(trial, chooser_);
    }
    std::vector<CollectiveCall> calls;
    std::ostringstream text;
    for (const double bytes : sizes) {
      const Elements e = elements_of(q_.operation, bytes, q_.ranks);
      const ChosenCollective chosen = choose(bytes);
      calls.push_back(chosen.call);
      text << to_text(chosen.call.algorithm) << ' '
           << (chosen.call.protocol == Protocol::none ? "-" : to_text(chosen.call.protocol)) << ' ';
      text << '\n'
           << to_text(library_choice(chooser_, *one_, q_.operation, q_.algorithm, q_.protocol,
                                     q_.ranks_per_node, e.count, e.bytes))
           << '\n';
    }
    const auto runs = static_cast<std::size_t>(options.noise.runs);
    SimulationSize size;
    if (s.fidelity != Fidelity::analytic) size.actors = static_cast<double>(options.workers.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const std::int64_t elements = elements_of(q_.operation, sizes[i], q_.ranks).count;
      size.messages += static_cast<double>(runs) * q_.stride *
                       messages_of(calls[i], q_.ranks, elements, s.fidelity);
    }
    expect_simulable(s, q_.ranks, size);
    std::vector<std::vector<double>> times(sizes.size(), std::vector<double>(runs));
    simulate(options, [&](World& world, const StepObserver&) {
      Transport& transport = world.transport();
      const auto group = members_.group_of(transport.rank(), transport);
      for (std::size_t run = 0; run < runs; ++run) {
        world.device().begin_step(static_cast<std::int64_t>(run));
        for (std::size_t i = 0; i < sizes.size(); ++i) {
          const Elements e = elements_of(q_.operation, sizes[i], q_.ranks);
          (void)transport.agree_min(*transport.world(), 0);
          const Duration begin = world.clock().now();
          (void)transport.collective(*group, calls[i], {nullptr, e.count, float_of(e.bytes)});
          const Duration end = world.clock().now();
          times[i][run] = std::max(times[i][run], (end - begin).value());
        }
      }
    });
    text.precision(std::numeric_limits<double>::max_digits10);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      for (const double level : {0.1, 0.5, 0.9})
        text << stratified_quantile(times[i], level) << ' ';
    }
    return text.str();
  }

 private:
  const CollectiveQuestion& q_;
  const BuiltNetwork& built_;
  Members members_;
  CollectivePatterns patterns_;
  CollectiveChooser chooser_;
  std::shared_ptr<const Group> one_;  // that stands for all
};

}  // namespace

void expect_runnable(const CollectiveQuestion& q) {
  const BuiltNetwork built(*q.scenario);
  Session session(q, built);
  for (const double bytes : q.bytes) (void)session.choose(bytes);
}

CollectivePrediction predict_collective(const CollectiveQuestion& q) {
  EXPECTS(q.scenario != nullptr && q.ranks >= 2 && q.ranks_per_node >= 1 && q.stride >= 1);
  const BuiltNetwork built(*q.scenario);
  // Sizes are dealt to the processes in turn, so that each has small and large ones.
  const auto count =
      std::min<std::size_t>(q.bytes.size(), static_cast<std::size_t>(std::max(1, q.jobs)));
  const auto sizes_of = [&](std::size_t process) {
    std::vector<double> sizes;
    for (std::size_t i = process; i < q.bytes.size(); i += count) sizes.push_back(q.bytes[i]);
    return sizes;
  };
  const std::vector<std::string> texts = forked_map(
      count, q.jobs, [&](std::size_t process) { return Session(q, built).run(sizes_of(process)); },
      [](std::size_t) {});
  CollectivePrediction result;
  result.rows.resize(q.bytes.size());
  std::vector<LibraryChoice> choices(q.bytes.size());
  for (std::size_t process = 0; process < count; ++process) {
    std::istringstream text(texts[process]);
    for (std::size_t i = process; i < q.bytes.size(); i += count) {
      CollectiveRow& row = result.rows[i];
      row.bytes = q.bytes[i];
      text >> row.algorithm >> row.protocol >> std::ws;
      if (row.protocol == "-") row.protocol.clear();
      std::string line;
      std::getline(text, line);
      choices[i] = library_choice_from_text(line);
    }
    for (std::size_t i = process; i < q.bytes.size(); i += count) {
      Quantiles& time = result.rows[i].time;
      text >> time.p10 >> time.p50 >> time.p90;
    }
    ENSURES(!text.fail());
  }
  add_stack_warning(*q.scenario, result.warnings);
  if (const auto most = q.scenario->stack.max_ranks; most && q.ranks > *most) {
    result.warnings.push_back({"extrapolated",
                               "the stack '" + q.scenario->stack.name + "' was fitted on up to " +
                                   std::to_string(*most) + " ranks",
                               {}});
  }
  const std::vector<std::optional<Extrapolation>> far = extrapolations(q);
  add_extrapolation_warning(*q.scenario, far, result.warnings);
  add_choice_warnings(choices, q.algorithm == Algorithm::native, result.warnings);
  result.provenance = q.scenario->provenance;
  add_extrapolation_provenance(far, result.provenance);
  result.provenance.push_back({"time_s",
                               std::to_string(kSimulatedRuns) +
                                   " runs that sample what is uncertain of the stack, seed " +
                                   std::to_string(q.scenario->seed),
                               Provenance::Kind::derived});
  return result;
}

}  // namespace rehearse
