#include "predict/largest_message.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/quantity_text.h"
#include "predict/uncertainty.h"
#include "runtime/collectives/collectives.h"
#include "topologies/stacks/end_to_end.h"

namespace rehearse {
LargestMessages largest_messages(const Strategy& strategy, CollectivePatterns& patterns) {
  const std::optional<PlannedReductions> planned = strategy.reductions();
  if (patterns.ranks() < 2 || !planned || planned->largest == 0) return {};
  const std::int64_t elements = planned->largest;
  const Bytes buffer(static_cast<double>(elements) * element_bytes(planned->type));
  const CollectiveCall call = planned->call(buffer.value());
  if (call.algorithm == Algorithm::in_network || is_formula(call.algorithm)) return {};
  const Group& all = *patterns.world();
  const auto schedule = make_collective(call, all.size(), elements);
  const CollectivePattern& pattern = patterns.of(all, *schedule);
  LargestMessages largest;
  const auto& phases = schedule->phases();
  for (std::size_t i = 0; i < phases.size() && i < pattern.phases.size(); ++i) {
    const PhasePattern& phase = pattern.phases[i];
    const double slices = static_cast<double>(phases[i].steps.slices) / phase.slices;
    const auto of = [&](const PhasePattern::Flows& flows) {
      return buffer * (flows.share / (std::max(1, flows.messages) * slices));
    };
    largest.between = std::max(largest.between, of(phase.remote));
    largest.inside = std::max(largest.inside, of(phase.local));
  }
  return largest;
}

std::optional<Extrapolation> extrapolation_of(const StackProfile& stack,
                                              const LargestMessages& largest, bool one_node) {
  const std::optional<ExtrapolatedMessages> known = extrapolated_messages(stack, one_node);
  const Bytes message = one_node ? largest.inside : largest.between;
  if (!known || message < known->from) return {};
  return Extrapolation{message, known->rate_error};
}

void add_extrapolation_warning(const Scenario& scenario,
                               const std::vector<std::optional<Extrapolation>>& points,
                               std::vector<Warning>& list) {
  Warning warning{"extrapolated", "", {}};
  Extrapolation most;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i]) continue;
    warning.points.push_back(i);
    most.message = std::max(most.message, points[i]->message);
    most.rate_error = std::max(most.rate_error, points[i]->rate_error);
  }
  if (warning.points.empty()) return;
  warning.what = "messages of up to " + to_text(most.message) +
                 " are larger than any that the stack '" + scenario.stack.name +
                 "' was measured with; the interval gives their rate a spread of " +
                 spread_text(most.rate_error);
  list.push_back(std::move(warning));
}

void add_extrapolation_provenance(const std::vector<std::optional<Extrapolation>>& points,
                                  std::vector<Provenance>& list) {
  double error = 0;
  for (const auto& point : points) error = std::max(error, point ? point->rate_error : 0);
  if (error == 0) return;
  list.push_back({"interval: rate of messages larger than measured, " + spread_text(error),
                  "what the largest measured message spends on its latency",
                  Provenance::Kind::derived});
}

}  // namespace rehearse
