#include "predict/pipeline_formula.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {
namespace {

PartTimes operator*(const PartTimes& times, double factor) {
  return {times.forward * factor, times.backward_input * factor, times.backward_weights * factor};
}

PartTimes& operator+=(PartTimes& sum, const PartTimes& times) {
  sum.forward += times.forward;
  sum.backward_input += times.backward_input;
  sum.backward_weights += times.backward_weights;
  return sum;
}

double total(const PartTimes& times) {
  return times.forward + times.backward_input + times.backward_weights;
}

// Of all stages before one, a microbatch.
PartTimes before(const std::vector<StageSums>& kinds, int stage) {
  PartTimes sum;
  for (const StageSums& kind : kinds) {
    const double span = kind.last - kind.first + 1;
    const double share = std::clamp((stage - kind.first) / span, 0.0, 1.0);
    if (share > 0) sum += kind.each * (share * kind.count);
  }
  return sum;
}

bool is_split(PipelineSchedule schedule) {
  return schedule == PipelineSchedule::zb_h1 || schedule == PipelineSchedule::zb_h2 ||
         schedule == PipelineSchedule::zb_v;
}

// What the others add to the slowest stage's work. `rest`: of all others, a microbatch.
double bubble(const Layout& layout, const PartTimes& rest) {
  const double p = layout.pipeline, m = static_cast<double>(layout.microbatches);
  const double there_and_back = rest.forward + rest.backward_input;
  // Weight gradients of so many microbatches a stage can fill the bubble.
  const double filling = (m - 1) / (p - 1);
  switch (layout.schedule) {
    case PipelineSchedule::gpipe:
    case PipelineSchedule::one_f_one_b:
      return total(rest);
    case PipelineSchedule::interleaved:
      return total(rest) / layout.virtual_stages;
    case PipelineSchedule::zb_h1:
      return std::max(0.0, there_and_back - std::min(1.0, filling) * rest.backward_weights);
    case PipelineSchedule::zb_h2:
      return std::max(0.0, there_and_back - std::min(2.0, filling) * rest.backward_weights);
    case PipelineSchedule::zb_v:
      // Of many microbatches half a stage's pass, or input parts that take longer than weight
      // parts; few fill neither the way forward nor the way back. Fitted to timelines of equal
      // stages.
      return std::max({rest.forward / 2, rest.backward_input / 2,
                       rest.backward_input - rest.backward_weights,
                       there_and_back - filling * rest.forward - m / p * rest.backward_weights});
    case PipelineSchedule::dualpipe:
    case PipelineSchedule::dualpipe_v:
      break;
  }
  // (p/2 - 1) (F&B + B + W - 3W) of parts, of which a stage has two.
  const double both = total(rest) + rest.backward_input - 2 * rest.backward_weights;
  return std::max(0.0, (p / 2 - 1) / (p - 1) * both / 2);
}

}  // namespace

void estimate_pipeline(const Layout& layout, const std::vector<StageSums>& kinds, double message,
                       bool blocks, PipelineEstimate& estimate) {
  EXPECTS(!kinds.empty());
  const double m = static_cast<double>(layout.microbatches);
  estimate.earlier.assign(kinds.size(), 0);
  if (layout.pipeline == 1) {
    estimate.seconds = m * total(kinds.front().each);
    return;
  }
  const double p = layout.pipeline, v = layout.virtual_stages;
  const bool one_way = layout.schedule == PipelineSchedule::dualpipe;
  const double passes = one_way ? m / 2 : m;
  // With as few microbatches under way as fill the pipeline, each waits for its messages; where
  // more are, only if messages block.
  const bool tight = layout.schedule == PipelineSchedule::one_f_one_b ||
                     layout.schedule == PipelineSchedule::zb_h1;
  const auto messages = [&](const StageSums& kind) {
    if (!blocks && !tight) return 0.0;
    const bool end = kind.count == 1 && (kind.first == 0 || kind.first == layout.pipeline - 1);
    return (end ? 1 : 2) * message * (blocks ? v : 2 * (p - 1) / p / (end ? 1 : 2));
  };
  PartTimes all;
  const StageSums* slowest = nullptr;
  double most = -1;
  for (const StageSums& kind : kinds) {
    all += kind.each * kind.count;
    const double work = total(kind.each) + messages(kind);
    if (work > most) most = work, slowest = &kind;
  }
  PartTimes rest = all;
  rest += slowest->each * -1;
  estimate.seconds = passes * most + bubble(layout, rest) + 2 * (p - 1) * message;
  // No stage begins before the first microbatch is there.
  for (const StageSums& kind : kinds) {
    const double begin = before(kinds, kind.last).forward / v + kind.last * message;
    estimate.seconds =
        std::max(estimate.seconds, begin + passes * (total(kind.each) + messages(kind)));
  }
  if (is_split(layout.schedule)) return;
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    const PartTimes way = before(kinds, kinds[k].first);
    estimate.earlier[k] =
        (way.backward_input + way.backward_weights) / v + kinds[k].first * message;
  }
}

void held_microbatches(const Layout& layout, int stage, std::vector<double>& held) {
  const double p = layout.pipeline, m = static_cast<double>(layout.microbatches);
  held.assign(static_cast<std::size_t>(layout.pipeline == 1 ? 1 : layout.virtual_stages), 0);
  if (layout.pipeline == 1) {
    held[0] = 1;
    return;
  }
  switch (layout.schedule) {
    case PipelineSchedule::gpipe:
      held[0] = m;
      return;
    case PipelineSchedule::one_f_one_b:
      held[0] = std::min(m, p - stage);
      return;
    case PipelineSchedule::zb_h1:
      held[0] = std::min(m, p);
      return;
    case PipelineSchedule::zb_h2:
      held[0] = std::min(m, 2 * p - 1);
      return;
    case PipelineSchedule::zb_v:
      // 2p chunks; the second half of the model waits for less (zero_bubble_patterns.h).
      held[0] = std::min(m, 2 * p - 1 - stage);
      held[1] = std::min(m, 2 * p - held[0]);
      return;
    case PipelineSchedule::dualpipe:
    case PipelineSchedule::dualpipe_v:
      held[0] = held[1] = std::min(m, p);
      return;
    case PipelineSchedule::interleaved:
      break;
  }
  const double v = layout.virtual_stages, round = p * v;
  const double passes = std::min(m * v, 2 * (p - stage - 1) + (v - 1) * p + 1);
  const double rounds = static_cast<double>(static_cast<std::int64_t>(passes / round));
  for (std::size_t chunk = 0; chunk < held.size(); ++chunk) {
    const double left = passes - rounds * round - static_cast<double>(chunk) * p;
    held[chunk] = rounds * p + std::clamp(left, 0.0, p);
  }
}

}  // namespace rehearse
