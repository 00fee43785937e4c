#include "predict/point_program.h"

#include "predict/job_places.h"
#include "runtime/parallel/consecutive_groups.h"
#include "sim/collectives/unknown_ends.h"

namespace rehearse {
namespace {

std::vector<GroupFamily> families_of(const JobPoint& job) {
  if (const SplitGroups* groups = job.groups().get()) {
    return {groups->groups(), groups->same_shard()};
  }
  const StrategyOptions& strategy = job.scenario().strategy;
  const int workers = job.roles().workers();
  if (strategy.kind == StrategyKind::hybrid) {
    return {consecutive_groups(workers, workers / strategy.groups)};
  }
  if (has_masters(strategy.kind) && strategy.processes > 1) {
    return {consecutive_groups(workers, strategy.processes)};
  }
  return {};
}

}  // namespace

PointProgram::PointProgram(const JobPoint& job, const BuiltNetwork& built, std::int64_t steps,
                           bool shares_core, RunExtent extent)
    : places_(job_places(job, built.network)),
      patterns_(built.network, *built.router, places_, built.stack, shares_core, families_of(job)),
      chooser_(chooser_of(job.scenario(), patterns_)),
      strategy_(make_strategy(job, steps, &chooser_, extent)) {
  if (job.scenario().fidelity == Fidelity::analytic) refuse_unknown_ends(job.scenario().stack);
  if (const auto planned = strategy_->reductions()) {
    (void)planned->call(4.0 * static_cast<double>(strategy_->parameter_elements()));
  }
}

}  // namespace rehearse
