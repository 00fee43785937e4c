#include "calibrate/fits/library_start.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rehearse {
namespace {

using Kind = CollectiveLibrary::Kind;
using Architecture = CollectiveLibrary::Architecture;

Kind kind_of(const std::string& word) {
  for (const Kind kind : {Kind::nccl, Kind::rccl, Kind::open_mpi, Kind::intel_mpi, Kind::cray_mpich,
                          Kind::mlsl, Kind::other}) {
    if (to_text(kind) == word) return kind;
  }
  return Kind::nccl;
}

Architecture architecture_of(const std::string& device) {
  static constexpr std::array<std::pair<const char*, Architecture>, 9> kWords{
      {{"GB200", Architecture::blackwell},
       {"GB300", Architecture::blackwell},
       {"B200", Architecture::blackwell},
       {"H100", Architecture::hopper},
       {"H200", Architecture::hopper},
       {"GH200", Architecture::hopper},
       {"V100", Architecture::volta},
       {"P100", Architecture::pascal},
       {"1080", Architecture::pascal}}};
  for (const auto& [word, architecture] : kWords) {
    if (device.find(word) != std::string::npos) return architecture;
  }
  return Architecture::ampere;
}

Duration us(double count) { return Duration(1e-6 * count); }

}  // namespace

StackProfile starting_stack(const Scenario& machine, const LibraryHints& hints) {
  StackProfile stack;
  stack.nic_family = machine.network.nic;
  CollectiveLibrary library;
  library.kind = kind_of(hints.library);
  library.version = hints.version;
  library.architecture = architecture_of(hints.device);
  const Bandwidth link = machine.network.injection.bandwidth;
  const Bandwidth device = machine.node.devices > 1 ? machine.node.device.bandwidth : link;
  StackLevel inside;
  StackLevel nic;
  nic.channel_bandwidth = hints.nic_rate > 0 ? Bandwidth(hints.nic_rate) : link;
  inside.channel_bandwidth = hints.device_rate > 0 ? Bandwidth(hints.device_rate) : device;
  if (library.is_nccl()) {
    inside.channels = 8;
    inside.channel_bandwidth = inside.channel_bandwidth * (1.0 / inside.channels);
    inside.latency = {us(0.6), us(1.9), us(3.4)};
    nic.latency = {us(2.7), us(4), us(14)};
  } else {
    inside.latency = {us(0.4), us(0.4), us(0.4)};
    nic.latency = {us(1.2), us(1.2), us(1.2)};
  }
  inside.half_bandwidth = nic.half_bandwidth = Bytes(256.0 * 1024);
  nic.converging = 0.8;
  library.inside = inside;
  library.nic = nic;
  stack.library = library;
  stack.message_latency = us(5);
  stack.provenance = {
      {"all that is not fitted",
       "rates of the links or of the largest collectives; latencies of NCCL's tuning model, or the "
       "order of magnitude of MPI on host memory",
       Provenance::Kind::assumed}};
  return stack;
}

}  // namespace rehearse
