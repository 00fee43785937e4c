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

std::unique_ptr<Schedule> make_all_reduce(Algorithm algorithm, int ranks, std::int64_t elements,
                                          int ranks_per_node) {
  EXPECTS(ranks >= 1 && elements >= 0);
  EXPECTS(algorithm != Algorithm::in_network && algorithm != Algorithm::native &&
          algorithm != Algorithm::automatic);
  switch (algorithm) {
    case Algorithm::recursive_doubling:
      return std::make_unique<RecursiveDoubling>(ranks, elements);
    case Algorithm::rabenseifner:
      return std::make_unique<Rabenseifner>(ranks, elements);
    case Algorithm::binomial:
      return std::make_unique<BinomialTree>(BinomialTree::Kind::all_reduce, ranks, elements);
    case Algorithm::halving_doubling:
      return std::make_unique<HalvingDoubling>(ranks, elements);
    case Algorithm::hierarchical:
      return std::make_unique<Hierarchical>(ranks, elements, ranks_per_node);
    case Algorithm::node_leader:
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
