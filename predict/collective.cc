#include "predict/collective.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {
namespace {

// A ring over the links of the nodes: the bytes over the slowest link, and a latency for each step.
double ring_time(const CollectiveQuestion& question, double bytes) {
  const Scenario& s = *question.scenario;
  const int per_node = std::min(question.ranks, question.ranks_per_node);
  const bool inside = question.ranks <= per_node;
  const LinkRate link = inside ? s.node.device : s.network.injection;
  double rate = link.bandwidth.value() * (inside ? 1 : s.node.nics);
  if (!(rate > 0)) rate = s.network.injection.bandwidth.value();
  const bool twice = question.operation == Operation::all_reduce;
  const int steps = (twice ? 2 : 1) * (question.ranks - 1);
  const double moved = bytes * bus_factor(question.operation, question.ranks) * question.stride;
  return moved / rate + steps * (link.latency.value() + s.fabric.step_latency.value() + 1e-6);
}

}  // namespace

CollectivePrediction predict_collective(const CollectiveQuestion& question) {
  EXPECTS(question.scenario != nullptr && question.ranks >= 2 && question.ranks_per_node >= 1);
  CollectivePrediction result;
  for (const double bytes : question.bytes) {
    const double time = ring_time(question, bytes);
    result.rows.push_back({bytes,
                           {0.9 * time, time, 1.1 * time},
                           "ring",
                           question.protocol ? to_text(*question.protocol) : ""});
  }
  result.provenance = question.scenario->provenance;
  result.provenance.push_back(
      {"time_s", "a ring over the nodes' links in closed form", Provenance::Kind::assumed});
  return result;
}

}  // namespace rehearse
