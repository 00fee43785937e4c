#include "runtime/collectives/collectives.h"

#include "base/contract.h"
#include "runtime/collectives/all_to_all.h"
#include "runtime/collectives/binomial.h"
#include "runtime/collectives/halving_doubling.h"
#include "runtime/collectives/hierarchical.h"
#include "runtime/collectives/node_leader.h"
#include "runtime/collectives/recursive.h"
#include "runtime/collectives/ring.h"

namespace rehearse {

const std::vector<std::string>& all_reduce_names() {
  static const std::vector<std::string> names{
      "ring",         "recursive_doubling", "rabenseifner", "halving_doubling", "binomial",
      "hierarchical", "node_leader",        "in_network",   "native",           "auto"};
  return names;
}

std::unique_ptr<Schedule> make_all_reduce(AllReduce algorithm, int ranks, std::int64_t elements,
                                          int ranks_per_node) {
  EXPECTS(ranks >= 1 && elements >= 0);
  EXPECTS(algorithm != AllReduce::in_network && algorithm != AllReduce::native &&
          algorithm != AllReduce::automatic);
  switch (algorithm) {
    case AllReduce::recursive_doubling:
      return std::make_unique<RecursiveDoubling>(ranks, elements);
    case AllReduce::rabenseifner:
      return std::make_unique<Rabenseifner>(ranks, elements);
    case AllReduce::binomial:
      return std::make_unique<BinomialTree>(BinomialTree::Kind::all_reduce, ranks, elements);
    case AllReduce::halving_doubling:
      return std::make_unique<HalvingDoubling>(ranks, elements);
    case AllReduce::hierarchical:
      return std::make_unique<Hierarchical>(ranks, elements, ranks_per_node);
    case AllReduce::node_leader:
      return std::make_unique<NodeLeader>(ranks, elements, ranks_per_node);
    default:
      return std::make_unique<RingPass>(RingPass::Kind::all_reduce, ranks, elements);
  }
}

std::unique_ptr<Schedule> make_broadcast(int ranks, std::int64_t elements) {
  EXPECTS(ranks >= 1 && elements >= 0);
  return std::make_unique<BinomialTree>(BinomialTree::Kind::broadcast, ranks, elements);
}

std::unique_ptr<Schedule> make_all_gather(int ranks, std::int64_t elements) {
  EXPECTS(ranks >= 1 && elements >= 0);
  return std::make_unique<RingPass>(RingPass::Kind::all_gather, ranks, elements, 0);
}

std::unique_ptr<Schedule> make_reduce_scatter(int ranks, std::int64_t elements) {
  EXPECTS(ranks >= 1 && elements >= 0);
  return std::make_unique<RingPass>(RingPass::Kind::reduce_scatter, ranks, elements, 0);
}

std::unique_ptr<Schedule> make_all_to_all(int ranks, std::int64_t elements) {
  EXPECTS(ranks >= 1 && elements >= 0);
  return std::make_unique<AllToAll>(ranks, elements);
}

}  // namespace rehearse
