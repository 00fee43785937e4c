#include <limits>

#include "base/error.h"
#include "base/file_format.h"
#include "base/json_reader.h"
#include "topologies/stacks/relative_error.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {
namespace {

std::optional<Bandwidth> positive_bandwidth(ObjectReader& reader, std::string_view key) {
  const std::optional<Bandwidth> rate = reader.optional_bandwidth(key);
  if (rate && *rate == Bandwidth(0)) {
    throw reader.error_at(key, "a bandwidth of zero moves nothing", "",
                          "leave the key out if there is no limit");
  }
  return rate;
}

void read_uncertainty(ObjectReader& reader, const std::string& parameter,
                      std::vector<StackProfile::Uncertainty>& list) {
  const auto error = read_relative_error(reader, parameter + "_rel_error");
  if (error) list.push_back({parameter, *error});
}

// The pieces at `key`, which say the same as `rate` and `delay`.
std::vector<MessagePiece> read_pieces(ObjectReader& reader, const std::string& key,
                                      const std::string& rate, const std::string& delay) {
  std::vector<MessagePiece> pieces;
  if (!reader.has(key)) return pieces;
  if (reader.has(rate) || reader.has(delay)) {
    throw reader.error_at(key,
                          "'" + key + "' cannot stand beside '" + rate + "' and '" + delay + "'",
                          "they say the same", "leave one of them out");
  }
  for (ObjectReader& entry : reader.objects(key)) {
    const Bytes from = entry.bytes("from");
    if (pieces.empty() ? from > Bytes(0) : from <= pieces.back().from) {
      throw entry.error_at("from", "the pieces are not in order",
                           "sizes ascend from 0 B, each once", "sort them");
    }
    const Duration latency = entry.duration("latency");
    pieces.push_back({from, latency, positive_bandwidth(entry, "bandwidth")});
    entry.finish();
  }
  if (pieces.empty()) {
    throw reader.error_at(key, "too few entries", "a message needs a piece", "leave the key out");
  }
  return pieces;
}

}  // namespace

StackProfile read_stack_profile(ObjectReader reader) {
  StackProfile profile;
  expect_format(reader, FileKind::stack);
  profile.name = reader.string("name");
  profile.nic_family = kNicFamilyNames.read_optional(reader, "nic_family");
  profile.nic_rate = positive_bandwidth(reader, "nic_rate");
  profile.stream_bandwidth = positive_bandwidth(reader, "stream_bandwidth");
  profile.stream_rate_spread =
      reader.optional_number("stream_rate_spread", 0, kMostRateSpread).value_or(0);
  profile.step_latency = reader.optional_duration("step_latency").value_or(Duration(0));
  profile.message_latency = reader.optional_duration("message_latency").value_or(Duration(0));
  profile.local_stream_bandwidth = positive_bandwidth(reader, "local_stream_bandwidth");
  profile.local_step_latency = reader.optional_duration("local_step_latency").value_or(Duration(0));
  profile.pieces = read_pieces(reader, "messages", "stream_bandwidth", "step_latency");
  profile.local_pieces =
      read_pieces(reader, "local_messages", "local_stream_bandwidth", "local_step_latency");
  profile.reduce_bandwidth = positive_bandwidth(reader, "reduce_bandwidth");
  profile.local_reduce_bandwidth = positive_bandwidth(reader, "local_reduce_bandwidth");
  profile.staging_bandwidth = positive_bandwidth(reader, "staging_bandwidth");
  profile.receive_loop_bandwidth = positive_bandwidth(reader, "receive_loop_bandwidth");
  profile.gather_copy_bandwidth = positive_bandwidth(reader, "gather_copy_bandwidth");
  profile.library = read_collective_library(reader);
  profile.ends = read_message_ends(reader);
  if (auto noise = reader.optional_object("noise")) {
    profile.noise = read_noise_settings(*noise);
    noise->finish();
  }
  // The parameters whose uncertainty a prediction propagates.
  for (const char* parameter : {"stream_bandwidth", "stream_rate_spread", "step_latency"}) {
    read_uncertainty(reader, parameter, profile.uncertainties);
  }
  expect_known_spread(reader, "stream_rate_spread_rel_error", profile.stream_rate_spread,
                      profile.relative_error("stream_rate_spread"));
  profile.max_ranks =
      reader.optional_integer("max_ranks", 1, std::numeric_limits<std::int32_t>::max());
  profile.provenance = read_provenance(reader, "provenance");
  reader.finish();
  return profile;
}

}  // namespace rehearse
