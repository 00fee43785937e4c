#include "studies/network_judgement.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <sstream>

#include "base/contract.h"
#include "base/stats.h"
#include "calibrate/machine/pair_schedules.h"
#include "predict/forked_map.h"
#include "runtime/collectives/collectives.h"
#include "sim/worlds/simulation.h"
#include "studies/network_schedules.h"
#include "topologies/graph/build.h"
#include "topologies/shapes/fat_tree.h"
#include "topologies/shapes/single_switch.h"

namespace rehearse {
namespace {

using RecordOperation = NetworkRecord::Operation;

// The exchanges of a record follow this many others.
constexpr int kExchanges = 4;

Network network_of(const NetworkRecord& record) {
  NetworkSpec spec;
  spec.injection = {record.rate, record.link_delay};
  if (record.fat_tree) {
    const auto tree = std::make_shared<FatTreeSpec>();
    tree->down = {4, 2};
    tree->up = {1};
    tree->link = {{record.uplink, record.link_delay}};
    spec.topology = tree;
  } else {
    spec.topology = std::make_shared<SingleSwitchSpec>();
  }
  return build_network(spec, record.ranks, {});
}

Algorithm algorithm_of(const NetworkRecord& record) {
  if (record.algorithm == "open_mpi") {
    return choose_like_open_mpi(record.ranks, record.size.value());
  }
  const std::optional<Algorithm> algorithm = kAlgorithmNames.value(record.algorithm);
  EXPECTS(algorithm);
  return *algorithm;
}

// What the ranks do for records that ran at the same time; numbers of one byte each.
std::unique_ptr<Schedule> schedule_of(const std::vector<NetworkRecord>& together) {
  const NetworkRecord& first = together.front();
  const auto size = static_cast<std::int64_t>(std::llround(first.size.value()));
  switch (first.operation) {
    case RecordOperation::ping_pong:
      return std::make_unique<PingPong>(size, 1);
    case RecordOperation::exchange:
      return std::make_unique<PairsExchange>(first.ranks, 2 * size, 1);
    case RecordOperation::exchanges:
      return std::make_unique<PairsExchange>(first.ranks, 2 * size, 1 + kExchanges);
    case RecordOperation::all_to_all:
      return std::make_unique<ShiftedAllToAll>(first.ranks, size, first.algorithm == "pairwise");
    case RecordOperation::all_reduce:
      return make_all_reduce(algorithm_of(first), first.ranks, size);
    case RecordOperation::flow:
      break;
  }
  std::vector<std::pair<int, int>> pairs;
  for (const NetworkRecord& flow : together) pairs.emplace_back(flow.from, flow.to);
  return std::make_unique<Flows>(first.ranks, size, std::move(pairs));
}

// By rank, when it is done. At most once in a process.
std::vector<double> ends(const NetworkRecord& where, const Schedule& schedule,
                         const StackProfile& stack, Fidelity fidelity) {
  const Network network = network_of(where);
  const auto router = make_router(network, Routing::minimal);
  SimulationOptions options;
  options.network = &network;
  options.router = router.get();
  for (int rank = 0; rank < where.ranks; ++rank) options.workers.push_back(rank);
  options.stack = stack;
  options.noise.runs = 1;
  options.noise.steps_per_run = 1;
  options.fidelity = fidelity;
  std::vector<double> done(static_cast<std::size_t>(where.ranks));
  simulate(options, [&](World& world, const StepObserver&) {
    Transport& transport = world.transport();
    transport.execute(*transport.world(), schedule,
                      {nullptr, schedule.elements(), ElementType::byte});
    done[static_cast<std::size_t>(transport.rank())] = world.clock().now().value();
  });
  return done;
}

using Case = std::vector<NetworkRecord>;

std::vector<Case> cases_of(const std::vector<NetworkRecord>& records,
                           const std::map<std::string, StackProfile>& stack_of_clock) {
  std::vector<Case> cases;
  std::map<std::string, std::size_t> flows;
  for (const NetworkRecord& record : records) {
    if (!stack_of_clock.contains(record.clock)) continue;
    if (record.operation == RecordOperation::flow) {
      const auto [known, added] =
          flows.try_emplace(record.clock + "/" + record.together, cases.size());
      if (!added) {
        cases[known->second].push_back(record);
        continue;
      }
    }
    cases.push_back({record});
  }
  return cases;
}

Duration predicted(const NetworkRecord& record, const std::vector<double>& done) {
  if (record.operation == RecordOperation::flow) {
    return Duration(done[static_cast<std::size_t>(record.to)]);
  }
  const double last = *std::max_element(done.begin(), done.end());
  return Duration(record.operation == RecordOperation::ping_pong ? last / 2 : last);
}

}  // namespace

std::vector<JudgedRecord> judge(const std::vector<NetworkRecord>& records,
                                const std::map<std::string, StackProfile>& stack_of_clock,
                                Fidelity fidelity, int jobs) {
  const std::vector<Case> cases = cases_of(records, stack_of_clock);
  // Each case, and one exchange for those of which the first does not count.
  const auto body = [&](std::size_t index) {
    const Case& one = cases[index / 2];
    const bool only_first = index % 2 == 1;
    std::ostringstream text;
    text.precision(17);
    if (only_first && one.front().operation != RecordOperation::exchanges) return text.str();
    Case changed = one;
    if (only_first) changed.front().operation = RecordOperation::exchange;
    const StackProfile& stack = stack_of_clock.at(one.front().clock);
    for (const double t : ends(one.front(), *schedule_of(changed), stack, fidelity)) {
      text << t << ' ';
    }
    return text.str();
  };
  const std::vector<std::string> texts = forked_map(2 * cases.size(), jobs, body, [](auto) {});
  const auto numbers = [](const std::string& text) {
    std::istringstream in(text);
    return std::vector<double>{std::istream_iterator<double>(in), {}};
  };
  std::vector<JudgedRecord> judged;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::vector<double> done = numbers(texts[2 * i]);
    for (const NetworkRecord& record : cases[i]) {
      Duration time = predicted(record, done);
      if (record.operation == RecordOperation::exchanges) {
        const std::vector<double> first = numbers(texts[2 * i + 1]);
        time = (time - Duration(*std::max_element(first.begin(), first.end()))) / kExchanges;
      }
      judged.push_back({record, time});
    }
  }
  return judged;
}

namespace {

struct LastFlow {
  Duration measured, predicted;
};

// By clock and case.
std::map<std::pair<std::string, std::string>, LastFlow> last_flows(
    const std::vector<JudgedRecord>& judged) {
  std::map<std::pair<std::string, std::string>, LastFlow> last;
  for (const JudgedRecord& one : judged) {
    if (one.record.operation != RecordOperation::flow) continue;
    LastFlow& of = last[{one.record.clock, one.record.together}];
    of.measured = std::max(of.measured, one.record.greatest);
    of.predicted = std::max(of.predicted, one.predicted);
  }
  return last;
}

}  // namespace

std::vector<JudgedClass> summary(const std::vector<JudgedRecord>& judged) {
  std::vector<JudgedClass> classes;
  std::vector<std::vector<double>> errors;
  const auto count = [&](const std::string& clock, const std::string& name, double error) {
    auto found = std::find_if(classes.begin(), classes.end(), [&](const JudgedClass& c) {
      return c.clock == clock && c.name == name;
    });
    if (found == classes.end()) {
      found = classes.insert(classes.end(), {clock, name});
      errors.emplace_back();
    }
    ++found->records;
    if (std::abs(error) > std::abs(found->worst)) found->worst = error;
    errors[static_cast<std::size_t>(found - classes.begin())].push_back(std::abs(error));
  };
  for (const JudgedRecord& one : judged) {
    const std::string& algorithm = one.record.algorithm;
    count(one.record.clock,
          to_text(one.record.operation) + (algorithm.empty() ? "" : " " + algorithm), one.error());
  }
  for (const JudgedRecord& one : judged) {
    if (!one.record.algorithm.empty()) count(one.record.clock, "collectives", one.error());
  }
  for (const auto& [clock_and_case, last] : last_flows(judged)) {
    count(clock_and_case.first, "flow, last of its case", last.predicted / last.measured - 1);
  }
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i].median = quantile(errors[i], 0.5);
  return classes;
}

}  // namespace rehearse
