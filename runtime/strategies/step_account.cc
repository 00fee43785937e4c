#include "runtime/strategies/step_account.h"

#include <algorithm>
#include <vector>

namespace rehearse {
namespace {

struct Interval {
  Duration begin, end;
};

// The time that at least one of the intervals covers.
Duration covered(std::vector<Interval> intervals) {
  std::sort(intervals.begin(), intervals.end(),
            [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
  Duration sum;
  Duration until;
  for (const Interval& i : intervals) {
    const Duration begin = std::max(i.begin, until);
    if (!(i.end > begin)) continue;
    sum += i.end - begin;
    until = i.end;
  }
  return sum;
}

}  // namespace

void account_reductions(StepRecord& record, Duration reduced) {
  const Duration end = record.backward_end;
  std::vector<Interval> late;         // under way after the backward pass
  std::vector<Interval> late_waited;  // … or waited for
  std::vector<Interval> early;        // under way before
  std::vector<Interval> exchanged;
  for (const StepSpan& s : record.spans) {
    if (s.what == StepSpan::What::activations) {
      exchanged.push_back({s.started, s.ended});
      continue;
    }
    late.push_back({std::max(s.started, end), std::max(s.ended, end)});
    late_waited.push_back({std::max(s.arrived, end), std::max(s.started, end)});
    early.push_back({std::min(s.started, end), std::min(s.ended, end)});
  }
  late_waited.insert(late_waited.end(), late.begin(), late.end());
  early.insert(early.end(), exchanged.begin(), exchanged.end());
  const Duration exposed = covered(std::move(late));
  const Duration straggling = covered(std::move(late_waited)) - exposed;
  record.parts[StepPhase::exposed_communication] += exposed;
  record.parts[StepPhase::straggler_wait] += straggling;
  record.hidden_communication += covered(std::move(early)) - covered(std::move(exchanged));
  record.parts[StepPhase::other] += reduced - end - exposed - straggling;
}

void close_step(StepRecord& record, Duration end) {
  record.end = end;
  record.parts[StepPhase::other] += end - record.begin - record.parts.sum();
}

}  // namespace rehearse
