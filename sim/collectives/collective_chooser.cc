#include "sim/collectives/collective_chooser.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <functional>
#include <limits>
#include <set>
#include <thread>

#include "base/contract.h"
#include "base/error.h"
#include "runtime/collectives/in_nodes.h"
#include "runtime/collectives/node_ranks.h"
#include "runtime/collectives/open_mpi_rules.h"
#include "sim/collectives/phase_cost.h"

namespace rehearse {
namespace {

using Kind = CollectiveLibrary::Kind;

bool has_levels(const StackProfile& profile) {
  return profile.library && profile.library->has_levels();
}

bool is_nccl(const StackProfile& profile) { return profile.library && profile.library->is_nccl(); }

// Those among which automatic chooses.
constexpr std::array kSchedules{
    Algorithm::ring,         Algorithm::tree,         Algorithm::nvls,
    Algorithm::nvls_tree,    Algorithm::hierarchical, Algorithm::recursive_doubling,
    Algorithm::rabenseifner, Algorithm::binomial,     Algorithm::halving_doubling,
    Algorithm::node_leader,  Algorithm::pairwise,     Algorithm::in_network};

// Up to so many flows of a collective are priced under load one by one, where routes depend on it.
constexpr std::size_t kMostLoaded = 65536;

// Actors have small stacks without guards (sim/engine/platform.h); what routes and prices needs
// more.
void on_roomy_stack(const std::function<void()>& body) {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      body();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

// Those that NCCL has as well.
bool is_nccls(Algorithm algorithm) {
  return algorithm == Algorithm::ring || algorithm == Algorithm::tree ||
         algorithm == Algorithm::nvls || algorithm == Algorithm::nvls_tree || is_formula(algorithm);
}

// PXN gathers messages on rails since NCCL 2.12.
bool gathers_on_rails(const CollectiveLibrary& library) { return library.kind == Kind::nccl; }

// Whether each `per_node` consecutive ranks have a node of their own.
bool in_blocks(const CollectivePatterns& patterns, int per_node) {
  std::set<NodeId> nodes;
  NodeId last = -1;
  for (int rank = 0; rank < patterns.ranks(); ++rank) {
    const NodeId node = patterns.network().node_of(patterns.device(rank));
    if (rank % per_node == 0 ? !nodes.insert(node).second : node != last) return false;
    last = node;
  }
  return true;
}

}  // namespace

bool names_library(const StackProfile& profile) { return profile.library.has_value(); }

std::vector<Protocol> CollectiveChooser::protocols() const {
  if (has_levels(patterns_.profile()) && is_nccl(patterns_.profile())) {
    return {Protocol::simple, Protocol::ll128, Protocol::ll};
  }
  return {Protocol::none};
}

std::string CollectiveChooser::obstacle(Operation operation, Algorithm algorithm, int ranks,
                                        int ranks_per_node) const {
  const Network& network = patterns_.network();
  const StackProfile& profile = patterns_.profile();
  const NodeRanks where{ranks, std::min(ranks, ranks_per_node)};
  if (!can_do(algorithm, operation)) return "it does no " + to_text(operation);
  const bool adds = has_levels(profile) && profile.library->inside->switch_adders;
  const bool in_switch = algorithm == Algorithm::nvls || algorithm == Algorithm::nvls_tree;
  if (in_switch && !options_.switches_add) {
    return "fidelity message knows no sums in a node's switch, use flow or analytic";
  }
  switch (algorithm) {
    case Algorithm::nvls:
    case Algorithm::nvls_tree:
      if (!adds || !network.devices_share_a_switch()) {
        return "no switch of a node is known to add ('switch_adders' of the stack)";
      }
      if (where.per_node < 2) return "a node has one device of the job";
      if (algorithm == Algorithm::nvls && where.nodes() > 1) {
        return "it sums inside one node, use nvls_tree";
      }
      if (algorithm == Algorithm::nvls_tree && where.nodes() == 1) return "one node needs no tree";
      break;
    case Algorithm::in_network:
    case Algorithm::collnet_direct:
    case Algorithm::collnet_chain:
      if (!network.reduction()) return "no switch of the network adds what passes it";
      if (ranks == patterns_.ranks() && !in_blocks(patterns_, where.per_node)) {
        return "it adds inside nodes first, and the ranks of a node are not consecutive";
      }
      break;
    case Algorithm::pat:
      if (!is_nccl(profile)) return "it is NCCL's, and the stack names another library";
      if (where.per_node > 1) return "NCCL runs it with one device per node";
      break;
    default:
      break;
  }
  if ((takes_whole_nodes(algorithm) || algorithm == Algorithm::nvls) && !where.whole()) {
    return "it needs equally many ranks on each node";
  }
  if (is_nccl(profile) && (has_levels(profile) || is_formula(algorithm)) && is_nccls(algorithm)) {
    const NcclModel model = model_of(ranks, where.per_node, true);
    for (const Protocol protocol : {Protocol::simple, Protocol::ll128, Protocol::ll}) {
      if (model.time(operation, algorithm, protocol, 1)) return {};
    }
    return "NCCL has it switched off on such a machine";
  }
  return {};
}

CollectiveCall CollectiveChooser::call_of(const Question& q, Algorithm algorithm,
                                          Protocol protocol) const {
  const Network& network = patterns_.network();
  const int ranks = q.group.size();
  const int local = std::min(ranks, q.ranks_per_node);
  const bool one_node = ranks == local;
  CollectiveCall call;
  call.operation = q.operation;
  call.algorithm = algorithm;
  call.protocol = protocol;
  call.ranks_per_node = local;
  call.zigzag = network.has_direct_links() && local > 2;
  const bool tree = algorithm == Algorithm::tree;
  call.channels =
      one_node ? (call.zigzag || tree ? local : 1) : std::min(local, nics_in_use(network, local));
  if (algorithm == Algorithm::ring && call.channels == 1) call.zigzag = false;
  call.pipelined = options_.pipelined;
  call.back_to_back = options_.back_to_back && protocol == Protocol::ll &&
                      (q.operation == Operation::broadcast || q.operation == Operation::reduce);
  if (algorithm == Algorithm::pairwise && is_nccl(patterns_.profile())) {
    call.side_by_side = true;
    call.rails = gathers_on_rails(*patterns_.profile().library) && !one_node && local > 1 &&
                 ranks % local == 0 && q.operation == Operation::all_to_all;
  }
  return call;
}

// Of algorithms without a schedule, also sets the formula's time.
Duration CollectiveChooser::price(const Question& q, CollectiveCall& call) {
  const StackProfile& profile = patterns_.profile();
  const Network& network = patterns_.network();
  const Bytes bytes(q.bytes());
  if (is_formula(call.algorithm)) {
    const auto time = model_of(q.group.size(), q.ranks_per_node, true)
                          .time(q.operation, call.algorithm, call.protocol, q.bytes());
    ENSURES(time.has_value());
    call.formula = *time;
    return call.formula;
  }
  Duration sum;
  if (call.algorithm == Algorithm::in_network) {
    const auto inside = [&](Operation operation) {
      if (call.ranks_per_node == 1) return;
      const InNodes schedule(operation == Operation::all_gather ? RingPass::Kind::all_gather
                                                                : RingPass::Kind::reduce_scatter,
                             q.group.size(), q.elements, call.ranks_per_node);
      sum += price_of(q, schedule, nullptr);
    };
    inside(Operation::reduce_scatter);
    if (q.group.size() > call.ranks_per_node) {
      sum += reduction_cost(patterns_.reduction(q.group, call.ranks_per_node), bytes, profile, {})
                 .total();
    }
    inside(Operation::all_gather);
    return sum;
  }
  const auto costs = step_costs(network, profile, call, q.group.size(), q.bytes());
  const auto schedule = make_collective(call, q.group.size(), q.elements);
  sum = price_of(q, *schedule, costs ? &*costs : nullptr);
  return costs ? sum + costs->base : sum;
}

Duration CollectiveChooser::price_of(const Question& q, const Schedule& schedule,
                                     const StepCosts* costs) {
  const StackProfile& profile = patterns_.profile();
  const Bytes bytes(q.bytes());
  const CollectivePattern& pattern = patterns_.of(q.group, schedule);
  const std::vector<Phase> phases = schedule.phases();
  const std::vector<double>* loaded = nullptr;
  if (patterns_.looks_at_load() && q.group.size() * phases.size() <= kMostLoaded &&
      !schedule.kind().empty()) {
    loaded = &patterns_.under_load(q.group, schedule);
  }
  Duration sum;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    PhasePattern phase = pattern.phases[i];
    if (loaded != nullptr) phase.bottleneck = (*loaded)[i];
    phase.bottleneck /= options_.free_share;
    sum += phase_cost(phase, phases[i], bytes, profile, costs, {}, patterns_.cores_copy()).total();
  }
  return sum + 2 * profile.staging(bytes * pattern.staged);
}

std::optional<ChosenCollective> CollectiveChooser::cheapest(const Question& q,
                                                            Algorithm algorithm) {
  if (!obstacle(q.operation, algorithm, q.group.size(), q.ranks_per_node).empty()) return {};
  std::optional<ChosenCollective> best;
  const bool nccl = is_nccls(algorithm) && is_nccl(patterns_.profile());
  // Stacks without levels know no protocols; what has a formula runs in Simple.
  const bool one_protocol = nccl && is_formula(algorithm) && !has_levels(patterns_.profile());
  for (const Protocol protocol :
       one_protocol ? std::vector<Protocol>{Protocol::simple} : protocols()) {
    if (nccl && (protocol != Protocol::none || is_formula(algorithm)) &&
        !model_of(q.group.size(), q.ranks_per_node, true)
             .time(q.operation, algorithm, protocol, q.bytes())) {
      continue;
    }
    CollectiveCall call = call_of(q, algorithm, protocol);
    const Duration time = price(q, call);
    if (!best || time < best->price) best = {call, time};
  }
  return best;
}

std::optional<ChosenCollective> CollectiveChooser::native(const Question& q,
                                                          std::optional<Algorithm> algorithm) {
  const StackProfile& profile = patterns_.profile();
  const int ranks = q.group.size();
  if (is_nccl(profile)) {
    const NcclModel model = model_of(ranks, q.ranks_per_node, algorithm.has_value());
    const auto choice = algorithm ? model.choose(q.operation, *algorithm, q.bytes())
                                  : std::optional(model.choose(q.operation, q.bytes()));
    if (!choice) return {};
    if (!obstacle(q.operation, choice->algorithm, ranks, q.ranks_per_node).empty()) {
      return runnable(q);  // NCCL's model does not look at unequal nodes
    }
    // Stacks without levels know no protocols, but the formula of an algorithm is of one.
    const bool with_protocol = has_levels(profile) || is_formula(choice->algorithm);
    const Protocol protocol = with_protocol ? choice->protocol : Protocol::none;
    CollectiveCall call = call_of(q, choice->algorithm, protocol);
    const Duration time = price(q, call);  // sets the time of a formula
    return ChosenCollective{call, time};
  }
  if (algorithm) return {};
  const Kind kind = profile.library ? profile.library->kind : Kind::open_mpi;
  const bool mpich = kind == Kind::cray_mpich || kind == Kind::intel_mpi;
  const std::string version =
      profile.library && kind == Kind::open_mpi ? profile.library->version : "";
  const Algorithm chosen = mpich ? choose_like_mpich(q.operation, ranks, q.bytes())
                                 : choose_like_open_mpi(version, q.operation, ranks, q.bytes());
  // One of several NICs does: the rules know nothing of them.
  CollectiveCall call = call_of(q, chosen, Protocol::none);
  call.channels = 1;
  call.zigzag = false;
  const Duration time = price(q, call);  // sets the time of a formula
  return ChosenCollective{call, time};
}

// The cheapest of NCCL's own algorithms that the machine can run.
std::optional<ChosenCollective> CollectiveChooser::runnable(const Question& q) {
  std::optional<ChosenCollective> best;
  for (const Algorithm algorithm : kSchedules) {
    if (!is_nccls(algorithm)) continue;
    const auto one = cheapest(q, algorithm);
    if (one && (!best || one->price < best->price)) best = one;
  }
  return best;
}

NcclModel CollectiveChooser::model_of(int ranks, int ranks_per_node, bool with_collnet) const {
  NcclMachine machine = nccl_machine(patterns_.network(), patterns_.profile(), ranks,
                                     std::min(ranks, ranks_per_node));
  machine.has_nvls = machine.has_nvls && options_.switches_add;
  machine.has_collnet = with_collnet && patterns_.network().reduction() && machine.nodes > 1;
  return NcclModel(machine);
}

ChosenCollective CollectiveChooser::best_of_library(const Group& group, Operation operation,
                                                    int ranks_per_node, std::int64_t elements,
                                                    int element) {
  const Question q{group, operation, ranks_per_node, elements, element};
  if (!is_nccl(patterns_.profile())) {
    return choose(group, operation, Algorithm::automatic, {}, ranks_per_node, elements, element);
  }
  const auto best = runnable(q);
  return best ? *best
              : choose(group, operation, Algorithm::native, {}, ranks_per_node, elements, element);
}

ChosenCollective CollectiveChooser::automatic(const Question& q) {
  std::optional<ChosenCollective> best;
  for (ChosenCollective& one : priced(q)) {
    one.price = one.price * trial_factor(q, one.call);
    if (!best || one.price < best->price) best = one;
  }
  ENSURES(best.has_value());
  return *best;
}

std::vector<ChosenCollective> CollectiveChooser::priced(const Question& q) {
  std::vector<ChosenCollective> all;
  for (const Algorithm algorithm : kSchedules) {
    if (const auto one = cheapest(q, algorithm)) all.push_back(*one);
  }
  return all;
}

ChosenCollective CollectiveChooser::choose(const Group& group, Operation operation, Algorithm wish,
                                           std::optional<Protocol> protocol, int ranks_per_node,
                                           std::int64_t elements, int element) {
  const Key key{group.id(),     operation, wish,   protocol ? static_cast<int>(*protocol) : -1,
                ranks_per_node, elements,  element};
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  const Question q{group, operation, ranks_per_node, elements, element};
  ChosenCollective chosen;
  on_roomy_stack([&] { chosen = decide(q, wish, protocol); });
  return known_.emplace(key, chosen).first->second;
}

ChosenCollective CollectiveChooser::decide(const Question& q, Algorithm wish,
                                           std::optional<Protocol> protocol) {
  ChosenCollective chosen;
  if (wish == Algorithm::automatic && options_.fixed_rules) {
    chosen = native(q, {}).value();
  } else if (wish == Algorithm::automatic) {
    chosen = automatic(q);
  } else if (wish == Algorithm::native) {
    chosen = native(q, {}).value();
  } else {
    const std::string why = obstacle(q.operation, wish, q.group.size(), q.ranks_per_node);
    if (!why.empty()) {
      throw Error::input("this network cannot run '" + to_text(wish) + "'", why,
                         "use another algorithm, or auto");
    }
    const auto by_library = has_levels(patterns_.profile()) ? native(q, wish) : std::nullopt;
    const auto one = by_library ? by_library : cheapest(q, wish);
    if (!one) {
      throw Error::input("this network cannot run '" + to_text(wish) + "'",
                         "the library has no time of it for such a collective",
                         "use another algorithm, or auto");
    }
    chosen = *one;
  }
  if (protocol && chosen.call.protocol != *protocol) {
    if (!is_nccl(patterns_.profile()) || !has_levels(patterns_.profile())) {
      throw Error::input("the stack '" + patterns_.profile().name + "' has no protocols",
                         "ll, ll128 and simple are NCCL's", "leave the protocol out");
    }
    chosen.call.protocol = *protocol;
    chosen.price = price(q, chosen.call);
  }
  return chosen;
}

CollectiveChooser::Nics CollectiveChooser::nics_of(const Group& group, const CollectiveCall& call,
                                                   std::int64_t elements) {
  const int ranks = group.size();
  const int local = std::min(ranks, call.ranks_per_node);
  if (ranks == local || is_formula(call.algorithm) || call.algorithm == Algorithm::in_network) {
    return {};
  }
  const CollectivePattern& pattern = patterns_.of(group, *make_collective(call, ranks, elements));
  const Network& network = patterns_.network();
  const NodeId node = network.node_of(patterns_.device(group.world_rank(0)));
  Nics nics{nics_in_use(network, local), 0};
  int used = 0;
  for (int nic = 0; nic < network.nics_per_node(); ++nic) {
    const LinkId out = network.injection_link(node, nic);
    const double share = pattern.link_shares[static_cast<std::size_t>(out)] +
                         pattern.link_shares[static_cast<std::size_t>(Network::reverse(out))];
    if (share > 0) ++used;
  }
  nics.idle = std::max(0, nics.all - used);
  return nics;
}

}  // namespace rehearse
