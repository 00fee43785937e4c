#include "scenarios/framework.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rehearse {

Framework default_framework(bool horovod_keys, bool accelerator) {
  if (horovod_keys) return Framework::horovod;
  return accelerator ? Framework::pytorch : Framework::none;
}

AllReduceOptions::Batching default_batching(Framework framework) {
  return framework == Framework::horovod ? AllReduceOptions::Batching::horovod
                                         : AllReduceOptions::Batching::buckets;
}

Bytes default_fusion(Framework framework, AllReduceOptions::Batching batching, int gradient_bytes) {
  constexpr double kMiB = 1024.0 * 1024;
  constexpr double kMegatronElements = 40e6;
  constexpr double kDeepSpeedElements = 5e8;
  if (batching == AllReduceOptions::Batching::horovod) return Bytes(64 * kMiB);
  if (batching == AllReduceOptions::Batching::priority) return Bytes(4 * kMiB);
  switch (framework) {
    case Framework::tensorflow:
      return Bytes(0);
    case Framework::megatron:
      return Bytes(kMegatronElements * gradient_bytes);
    case Framework::deepspeed:
      return Bytes(kDeepSpeedElements * gradient_bytes);
    case Framework::horovod:
    case Framework::pytorch:
    case Framework::none:
      break;
  }
  return Bytes(25 * kMiB);
}

PipelineSchedule default_schedule(int virtual_stages) {
  return virtual_stages > 1 ? PipelineSchedule::interleaved : PipelineSchedule::one_f_one_b;
}

int default_virtual_stages(PipelineSchedule schedule) {
  switch (schedule) {
    case PipelineSchedule::interleaved:
    case PipelineSchedule::zb_v:
    case PipelineSchedule::dualpipe:
    case PipelineSchedule::dualpipe_v:
      return 2;
    case PipelineSchedule::gpipe:
    case PipelineSchedule::one_f_one_b:
    case PipelineSchedule::zb_h1:
    case PipelineSchedule::zb_h2:
      break;
  }
  return 1;
}

bool pairs_passes(const Layout& layout) {
  return layout.pipeline == 1 || layout.schedule == PipelineSchedule::interleaved ||
         is_dualpipe(layout.schedule);
}

LayoutOverlap default_overlap(Framework framework, const Layout& layout) {
  LayoutOverlap overlap;
  overlap.pipeline = layout.pipeline > 1 && layout.virtual_stages > 1;
  overlap.expert = layout.expert > 1 && layout.pipeline > 1 && is_dualpipe(layout.schedule);
  switch (framework) {
    case Framework::megatron:
      overlap.gradients = overlap.parameters = layout.zero >= 1;
      break;
    case Framework::deepspeed:
      overlap.parameters = layout.zero == 3;
      break;
    case Framework::horovod:
    case Framework::pytorch:
    case Framework::tensorflow:
    case Framework::none:
      break;
  }
  return overlap;
}

double default_slowdown(const LayoutOverlap& overlap, bool accelerator) {
  constexpr double kSlowdown = 1.13;
  const bool any = overlap.gradients || overlap.parameters || overlap.tensor || overlap.pipeline ||
                   overlap.expert;
  return accelerator && any ? kSlowdown : 1;
}

LayoutOverlap overlap_of(const Scenario& scenario, const Layout& layout) {
  const GivenOverlap& given = scenario.parallelism.overlap;
  LayoutOverlap overlap = default_overlap(scenario.framework, layout);
  overlap.gradients = given.gradients.value_or(overlap.gradients);
  overlap.parameters = given.parameters ? *given.parameters && layout.zero > 0 : overlap.parameters;
  overlap.tensor = given.tensor ? *given.tensor && layout.tensor > 1 : overlap.tensor;
  overlap.pipeline = given.pipeline ? *given.pipeline && layout.pipeline > 1 : overlap.pipeline;
  overlap.expert =
      given.expert ? *given.expert && layout.expert > 1 && pairs_passes(layout) : overlap.expert;
  overlap.slowdown =
      given.slowdown.value_or(default_slowdown(overlap, scenario.device.is_accelerator()));
  return overlap;
}

std::int64_t bucket_elements(const Scenario& scenario, const Layout& layout) {
  constexpr std::int64_t kPerReplica = 1'000'000;
  const Bytes fusion = scenario.all_reduce.fusion;
  const bool beside = layout.overlap.gradients || (layout.zero > 0 && layout.overlap.parameters);
  if (!beside || !(fusion > Bytes(0))) return std::numeric_limits<std::int64_t>::max();
  const auto given =
      std::max<std::int64_t>(1, std::llround(fusion.value() / scenario.gradient_bytes));
  if (scenario.framework != Framework::megatron) return given;
  return std::max(given, kPerReplica * layout.data * layout.context);
}

Bytes framework_memory(bool accelerator, Bytes allocated) {
  constexpr Bytes kProcess(72e6);
  if (!accelerator) return kProcess;
  constexpr Bytes kContext(1e9);
  constexpr double kLost = 0.05;
  return kContext + kLost * allocated;
}

int stored_bytes(Precision precision) {
  return precision == Precision::fp32 || precision == Precision::tf32 ? 4 : 2;
}

int default_gradient_bytes(Framework framework, Precision precision) {
  const bool fp32 = framework == Framework::horovod || framework == Framework::megatron;
  return fp32 ? 4 : stored_bytes(precision);
}

}  // namespace rehearse
