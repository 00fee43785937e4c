#include "runtime/collectives/nccl_tuning.h"

#include <algorithm>
#include <bit>

#include "base/contract.h"
#include "runtime/collectives/nccl_constants.h"

namespace rehearse {
namespace {

constexpr double kMicro = 1e-6;
constexpr double kGiga = 1e9;
// In NCCL's order: of equal times the first one counts.
constexpr std::array kAlgorithms{Algorithm::tree,
                                 Algorithm::ring,
                                 Algorithm::collnet_direct,
                                 Algorithm::collnet_chain,
                                 Algorithm::nvls,
                                 Algorithm::nvls_tree,
                                 Algorithm::pat};
constexpr std::array kProtocols{Protocol::ll, Protocol::ll128, Protocol::simple};

std::size_t at(Algorithm algorithm) { return static_cast<std::size_t>(algorithm); }
std::size_t at(Protocol protocol) { return static_cast<std::size_t>(protocol) - 1; }

std::size_t row(NcclArchitecture architecture) {
  return architecture == NcclArchitecture::pascal ? 0 : static_cast<std::size_t>(architecture) - 1;
}

// Operations that NCCL runs as plain exchanges between pairs.
bool is_exchange(Operation operation) {
  return operation == Operation::all_to_all || operation == Operation::send_recv;
}

bool is_one_way(Operation operation) {
  return operation == Operation::broadcast || operation == Operation::reduce;
}

// Steps of one algorithm in microseconds.
struct Steps {
  double base = 0, inside = 0, between = 0;
  double count_inside = 0, count_between = 0;

  [[nodiscard]] double latency() const {
    return base + count_inside * inside + count_between * between;
  }
};

// The machine with everything derived from it that several equations need.
struct View {
  explicit View(const NcclMachine& of)
      : machine(of),
        constants(nccl_constants(of.generation)),
        column(of.nodes <= 2 ? static_cast<std::size_t>(of.nodes) - 1 : 2),
        several(of.nodes > 1),
        alone(of.nodes == of.ranks),
        per_node(of.ranks / of.nodes),
        inside(of.channel_bandwidth_inside.value() / kGiga),
        between(several ? of.channel_bandwidth_between.value() / kGiga : inside) {}

  const NcclMachine& machine;
  const NcclConstants& constants;
  std::size_t column;  // of the limits
  bool several;        // nodes
  bool alone;          // one rank per node
  int per_node;
  double inside, between;  // GB/s of one channel

  [[nodiscard]] double of(const NcclConstants::Limits& limits) const {
    return limits[row(machine.architecture)][column];
  }
  [[nodiscard]] double mean_per_node() const {
    return static_cast<double>(machine.ranks) / machine.nodes;
  }
  [[nodiscard]] bool since(NcclGeneration generation) const {
    return machine.generation >= generation;
  }
};

bool has_algorithm(const View& v, Operation operation, Algorithm algorithm) {
  const NcclMachine& m = v.machine;
  const bool sums_in_switch = m.has_nvls && !m.pcie && v.per_node > 2 &&
                              m.architecture >= NcclArchitecture::hopper &&
                              (m.channels > 1 || !v.since(NcclGeneration::v2_27));
  const bool reduces = operation == Operation::all_reduce;
  switch (algorithm) {
    case Algorithm::ring:
      return true;
    case Algorithm::tree:
      return reduces;
    case Algorithm::nvls:
      if (is_one_way(operation) || (!reduces && !v.since(NcclGeneration::v2_21))) return false;
      return sums_in_switch && (!v.several || (reduces && m.has_collnet));
    case Algorithm::nvls_tree:
      return reduces && sums_in_switch && v.several;
    case Algorithm::collnet_direct:
      return reduces && m.has_collnet && v.several && !m.pcie;
    case Algorithm::collnet_chain:
      return reduces && m.has_collnet && v.several;
    case Algorithm::pat:
      return !reduces && !is_one_way(operation) && v.alone && v.since(NcclGeneration::v2_23);
    default:
      return false;
  }
}

bool has_protocol(const View& v, Algorithm algorithm, Protocol protocol) {
  if (protocol == Protocol::simple) return true;
  if (algorithm != Algorithm::ring && algorithm != Algorithm::tree) return false;
  if (protocol == Protocol::ll) return true;
  const NcclMachine& m = v.machine;
  if (protocol == Protocol::none || m.architecture == NcclArchitecture::pascal) return false;
  if (m.architecture == NcclArchitecture::blackwell && !v.since(NcclGeneration::v2_23))
    return false;
  return (v.alone || !m.pcie) && (!v.several || m.near_nic);
}

bool runs(const View& v, Operation operation, Algorithm algorithm, Protocol protocol) {
  if (v.machine.ranks == 1) return false;
  if (is_exchange(operation))
    return algorithm == Algorithm::pairwise && protocol == Protocol::simple;
  return has_algorithm(v, operation, algorithm) && has_protocol(v, algorithm, protocol);
}

double ll_limit(const View& v) {
  const std::size_t host = v.machine.amd_host ? 1 : 0;
  return v.constants.ll[v.several ? host : row(v.machine.architecture)][v.column];
}

double ring_bandwidth(const View& v, Operation operation, Protocol protocol, double all) {
  const NcclConstants& c = v.constants;
  if (protocol == Protocol::ll) {
    const bool together =
        v.several || operation == Operation::all_reduce || operation == Operation::reduce;
    return std::min(ll_limit(v), all * (together ? c.ring_ll_share : c.ring_ll_share_apart));
  }
  if (protocol == Protocol::ll128) {
    const double share = v.mean_per_node() < 2 ? c.ring_ll128_share : 0.92;
    return std::min(all * share, v.machine.channels * v.of(c.ring_ll128));
  }
  return all;
}

double tree_bandwidth(const View& v, Protocol protocol, double all) {
  const int channels = v.machine.channels;
  const double simple = std::min(all * 0.92, channels * v.of(v.constants.tree));
  if (protocol == Protocol::ll) return std::min(simple / 3.8, ll_limit(v));
  if (protocol == Protocol::ll128)
    return std::min(simple * (v.several ? 120.0 / 128 : 7.0 / 9),
                    channels * v.of(v.constants.tree_ll128));
  return simple;
}

// NVLS and NVLSTree.
double switch_bandwidth(const View& v, Operation operation, Algorithm algorithm) {
  const NcclMachine& m = v.machine;
  const bool tree = algorithm == Algorithm::nvls_tree;
  const bool few = m.nodes <= 2;
  if (m.generation == NcclGeneration::v2_18) return m.channels * (few ? v.inside : v.between);
  if (!v.since(NcclGeneration::v2_27))
    return m.channels * std::min(v.inside, v.between * (tree && !few ? 0.5 : 1));
  const double efficiency = m.architecture == NcclArchitecture::blackwell ? 0.74 : 0.85;
  // An all-reduce does two operations at a time.
  const double passes =
      operation == Operation::all_reduce ? 2 : (v.mean_per_node() - 1) / v.mean_per_node();
  // One of the channels' worth is not used.
  const double inside = v.inside * efficiency * (m.channels - 1) / m.channels * passes;
  const double between = v.between * (tree && few ? 2 : 1);
  const double channel = std::min(inside, between);
  return m.channels * (tree ? std::min(channel, v.of(v.constants.nvls_tree)) : channel);
}

double collnet_bandwidth(const View& v, Algorithm algorithm) {
  const NcclMachine& m = v.machine;
  const double all = m.channels * v.inside;
  if (algorithm == Algorithm::collnet_chain) return all;
  const double devices_per_nic = v.mean_per_node() / m.channels;
  const double slower = devices_per_nic - (devices_per_nic - 1) / 2;
  return all / slower * (m.architecture >= NcclArchitecture::hopper ? 0.85 : 1);
}

// GB/s. REQUIRES: that it runs.
double bus(const View& v, Operation operation, Algorithm algorithm, Protocol protocol) {
  const double all = v.machine.channels * (v.machine.nodes <= 2 ? v.inside : v.between);
  switch (algorithm) {
    case Algorithm::ring:
      return ring_bandwidth(v, operation, protocol, all);
    case Algorithm::tree:
      return tree_bandwidth(v, protocol, all);
    case Algorithm::nvls:
    case Algorithm::nvls_tree:
      return switch_bandwidth(v, operation, algorithm);
    case Algorithm::collnet_direct:
    case Algorithm::collnet_chain:
      return collnet_bandwidth(v, algorithm);
    case Algorithm::pat:
      return 0.75 * all;
    default:  // pairwise
      return v.machine.channels * v.between;
  }
}

// Algorithm bandwidth over bus bandwidth.
double ratio(const View& v, Operation operation, Algorithm algorithm) {
  const double ranks = v.machine.ranks;
  const double nodes = v.machine.nodes;
  const bool reduces = operation == Operation::all_reduce;
  const double steps = reduces ? 2 * (ranks - 1) : is_one_way(operation) ? ranks : ranks - 1;
  switch (algorithm) {
    case Algorithm::ring:
      return ranks / steps;
    case Algorithm::nvls:
    case Algorithm::nvls_tree:
      if (v.since(NcclGeneration::v2_27)) return reduces ? ranks / steps : 1;
      if (v.since(NcclGeneration::v2_23) && !reduces) return 1;
      if (!v.since(NcclGeneration::v2_21) && algorithm == Algorithm::nvls_tree)
        return 0.7 * nodes / (2 * (nodes - 1));
      return 5.0 / 6;
    case Algorithm::tree:
    case Algorithm::collnet_direct:
    case Algorithm::collnet_chain:
      return 0.5;
    default:  // pat, pairwise
      return 1;
  }
}

int floor_log2(int x) { return std::bit_width(static_cast<unsigned>(x)) - 1; }

Steps steps(const View& v, Operation operation, Algorithm algorithm, Protocol protocol,
            const NcclConstants& constants) {
  const NcclMachine& m = v.machine;
  const bool reduces = operation == Operation::all_reduce;
  const bool simple = protocol == Protocol::simple;
  const std::size_t a = at(algorithm);
  const std::size_t p = at(protocol);
  // NCCL takes a node of one device for one without NVLink.
  const auto& local = m.pcie || v.alone ? constants.pcie : constants.nvlink;
  const bool exposed = constants.exposed_network && v.alone;
  // A message in simple is followed by a flush.
  const double device = m.network_latency.value() / kMicro * (simple ? 2 : 1);
  Steps s{.base = constants.base[a][p],
          .inside = local[a][p],
          .between = constants.network[exposed ? at(Algorithm::tree) : a][p] + device};
  switch (algorithm) {
    case Algorithm::tree:
      s.count_inside = 2 * (v.per_node - 1);
      s.count_between = 2 * floor_log2(m.nodes);
      break;
    case Algorithm::nvls:
      s.count_inside = 1;
      s.count_between = v.several ? 1 : 0;
      break;
    case Algorithm::nvls_tree:
      s.count_inside = 1;
      s.count_between = 2 * (v.since(NcclGeneration::v2_21) ? floor_log2(m.nodes) : m.nodes - 1);
      break;
    case Algorithm::collnet_direct:
      s.base += 2 * constants.collnet_arity * (v.per_node - 1);
      s.count_inside = 2 * std::min(1, v.per_node - 1);
      s.count_between = 1;
      break;
    case Algorithm::collnet_chain:
      s.count_inside = 2 * (v.per_node - 1);
      s.count_between = 1;
      break;
    case Algorithm::pat:
      s.base += 2.8 * m.ranks;
      s.between /= 3.5;
      s.count_between = floor_log2(m.nodes);
      break;
    default:  // ring
      if (v.several) {
        // Whatever goes on inside the nodes, their hosts post every step to the network.
        s.inside = std::max(s.inside, (m.amd_host ? 2.0 : 1.0) * (simple ? 3 : 1));
        s.count_between = reduces ? 2 * (m.nodes - 1) + constants.ring_extra_steps : m.nodes - 1;
      }
      s.count_inside = (reduces ? 2 : 1) * (m.ranks - 1) - s.count_between;
  }
  return s;
}

// Microseconds that the choice counts with.
double latency(const View& v, Operation operation, Algorithm algorithm, Protocol protocol) {
  const NcclConstants& c = v.constants;
  const std::size_t p = at(protocol);
  if (is_exchange(operation)) return c.base[at(Algorithm::ring)][p];
  if (!is_one_way(operation)) return steps(v, operation, algorithm, protocol, c).latency();
  // All channels of one node pass the devices in the same order, and one step hides the others. The
  // channels of several nodes begin at different NICs, and every rank costs a step over the
  // network.
  if (!v.several) {
    const Steps s = steps(v, operation, Algorithm::ring, protocol, c);
    return s.base + s.inside;
  }
  const bool simple = protocol == Protocol::simple;
  return c.base[at(Algorithm::ring)][p] +
         v.machine.ranks * c.network[at(simple ? Algorithm::tree : Algorithm::ring)][p];
}

// What NCCL multiplies the latency of long rings with.
double plateau(const View& v, Operation operation, Algorithm algorithm, Protocol protocol,
               double bytes) {
  const NcclMachine& m = v.machine;
  const bool holds = operation == Operation::all_reduce && algorithm == Algorithm::ring &&
                     protocol == Protocol::simple && v.several &&
                     bytes >= 64.0 * 2 * m.channels * m.ranks;
  if (!holds) return 1;
  return m.architecture < NcclArchitecture::ampere ? 1.9 : 1.4;
}

double correction(const View& v, Operation operation, Algorithm algorithm, Protocol protocol,
                  double bytes) {
  const bool switch_tree = algorithm == Algorithm::nvls_tree &&
                           v.machine.architecture == NcclArchitecture::blackwell &&
                           v.since(NcclGeneration::v2_27);
  if (operation != Operation::all_reduce || (algorithm != Algorithm::tree && !switch_tree))
    return 1;
  return nccl_tree_correction(algorithm, protocol, bytes);
}

}  // namespace

NcclModel::NcclModel(const NcclMachine& machine) : machine_(machine) {
  EXPECTS(machine.nodes >= 1 && machine.ranks >= machine.nodes && machine.channels >= 1);
  EXPECTS(machine.channel_bandwidth_inside.value() > 0 &&
          (machine.nodes == 1 || machine.channel_bandwidth_between.value() > 0));
}

std::optional<Duration> NcclModel::time(Operation operation, Algorithm algorithm, Protocol protocol,
                                        double bytes) const {
  EXPECTS(bytes >= 0);
  if (machine_.ranks == 1) {
    if (algorithm != Algorithm::ring || protocol != Protocol::simple) return std::nullopt;
    return Duration(0);
  }
  const View v(machine_);
  if (!runs(v, operation, algorithm, protocol)) return std::nullopt;
  const double bandwidth = bus(v, operation, algorithm, protocol) * ratio(v, operation, algorithm) *
                           correction(v, operation, algorithm, protocol, bytes);
  return Duration(latency(v, operation, algorithm, protocol) * kMicro *
                      plateau(v, operation, algorithm, protocol, bytes) +
                  bytes / (bandwidth * kGiga));
}

std::optional<Bandwidth> NcclModel::bus_bandwidth(Operation operation, Algorithm algorithm,
                                                  Protocol protocol) const {
  const View v(machine_);
  if (!runs(v, operation, algorithm, protocol)) return std::nullopt;
  return Bandwidth(bus(v, operation, algorithm, protocol) * kGiga);
}

NcclModel::Latencies NcclModel::latencies(Operation operation, Algorithm algorithm,
                                          Protocol protocol, double bytes) const {
  const View v(machine_);
  if (protocol == Protocol::none) protocol = Protocol::simple;
  const bool own = !is_exchange(operation) && has_algorithm(v, operation, algorithm);
  const bool chunk_in_step = algorithm == Algorithm::tree && protocol == Protocol::simple &&
                             machine_.generation == NcclGeneration::v2_21;
  Steps s = steps(v, operation, own ? algorithm : Algorithm::ring, protocol,
                  chunk_in_step ? nccl_constants(NcclGeneration::v2_23) : v.constants);
  if (is_exchange(operation)) {  // small messages between devices go in LL
    s.base = v.constants.base[at(Algorithm::ring)][at(Protocol::ll)];
    s.inside = v.constants.nvlink[at(Algorithm::ring)][at(Protocol::ll)];
  }
  const double factor = plateau(v, operation, algorithm, protocol, bytes) * kMicro;
  return {Duration(s.base * factor), Duration(s.inside * factor), Duration(s.between * factor)};
}

NcclChoice NcclModel::choose(Operation operation, double bytes) const {
  if (machine_.ranks == 1) return {Algorithm::ring, Protocol::simple, Duration(0)};
  if (is_exchange(operation)) return *choose(operation, Algorithm::pairwise, bytes);
  std::optional<NcclChoice> best;
  for (Algorithm algorithm : kAlgorithms) {
    const auto choice = choose(operation, algorithm, bytes);
    if (choice && (!best || choice->time < best->time)) best = choice;
  }
  return *best;
}

std::optional<NcclChoice> NcclModel::choose(Operation operation, Algorithm algorithm,
                                            double bytes) const {
  std::optional<NcclChoice> best;
  for (Protocol protocol : kProtocols) {
    const auto expected = time(operation, algorithm, protocol, bytes);
    if (expected && (!best || *expected < best->time)) best = {algorithm, protocol, *expected};
  }
  return best;
}

}  // namespace rehearse
