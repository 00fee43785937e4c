#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file_format.h"
#include "base/quantity_text.h"
#include "calibrate/machine/stack_file.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value, int digits) { return std::stod(significant(value, digits)); }

// Exact: a protocol changes at a power of two, which three digits would miss.
std::string in_bytes(Bytes size) { return std::to_string(std::llround(size.value())) + " B"; }

Json list_of(const std::vector<MessagePiece>& pieces) {
  Json list = Json::array();
  for (const MessagePiece& piece : pieces) {
    Json entry = {{"from", in_bytes(piece.from)}, {"latency", to_text(piece.latency)}};
    if (piece.bandwidth) entry["bandwidth"] = to_text(*piece.bandwidth);
    list.push_back(std::move(entry));
  }
  return list;
}

Json entry_of(const StackLevel& level) {
  Json entry = {{"channel_bandwidth", to_text(level.channel_bandwidth)},
                {"channels", level.channels}};
  if (level.half_bandwidth > Bytes(0)) entry["half_bandwidth"] = in_bytes(level.half_bandwidth);
  if (level.converging < 1) entry["converging"] = rounded(level.converging, 3);
  if (level.switch_adders) entry["switch_adders"] = to_text(*level.switch_adders);
  entry["latency"] = {{"ll", to_text(level.latency[0])},
                      {"ll128", to_text(level.latency[1])},
                      {"simple", to_text(level.latency[2])}};
  const auto error = [&](const char* key, const std::optional<double>& value) {
    if (value) entry[key] = rounded(*value, 2);
  };
  error("bandwidth_rel_error", level.bandwidth_rel_error);
  error("latency_rel_error", level.latency_rel_error);
  return entry;
}

std::string to_text(CollectiveLibrary::Architecture architecture) {
  static const std::array kWords{"pascal", "volta", "ampere", "hopper", "blackwell"};
  return kWords.at(static_cast<std::size_t>(architecture));
}

void add_library(const CollectiveLibrary& library, Json& file) {
  file["library"] = to_text(library.kind);
  if (!library.version.empty()) file["library_version"] = library.version;
  if (library.is_nccl()) file["architecture"] = to_text(library.architecture);
  if (library.amd_host) file["amd_host"] = true;
  if (library.pcie) file["pcie"] = true;
  if (library.launch) file["launch"] = to_text(*library.launch);
  if (library.inside) file["inside"] = entry_of(*library.inside);
  if (library.nic) file["nic"] = entry_of(*library.nic);
}

void add_noise(const NoiseSettings& noise, Json& file) {
  Json entry = Json::object();
  const auto number = [&](Json& where, const char* key, const std::optional<double>& value) {
    if (value) where[key] = rounded(*value, 3);
  };
  number(entry, "compute_cv", noise.compute_cv);
  number(entry, "device_cv", noise.device_cv);
  number(entry, "node_cv", noise.node_cv);
  if (noise.slow_share || noise.slow_factor) {
    number(entry["slow_nodes"], "share", noise.slow_share);
    number(entry["slow_nodes"], "factor", noise.slow_factor);
  }
  if (noise.stall_rate || noise.stall_length) {
    number(entry["stalls"], "rate", noise.stall_rate);
    if (noise.stall_length) entry["stalls"]["length"] = to_text(*noise.stall_length);
  }
  if (!entry.empty()) file["noise"] = entry;
}

}  // namespace

std::string stack_file(const StackProfile& profile) {
  Json file = {{"format", format_of(FileKind::stack)}, {"name", profile.name}};
  const auto bandwidth = [&](const char* key, const std::optional<Bandwidth>& value) {
    if (value) file[key] = to_text(*value);
  };
  const auto duration = [&](const char* key, Duration value) {
    if (value > Duration(0)) file[key] = to_text(value);
  };
  if (profile.nic_family) {
    file["nic_family"] = kNicFamilyNames.text(*profile.nic_family);
  }
  bandwidth("nic_rate", profile.nic_rate);
  if (profile.library) add_library(*profile.library, file);
  add_noise(profile.noise, file);
  bandwidth("stream_bandwidth", profile.stream_bandwidth);
  if (profile.stream_rate_spread > 0) {
    file["stream_rate_spread"] = rounded(profile.stream_rate_spread, 3);
  }
  const auto bytes = [&](const char* key, Bytes value) {
    if (value > Bytes(0)) file[key] = in_bytes(value);
  };
  duration("step_latency", profile.step_latency);
  duration("message_latency", profile.message_latency);
  bandwidth("local_stream_bandwidth", profile.local_stream_bandwidth);
  duration("local_step_latency", profile.local_step_latency);
  if (!profile.pieces.empty()) file["messages"] = list_of(profile.pieces);
  if (!profile.local_pieces.empty()) file["local_messages"] = list_of(profile.local_pieces);
  bandwidth("reduce_bandwidth", profile.reduce_bandwidth);
  bandwidth("local_reduce_bandwidth", profile.local_reduce_bandwidth);
  bandwidth("staging_bandwidth", profile.staging_bandwidth);
  bandwidth("receive_loop_bandwidth", profile.receive_loop_bandwidth);
  bandwidth("gather_copy_bandwidth", profile.gather_copy_bandwidth);
  const MessageEnds& ends = profile.ends;
  if (ends.wire_efficiency < 1) file["wire_efficiency"] = rounded(ends.wire_efficiency, 4);
  if (ends.acknowledgement_share > 0) {
    file["acknowledgement_share"] = rounded(ends.acknowledgement_share, 3);
  }
  bytes("idle_burst", ends.idle_burst);
  if (ends.rendezvous_from) bytes("rendezvous_from", *ends.rendezvous_from);
  duration("departure_skew", ends.departure_skew);
  if (ends.departure_spread > 0) file["departure_spread"] = rounded(ends.departure_spread, 3);
  bytes("announcement", ends.announcement);
  duration("wake_up", ends.wake_up);
  for (const StackProfile::Uncertainty& one : profile.uncertainties) {
    file[one.parameter + "_rel_error"] = rounded(one.relative_error, 2);
  }
  if (profile.max_ranks) file["max_ranks"] = *profile.max_ranks;
  file["provenance"] = Json::array();
  for (const Provenance& one : profile.provenance) {
    file["provenance"].push_back(
        {{"quantity", one.quantity}, {"source", one.source}, {"kind", to_text(one.kind)}});
  }
  return file.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
