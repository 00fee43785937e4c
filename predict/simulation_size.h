// How much there is to simulate at one point of a sweep, known before the simulation starts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/units.h"
#include "runtime/strategies/strategy.h"
#include "scenarios/scenario.h"

namespace rehearse {

struct SimulationSize {
  double messages = 0;  // that are simulated one by one: messages, or flows where phases are folded
  double actors = 0;

  // On one core of 2020, within a factor of four; docs/models.md ("How long it takes").
  [[nodiscard]] Duration time(Fidelity fidelity) const;
  [[nodiscard]] Bytes memory() const;
};

// Of one collective over so many ranks, from those of a few ranks.
double messages_of(const CollectiveCall& call, int ranks, std::int64_t elements, Fidelity fidelity);

// Counts the messages of `steps` steps of training, from those of a few ranks. What is not known
// before the run (Strategy::reductions) is left out.
SimulationSize simulation_size(const Strategy& strategy, std::int64_t steps, Fidelity fidelity);

// Throws Error::input that names the fidelity to use where message fidelity would simulate more
// than kMostMessages messages, and Error::environment where the actors do not fit in this machine's
// memory.
void expect_simulable(const Scenario& scenario, std::int64_t workers, const SimulationSize& size);

// "about 12 min …" where it takes more than a minute.
std::optional<std::string> long_simulation(const Scenario& scenario, std::int64_t workers,
                                           const SimulationSize& size);

inline constexpr double kMostMessages = 3e8;

}  // namespace rehearse
