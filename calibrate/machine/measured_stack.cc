#include "calibrate/machine/measured_stack.h"

#include "base/contract.h"
#include "base/quantity_text.h"

namespace rehearse {
namespace {

Provenance provenance(const char* quantity, const CollectiveMeasurements& measured,
                      const LevelMeasurements& level) {
  return {quantity,
          "exchanges of " + std::to_string(measured.ranks) + " ranks over " + measured.library +
              ", off by " + significant(100 * level.exchange_fit.median_error, 2) +
              " % in the median",
          Provenance::Kind::measured};
}

}  // namespace

std::vector<MessagePiece> as_pieces(const MessageFit& fit) {
  std::vector<MessagePiece> pieces;
  for (const FittedPiece& piece : fit.pieces) {
    pieces.push_back({piece.from, piece.latency, piece.bandwidth});
  }
  return pieces;
}

StackProfile measured_stack(const CollectiveMeasurements& measured) {
  const TaskMeasurements& task = measured.background;
  StackProfile stack;
  stack.name = "measured";
  stack.message_latency = task.call;
  if (task.inside_node) {
    stack.local_pieces = as_pieces(task.inside_node->exchange_fit);
    stack.provenance.push_back(provenance("local_messages", measured, *task.inside_node));
  }
  if (task.between_nodes) {
    stack.pieces = as_pieces(task.between_nodes->exchange_fit);
    stack.provenance.push_back(provenance("messages", measured, *task.between_nodes));
  }
  if (!measured.addition_fit.pieces.empty()) {
    stack.reduce_bandwidth = measured.addition_fit.pieces.back().bandwidth;
    stack.provenance.push_back(
        {"reduce_bandwidth", "large additions by all ranks at once", Provenance::Kind::measured});
  }
  stack.max_ranks = measured.ranks;
  return stack;
}

}  // namespace rehearse
