#include "predict/point_program.h"

#include "sim/collectives/unknown_ends.h"
#include "topologies/placement/placement.h"

namespace rehearse {
namespace {

std::vector<GroupFamily> families_of(const SplitGroups* groups) {
  if (groups == nullptr) return {};
  return {groups->groups(), groups->same_shard()};
}

}  // namespace

PointProgram::PointProgram(const Scenario& scenario, const BuiltNetwork& built,
                           std::int64_t workers, std::int64_t steps, bool shares_core)
    : places_(place(built.network, scenario.placement, workers, scenario.seed)),
      groups_(split_groups(scenario, workers)),
      patterns_(built.network, *built.router, places_, built.stack, shares_core,
                families_of(groups_.get())),
      chooser_(chooser_of(scenario, patterns_)),
      program_(training_program(scenario, workers, steps, groups_, &chooser_)) {
  if (scenario.fidelity == Fidelity::analytic) refuse_unknown_ends(scenario.stack);
  if (workers == 1) return;
  (void)program_.options().reducer.call(4.0 * static_cast<double>(program_.parameter_elements()));
}

}  // namespace rehearse
