#include "predict/simulation_size.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/quantity_text.h"

namespace rehearse {
namespace {

// So many ranks are looked at, evenly spaced.
constexpr int kSample = 16;

// What `rank` sends in a phase.
double sent(const Schedule& schedule, int rank, const Phase& phase, bool folded) {
  double count = 0;
  if (folded && (phase.rounds > 1 || phase.steps.known())) {
    std::vector<Volume> volumes;
    schedule.volumes(rank, phase, volumes);
    return static_cast<double>(volumes.size());
  }
  std::vector<Action> actions;
  // Partners stay the same in a phase, and nearly always the number of messages does.
  schedule.actions(rank, phase.first_round, actions);
  for (const Action& action : actions) count += action.kind == Action::Kind::send ? 1 : 0;
  return count * phase.rounds;
}

}  // namespace

double messages_of(const CollectiveCall& call, int ranks, std::int64_t elements,
                   Fidelity fidelity) {
  if (fidelity == Fidelity::analytic) return 0;
  if (is_formula(call.algorithm) || call.algorithm == Algorithm::in_network) return ranks;
  const auto schedule = make_collective(call, ranks, elements);
  const int looked_at = std::min(ranks, kSample);
  double sum = 0;
  for (const Phase& phase : schedule->phases()) {
    for (int i = 0; i < looked_at; ++i) {
      const auto rank = static_cast<int>(std::int64_t{i} * ranks / looked_at);
      sum += sent(*schedule, rank, phase, fidelity == Fidelity::flow);
    }
  }
  return sum * ranks / looked_at;
}

SimulationSize simulation_size(const Strategy& strategy, std::int64_t steps, Fidelity fidelity) {
  SimulationSize size;
  if (fidelity == Fidelity::analytic) return size;
  const int ranks = strategy.roles().ranks();
  for (int rank = 0; rank < ranks; ++rank) size.actors += 1.0 + strategy.background_tasks(rank);
  const std::optional<PlannedReductions> planned = strategy.reductions();
  if (!planned || planned->batches.empty()) return size;
  // Most batches are alike: the largest stands for all.
  const std::int64_t largest = *std::ranges::max_element(planned->batches);
  if (largest == 0) return size;
  const CollectiveCall call =
      planned->call(static_cast<double>(largest) * element_bytes(planned->type));
  size.messages = messages_of(call, ranks, largest, fidelity) *
                  static_cast<double>(planned->batches.size()) * static_cast<double>(steps);
  return size;
}

Duration SimulationSize::time(Fidelity fidelity) const {
  constexpr Duration kMessage(10e-6), kFlow(20e-6);
  return messages * (fidelity == Fidelity::message ? kMessage : kFlow);
}

Bytes SimulationSize::memory() const {
  constexpr Bytes kActor(40e3);
  return actors * kActor;
}

void expect_simulable(const Scenario& scenario, std::int64_t workers, const SimulationSize& size) {
  const std::string at = " at " + std::to_string(workers) + " workers";
  if (scenario.fidelity == Fidelity::message && size.messages > kMostMessages) {
    throw Error::input("fidelity 'message' would simulate about " + significant(size.messages, 2) +
                           " messages" + at,
                       "more than " + significant(kMostMessages, 1) +
                           " are refused: these take about " +
                           to_text(size.time(scenario.fidelity)),
                       "use fidelity flow or analytic, or fewer workers")
        .at(scenario.file, "/fidelity");
  }
  const Bytes present(static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                      static_cast<double>(sysconf(_SC_PAGESIZE)));
  if (size.memory() > present) {
    throw Error::environment("the simulation needs about " + to_text(size.memory()) + at,
                             "this machine has " + to_text(present),
                             "use fidelity analytic, or fewer workers");
  }
}

std::optional<std::string> long_simulation(const Scenario& scenario, std::int64_t workers,
                                           const SimulationSize& size) {
  constexpr Duration kLong(60);
  const Duration time = size.time(scenario.fidelity);
  if (time < kLong) return {};
  const bool messages = scenario.fidelity == Fidelity::message;
  return "the point of " + std::to_string(workers) + " workers takes about " + to_text(time) +
         " to simulate: " + significant(size.messages, 2) + (messages ? " messages" : " flows") +
         "; fidelity " + (messages ? "flow or analytic" : "analytic") + " is faster";
}

}  // namespace rehearse
