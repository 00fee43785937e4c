#include "runtime/strategies/timeline.h"

#include <array>
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

std::string name_of(const Exchange& exchange) {
  static constexpr std::array kNames{"all-gather", "reduce-scatter", "all-to-all"};
  return std::string(kNames[static_cast<std::size_t>(exchange.kind)]) + " of layer " +
         std::to_string(exchange.layer);
}

std::string stream_of(const Reduction& reduction) {
  std::string stream = reduction.of_shards ? "network, shards" : "network";
  if (reduction.lane > 0) stream += ", lane " + std::to_string(reduction.lane);
  return stream;
}

}  // namespace

TraceSpan task_span(int rank, const Task& task, Duration begin, Duration end) {
  return {rank, "device", name_of(task), begin.value(), end.value()};
}

void append_communication(int rank, const StepRecord& record, std::vector<TraceSpan>& trace) {
  const auto append = [&](const std::string& stream, const std::string& name, const auto& c) {
    if (c.started > c.arrived) {
      trace.push_back({rank, stream, "wait for others", c.arrived.value(), c.started.value()});
    }
    trace.push_back({rank, stream, name, c.started.value(), c.ended.value()});
  };
  for (const Reduction& r : record.reductions) {
    append(stream_of(r), name_of(r.batch), r);
  }
  for (const Exchange& e : record.exchanges) append("network, activations", name_of(e), e);
}

}  // namespace rehearse
