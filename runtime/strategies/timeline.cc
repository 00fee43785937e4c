#include "runtime/strategies/timeline.h"

#include <algorithm>
#include <string>

namespace rehearse {
namespace {

std::string name_of(const Task& task) {
  switch (task.pass) {
    case Pass::forward:
      return "forward layer " + std::to_string(task.layer);
    case Pass::backward:
      return "backward layer " + std::to_string(task.layer);
    case Pass::backward_input:
      return "backward of inputs, layer " + std::to_string(task.layer);
    case Pass::backward_weights:
      return "backward of weights, layer " + std::to_string(task.layer);
    case Pass::input:
      return "input";
    case Pass::update:
      break;
  }
  return "update";
}

std::string name_of(const StepSpan& span) {
  if (span.what == StepSpan::What::agreement) return "agreement";
  const auto gradients = [&](const std::string& what) {
    return what + " of gradients " + std::to_string(span.first) + " to " +
           std::to_string(span.end - 1);
  };
  if (span.what == StepSpan::What::coding) return gradients("coding");
  std::string operation = to_text(span.call.operation);
  std::ranges::replace(operation, '_', '-');
  if (span.what == StepSpan::What::activations) {
    return operation + " of layer " + std::to_string(span.first);
  }
  if (span.what == StepSpan::What::weights) return operation + " of weights";
  return gradients(operation);
}

std::string stream_of(const StepSpan& span) {
  if (span.what == StepSpan::What::activations) return "network, activations";
  std::string stream = span.group.id() == 0 ? "network" : "network, shards";
  const int lane = span.group.lane_number();
  if (lane > 0) stream += ", lane " + std::to_string(lane);
  return stream;
}

}  // namespace

TraceSpan task_span(int rank, const Task& task, Duration begin, Duration end) {
  return {rank, "device", name_of(task), begin.value(), end.value()};
}

void append_communication(int rank, const StepRecord& record, std::vector<TraceSpan>& trace) {
  for (const StepSpan& span : record.spans) {
    const std::string stream = stream_of(span);
    if (span.started > span.arrived) {
      trace.push_back(
          {rank, stream, "wait for others", span.arrived.value(), span.started.value()});
    }
    trace.push_back({rank, stream, name_of(span), span.started.value(), span.ended.value()});
  }
}

}  // namespace rehearse
