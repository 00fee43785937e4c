#include "topologies/fabric_profile.h"

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

}  // namespace

double FabricProfile::relative_error(std::string_view parameter) const {
  for (const Uncertainty& known : uncertainties) {
    if (known.parameter == parameter) return known.relative_error;
  }
  return 0;
}

MessagePiece FabricProfile::message(Bytes size) const {
  return piece_of(pieces, {Bytes(0), step_latency, stream_bandwidth}, size);
}

MessagePiece FabricProfile::local_message(Bytes size) const {
  return piece_of(local_pieces, {Bytes(0), local_step_latency, local_stream_bandwidth}, size);
}

Duration FabricProfile::addition(Bytes received) const {
  return reduce_bandwidth ? received / *reduce_bandwidth : Duration(0);
}

}  // namespace rehearse
