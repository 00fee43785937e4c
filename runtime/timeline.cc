#include "runtime/timeline.h"

#include <string>
#include <utility>

namespace rehearse {
namespace {

std::string name_of(const Task& task) {
  switch (task.pass) {
    case Pass::forward:
      return "forward layer " + std::to_string(task.layer);
    case Pass::backward:
      return "backward layer " + std::to_string(task.layer);
    case Pass::input:
      return "input";
    case Pass::update:
      break;
  }
  return "update";
}

std::string name_of(const FusedBatch& batch) {
  if (batch.first == batch.end) return "agreement";
  return "all-reduce of gradients " + std::to_string(batch.first) + " to " +
         std::to_string(batch.end - 1);
}

}  // namespace

TraceSpan task_span(int rank, const Task& task, Duration begin, Duration end) {
  return {rank, "device", name_of(task), begin.value(), end.value()};
}

void append_reductions(int rank, const StepRecord& record, std::vector<TraceSpan>& trace) {
  for (const Reduction& r : record.reductions) {
    if (r.started > r.arrived) {
      trace.push_back({rank, "network", "wait for others", r.arrived.value(), r.started.value()});
    }
    trace.push_back({rank, "network", name_of(r.batch), r.started.value(), r.ended.value()});
  }
}

}  // namespace rehearse
