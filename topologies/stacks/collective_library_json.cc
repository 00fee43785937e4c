#include "topologies/stacks/collective_library.h"

#include "base/enum_names.h"
#include "base/error.h"
#include "base/json_reader.h"
#include "topologies/stacks/relative_error.h"

namespace rehearse {
namespace {

using Kind = CollectiveLibrary::Kind;

constexpr auto kKindNames =
    enum_names<Kind>("nccl", "rccl", "open-mpi", "intel-mpi", "cray-mpich", "mlsl", "other");
constexpr auto kArchitectureNames =
    enum_names<CollectiveLibrary::Architecture>("pascal", "volta", "ampere", "hopper", "blackwell");
constexpr std::int64_t kMostChannels = 1024;

std::array<Duration, 3> read_latency(ObjectReader reader) {
  const Duration simple = reader.duration("simple");
  std::array<Duration, 3> latency{reader.optional_duration("ll").value_or(simple),
                                  reader.optional_duration("ll128").value_or(simple), simple};
  reader.finish();
  return latency;
}

Bandwidth read_positive(ObjectReader& reader, std::string_view key, Bandwidth rate) {
  if (rate > Bandwidth(0)) return rate;
  throw reader.error_at(key, "a bandwidth of zero moves nothing", "", "give a positive rate");
}

StackLevel read_level(ObjectReader reader) {
  StackLevel level;
  level.channel_bandwidth =
      read_positive(reader, "channel_bandwidth", reader.bandwidth("channel_bandwidth"));
  level.channels = static_cast<int>(reader.integer("channels", 1, kMostChannels));
  level.latency = read_latency(reader.object("latency"));
  level.half_bandwidth = reader.optional_bytes("half_bandwidth").value_or(Bytes(0));
  if (const auto share = reader.optional_number("converging", 0, 1)) {
    if (*share < 0.01) {
      throw reader.error_at("converging", "less than 1 % of the rate arrives", "",
                            "give a share in (0, 1]");
    }
    level.converging = *share;
  }
  if (const auto adders = reader.optional_bandwidth("switch_adders")) {
    level.switch_adders = read_positive(reader, "switch_adders", *adders);
  }
  level.bandwidth_rel_error = read_relative_error(reader, "bandwidth_rel_error");
  level.latency_rel_error = read_relative_error(reader, "latency_rel_error");
  reader.finish();
  return level;
}

}  // namespace

std::string to_text(CollectiveLibrary::Kind kind) { return std::string(kKindNames.text(kind)); }

std::optional<CollectiveLibrary> read_collective_library(ObjectReader& reader) {
  if (!reader.has("library")) return {};
  CollectiveLibrary library;
  library.kind = kKindNames.read(reader, "library");
  library.version = reader.optional_string("library_version").value_or("");
  library.architecture =
      kArchitectureNames.read_optional(reader, "architecture").value_or(library.architecture);
  library.amd_host = reader.optional_boolean("amd_host").value_or(false);
  library.pcie = reader.optional_boolean("pcie").value_or(false);
  library.launch = reader.optional_duration("launch");
  if (const auto inside = reader.optional_object("inside")) library.inside = read_level(*inside);
  if (const auto nic = reader.optional_object("nic")) library.nic = read_level(*nic);
  if (library.inside.has_value() != library.nic.has_value()) {
    throw reader.error_at(library.inside ? "inside" : "nic", "one of the two levels is missing",
                          "a library of levels needs both", "give 'inside' and 'nic'");
  }
  return library;
}

}  // namespace rehearse
