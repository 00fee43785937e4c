// Where the ranks of a simulated run meet: the calls of collectives that are under way, and who is
// there.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <simgrid/s4u.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/world/world.h"
#include "sim/collectives/step_costs.h"
#include "sim/engine/gathering.h"
#include "sim/worlds/phase_plan.h"
#include "sim/worlds/schedule_numbers.h"

namespace rehearse {

// One call of a collective by all members of a group.
struct Meeting {
  int arrived = 0;
  int left = 0;
  Duration last_arrival;
  std::int64_t least = 0;         // of agree_min
  std::vector<PhasePlan> phases;  // of execute
  // Of a collective that is called by its name.
  std::unique_ptr<const Schedule> schedule;
  std::optional<StepCosts> costs;
  std::optional<Gathering> gathering;
  std::optional<ScheduleNumbers> numbers{};  // of emulated members
  std::vector<std::vector<float>> summed{};  // theirs, where switches or a formula add them up
  // Of a phase of flows: what each member that is here begins when all are.
  std::vector<std::function<void()>> beginnings;
};

class Meetings {
 public:
  // `suspends`: whoever waits for the others may be suspended (sim/engine/gathering.h).
  Meetings(int ranks, bool suspends);

  // The group of all ranks.
  [[nodiscard]] const std::shared_ptr<const Group>& world() const { return world_; }

  // The group's `turn`-th collective; made by the first to ask.
  Meeting& of(const Group& group, std::int64_t turn);
  // The caller is done with it; the last one frees it.
  void leave(const Group& group, std::int64_t turn);

  // Tells rank a that its message to b in the group is copied and its buffer free again.
  simgrid::s4u::SemaphorePtr copied(const Group& group, int a, int b);

 private:
  bool suspends_;
  std::shared_ptr<const Group> world_;
  std::map<std::pair<int, std::int64_t>, std::unique_ptr<Meeting>> meetings_;
  std::unordered_map<std::uint64_t, simgrid::s4u::SemaphorePtr> copied_;
};

}  // namespace rehearse
