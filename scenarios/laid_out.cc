#include "scenarios/laid_out.h"

namespace rehearse {
namespace {

bool trains_language_models(Framework framework) {
  return framework == Framework::pytorch || framework == Framework::megatron ||
         framework == Framework::deepspeed;
}

}  // namespace

bool is_laid_out(const Scenario& scenario, std::int64_t workers) {
  if (scenario.model == nullptr || scenario.strategy.kind != StrategyKind::sync) return false;
  if (!scenario.layout_at(workers).is_plain()) return true;
  const AllReduceOptions& reduce = scenario.all_reduce;
  return trains_language_models(scenario.framework) && scenario.model->tokens_per_sample() > 0 &&
         reduce.batching == AllReduceOptions::Batching::buckets &&
         reduce.compression == Compression::none && scenario.parallelism.dense == 1;
}

}  // namespace rehearse
