#include "sim/collectives/step_costs.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace rehearse {
namespace {

// NCCL's own latencies of a ring's step, by protocol: those of a stack are measured against them.
constexpr std::array<double, 3> kRingInside{0.6e-6, 1.9e-6, 3.4e-6};
constexpr std::array<double, 3> kRingBetween{2.7e-6, 4e-6, 14e-6};

constexpr Duration kLaunch(6.6e-6);  // of a ring in LL

// What the adapters and the first switch of today's fabrics take, with the way to the adapter and
// back: slower ones make a step longer by what they take more.
constexpr Duration kUsualEnds(3e-6);

// 4 bytes of data beside 4 of flag; 120 of 128.
double wire_factor(Protocol protocol) {
  if (protocol == Protocol::ll) return 2;
  return protocol == Protocol::ll128 ? 128.0 / 120 : 1;
}

std::size_t index_of(Protocol protocol) {
  return protocol == Protocol::none ? 2 : static_cast<std::size_t>(protocol) - 1;
}

NcclArchitecture architecture_of(const CollectiveLibrary& library) {
  return static_cast<NcclArchitecture>(library.architecture);
}

// Of all senders into a NIC. Measured on 2 and 8 nodes of Polaris: 0.62 and 0.36 of the fair rate.
double converging_share(const StackLevel& nic, int nodes) {
  return 1 / (1 + (1 / nic.converging - 1) * std::sqrt(std::max(0, nodes - 1)));
}

// Share of the rate that so many bytes of a device or a NIC reach. What rings take beyond latency
// and bandwidth grows as bytes^0.3 on A100 and as bytes^0.6 on H100, from 1 MiB to 512 MiB; the
// exponent lies between.
double ramp(const StackLevel& level, double bytes) {
  if (level.half_bandwidth <= Bytes(0)) return 1;
  return 1 / (1 + std::pow(level.half_bandwidth.value() / std::max(1.0, bytes), 0.6));
}

// All to all, or a node whose every rank sends to many.
bool converges(Operation operation) { return operation == Operation::all_to_all; }

}  // namespace

int nics_in_use(const Network& network, int ranks_per_node) {
  const int devices = network.devices_per_node();
  const int nics = network.nics_per_node();
  const int ranks = std::min(ranks_per_node, devices);
  if (nics >= devices) return ranks * (nics / devices);
  return (ranks * nics + devices - 1) / devices;
}

NcclMachine nccl_machine(const Network& network, const StackProfile& profile, int ranks,
                         int ranks_per_node) {
  NcclMachine machine;
  const int local = std::min(ranks, ranks_per_node);
  machine.ranks = ranks;
  machine.nodes = (ranks + local - 1) / local;
  const int nics = nics_in_use(network, local);
  const Bandwidth nic = network.link(network.injection_link(0, 0)).bandwidth;
  const Bandwidth device =
      network.has_hubs() ? network.link(network.device_link(0)).bandwidth : nic;
  const auto& library = profile.library;
  if (library) {
    machine.architecture = architecture_of(*library);
    if (!library->version.empty()) machine.generation = nccl_generation(library->version);
    machine.pcie = library->pcie;
    machine.amd_host = library->amd_host;
  }
  const MessagePiece large = profile.message(Bytes(1e9));
  const MessagePiece large_inside = profile.local_message(Bytes(1e9));
  machine.channels = nics;
  machine.channel_bandwidth_between = std::min(nic, large.bandwidth.value_or(nic));
  machine.channel_bandwidth_inside =
      std::min(device, large_inside.bandwidth.value_or(device)) * (1.0 / nics);
  if (library && library->has_levels()) {
    const StackLevel& inside = *library->inside;
    const StackLevel& between = *library->nic;
    machine.has_nvls = inside.switch_adders.has_value() && network.devices_share_a_switch();
    machine.channels =
        machine.nodes == 1
            ? std::max(1,
                       static_cast<int>(std::lround(inside.channels * network.ring_share(local))))
            : between.channels * nics;
    machine.channel_bandwidth_between = between.channel_bandwidth;
    machine.channel_bandwidth_inside =
        inside.bandwidth() * (network.ring_share(local) / machine.channels);
  }
  return machine;
}

std::optional<StepCosts> step_costs(const Network& network, const StackProfile& profile,
                                    const CollectiveCall& call, int ranks, double bytes) {
  const auto& library = profile.library;
  if (!library || !library->has_levels()) return {};
  const StackLevel& inside = *library->inside;
  const StackLevel& between = *library->nic;
  const std::size_t protocol = index_of(call.protocol);
  const int local = std::min(ranks, call.ranks_per_node);
  const bool several = ranks > local;
  StepCosts costs;
  costs.device = inside.bandwidth() * network.ring_share(local);
  costs.nic = between.bandwidth();
  costs.inside = inside.latency[protocol];
  costs.between = between.latency[protocol];
  costs.adders = inside.switch_adders;
  costs.ends = 2 * network.link(network.injection_link(0, 0)).latency;
  if (network.has_hubs()) costs.ends += 2 * network.link(network.device_link(0)).latency;
  costs.ends = std::min(costs.ends, kUsualEnds);
  const int nodes = (ranks + local - 1) / local;
  if (converges(call.operation)) costs.converging = converging_share(between, nodes);
  if (!library->is_nccl() || call.protocol == Protocol::simple) {
    const double per_rank = bytes * bus_factor(call.operation, ranks);
    costs.device = costs.device * ramp(inside, per_rank);
    if (costs.adders) costs.adders = *costs.adders * ramp(inside, per_rank);
    costs.nic = costs.nic * ramp(between, per_rank / nics_in_use(network, local));
  }
  if (!library->is_nccl()) return costs;
  costs.on_wire = wire_factor(call.protocol);
  const NcclMachine machine = nccl_machine(network, profile, ranks, call.ranks_per_node);
  const NcclModel model(machine);
  const auto latencies = model.latencies(call.operation, call.algorithm, call.protocol, bytes);
  costs.base = latencies.base;
  if (library->launch) costs.base = costs.base * (*library->launch / kLaunch);
  costs.inside = latencies.inside * (inside.latency[protocol].value() / kRingInside[protocol]);
  costs.between = latencies.between * (between.latency[protocol].value() / kRingBetween[protocol]);
  // What the algorithm and protocol carry of what all channels could.
  const Bandwidth all = several ? machine.channel_bandwidth_between * machine.channels
                                : machine.channel_bandwidth_inside * machine.channels;
  const Algorithm kin = call.algorithm == Algorithm::tree ? Algorithm::tree : Algorithm::ring;
  const Protocol spoken = call.protocol == Protocol::none ? Protocol::simple : call.protocol;
  const auto carried = model.bus_bandwidth(Operation::all_reduce, kin, spoken);
  const double share = carried ? std::min(1.0, *carried / all) : 1;
  const double used = model.channel_share(call.algorithm, spoken, bytes);
  costs.nic = costs.nic * (share * used);
  costs.device = costs.device * (several ? used : share * used);
  return costs;
}

}  // namespace rehearse
