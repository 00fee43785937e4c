#include "topologies/stacks/stack_profile.h"

namespace rehearse {
namespace {

MessagePiece piece_of(const std::vector<MessagePiece>& pieces, const MessagePiece& otherwise,
                      Bytes size) {
  MessagePiece found = pieces.empty() ? otherwise : pieces.front();
  for (const MessagePiece& piece : pieces) {
    if (piece.from <= size) found = piece;
  }
  return found;
}

Duration time_at(const std::optional<Bandwidth>& rate, Bytes amount) {
  return rate ? amount / *rate : Duration(0);
}

}  // namespace

double StackProfile::relative_error(std::string_view parameter) const {
  for (const Uncertainty& known : uncertainties) {
    if (known.parameter == parameter) return known.relative_error;
  }
  return 0;
}

MessagePiece StackProfile::message(Bytes size) const {
  return piece_of(pieces, {Bytes(0), step_latency, stream_bandwidth}, size);
}

MessagePiece StackProfile::local_message(Bytes size) const {
  return piece_of(local_pieces, {Bytes(0), local_step_latency, local_stream_bandwidth}, size);
}

Duration StackProfile::addition(Bytes received) const {
  return time_at(reduce_bandwidth, received);
}

Duration StackProfile::local_addition(Bytes received) const {
  return time_at(local_reduce_bandwidth ? local_reduce_bandwidth : reduce_bandwidth, received);
}

Duration StackProfile::gather_copy(Bytes received) const {
  return time_at(gather_copy_bandwidth, received);
}

std::optional<Bandwidth> StackProfile::receive_loop_on_wire() const {
  if (!receive_loop_bandwidth) return {};
  return *receive_loop_bandwidth * (1 / ends.wire_efficiency);
}

Duration StackProfile::staging(Bytes copied) const { return time_at(staging_bandwidth, copied); }

}  // namespace rehearse
