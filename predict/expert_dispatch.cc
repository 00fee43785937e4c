#include "predict/expert_dispatch.h"

#include <algorithm>
#include <string>

#include "base/contract.h"
#include "base/error.h"

namespace rehearse {
namespace {

// A byte, and a scale of 4 for each 128 (arXiv:2412.19437, section 3.3.2).
constexpr Bytes kFp8Element(1 + 4.0 / 128);

}  // namespace

double shares_met(std::int64_t experts, std::int64_t share, std::int64_t active) {
  EXPECTS(share >= 1 && experts % share == 0 && 0 <= active && active <= experts);
  double missed = 1;
  for (std::int64_t i = 0; i < active; ++i) {
    const auto others = static_cast<double>(std::max<std::int64_t>(0, experts - share - i));
    missed *= others / static_cast<double>(experts - i);
  }
  return static_cast<double>(experts / share) * (1 - missed);
}

StepCopies step_copies(std::int64_t experts, std::int64_t active, int nodes, int ranks, int limit) {
  EXPECTS(nodes >= 1 && ranks % nodes == 0 && experts % ranks == 0);
  const int drawn = limit > 0 ? std::min(limit, nodes) : nodes;
  const std::int64_t left = experts / nodes * drawn;
  if (active > left) {
    throw Error::input("a step cannot be served by " + std::to_string(active) + " experts of " +
                           std::to_string(drawn) + " nodes",
                       "they have " + std::to_string(left),
                       "raise training.parallelism.expert_nodes, or lower expert");
  }
  return {shares_met(left, experts / nodes, active), shares_met(left, experts / ranks, active)};
}

ExchangeTime dispatch_time(const UnitMove& move, bool backwards, const Layout& layout,
                           LayoutExchanges& exchanges) {
  // Forward steps go to their experts, backward the gradients of what the experts made of them.
  const bool fp8 = layout.expert_fp8 && move.to_experts != backwards;
  const Bytes all = fp8 ? move.bytes * (kFp8Element / move.element) : move.bytes;
  if (layout.expert_dispatch == ExpertDispatch::all_to_all) {
    return exchanges.collective(GridAxis::expert, Operation::all_to_all, all);
  }
  const int ranks = exchanges.size(GridAxis::expert);
  const StepCopies copies = step_copies(
      move.experts, move.active, ranks / exchanges.experts_in_node(), ranks, layout.expert_nodes);
  const Bytes one = all * (1.0 / static_cast<double>(move.active));
  return exchanges.by_nodes(one * copies.nodes, one * copies.ranks);
}

}  // namespace rehearse
