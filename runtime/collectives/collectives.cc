#include "runtime/collectives/collectives.h"

#include <algorithm>
#include <string>

#include "base/contract.h"
#include "runtime/collectives/all_to_all.h"
#include "runtime/collectives/binomial.h"
#include "runtime/collectives/channel_chains.h"
#include "runtime/collectives/channel_rings.h"
#include "runtime/collectives/double_tree.h"
#include "runtime/collectives/halving_doubling.h"
#include "runtime/collectives/hierarchical.h"
#include "runtime/collectives/node_leader.h"
#include "runtime/collectives/pipelined.h"
#include "runtime/collectives/recursive.h"
#include "runtime/collectives/ring.h"
#include "runtime/collectives/shift.h"
#include "runtime/collectives/staged_all_reduce.h"
#include "runtime/collectives/switch_sum.h"

namespace rehearse {

bool is_formula(Algorithm algorithm) {
  return algorithm == Algorithm::collnet_direct || algorithm == Algorithm::collnet_chain ||
         algorithm == Algorithm::pat;
}

bool can_do(Algorithm algorithm, Operation operation) {
  switch (operation) {
    case Operation::all_reduce:
      return algorithm != Algorithm::pat && algorithm != Algorithm::pairwise;
    case Operation::all_gather:
    case Operation::reduce_scatter:
      return algorithm == Algorithm::ring || algorithm == Algorithm::nvls ||
             algorithm == Algorithm::pat;
    case Operation::broadcast:
    case Operation::reduce:
      return algorithm == Algorithm::ring || algorithm == Algorithm::binomial;
    case Operation::all_to_all:
    case Operation::send_recv:
      return algorithm == Algorithm::pairwise;
  }
  return false;
}

namespace {

std::unique_ptr<Schedule> make_ring(const CollectiveCall& call, NodeRanks where,
                                    std::int64_t elements) {
  switch (call.operation) {
    case Operation::broadcast:
    case Operation::reduce:
      return std::make_unique<Pipelined>(
          to_text(call.operation) + " on " + std::to_string(call.channels) +
              (call.zigzag ? " zigzag" : "") + " chains of " + std::to_string(where.per_node) +
              (call.back_to_back ? " back to back" : ""),
          where.ranks, elements, call.channels, [call, where](std::int64_t slice) {
            return std::make_unique<ChannelChains>(call.operation, where, slice, call.channels,
                                                   call.zigzag, call.back_to_back);
          });
    case Operation::all_gather:
      if (call.channels == 1) return make_all_gather(where.ranks, elements);
      break;
    case Operation::reduce_scatter:
      if (call.channels == 1) return make_reduce_scatter(where.ranks, elements);
      break;
    default:
      if (call.channels > 1) break;
      return std::make_unique<RingPass>(RingPass::Kind::all_reduce, where.ranks, elements);
  }
  return std::make_unique<ChannelRings>(call.operation, where, elements, call.channels,
                                        call.zigzag);
}

std::unique_ptr<Schedule> make_staged(NodeRanks where, std::int64_t elements,
                                      StagedAllReduce::Inside inside,
                                      StagedAllReduce::Between between) {
  const bool tree = between == StagedAllReduce::Between::tree;
  return std::make_unique<Pipelined>(
      std::string(tree ? "NVLS tree" : "pipelined hierarchical") + " of " +
          std::to_string(where.per_node),
      where.ranks, elements, where.per_node, [=](std::int64_t slice) {
        return std::make_unique<StagedAllReduce>(where, slice, inside, between);
      });
}

std::unique_ptr<Schedule> make_pairwise(const CollectiveCall& call, NodeRanks where,
                                        std::int64_t elements) {
  if (call.operation == Operation::send_recv) return std::make_unique<Shift>(where, elements);
  if (call.rails) return std::make_unique<RailAllToAll>(where, elements);
  if (call.side_by_side) return std::make_unique<AllToAll>(where, elements);
  return make_all_to_all(where.ranks, elements);
}

}  // namespace

std::unique_ptr<Schedule> make_collective(const CollectiveCall& call, int ranks,
                                          std::int64_t elements) {
  EXPECTS(ranks >= 1 && elements >= 0 && call.channels >= 1 && call.ranks_per_node >= 1);
  EXPECTS(can_do(call.algorithm, call.operation));
  const NodeRanks where{ranks, std::min(ranks, call.ranks_per_node)};
  using Tree = BinomialTree::Kind;
  switch (call.algorithm) {
    case Algorithm::ring:
      return make_ring(call, where, elements);
    case Algorithm::tree:
      return std::make_unique<Pipelined>("double tree on " + std::to_string(call.channels) +
                                             " channels of " + std::to_string(where.per_node),
                                         ranks, elements, 2 * call.channels,
                                         [where, channels = call.channels](std::int64_t n) {
                                           return std::make_unique<DoubleTree>(where, n, channels);
                                         });
    case Algorithm::nvls:
      EXPECTS(where.nodes() == 1);
      return std::make_unique<SwitchSum>(call.operation, where, elements);
    case Algorithm::nvls_tree:
      return make_staged(where, elements, StagedAllReduce::Inside::node_switch,
                         StagedAllReduce::Between::tree);
    case Algorithm::hierarchical:
      if (!call.pipelined) return std::make_unique<Hierarchical>(ranks, elements, where.per_node);
      return make_staged(where, elements, StagedAllReduce::Inside::ring,
                         StagedAllReduce::Between::ring);
    case Algorithm::recursive_doubling:
      return std::make_unique<RecursiveDoubling>(ranks, elements);
    case Algorithm::rabenseifner:
      return std::make_unique<Rabenseifner>(ranks, elements);
    case Algorithm::halving_doubling:
      return std::make_unique<HalvingDoubling>(ranks, elements);
    case Algorithm::binomial:
      return std::make_unique<BinomialTree>(call.operation == Operation::broadcast ? Tree::broadcast
                                            : call.operation == Operation::reduce
                                                ? Tree::reduce
                                                : Tree::all_reduce,
                                            ranks, elements);
    case Algorithm::node_leader:
      return std::make_unique<NodeLeader>(ranks, elements, where.per_node);
    case Algorithm::pairwise:
      return make_pairwise(call, where, elements);
    default:
      break;
  }
  EXPECTS(!"an algorithm with a schedule");
  return nullptr;
}

std::unique_ptr<Schedule> make_all_reduce(Algorithm algorithm, int ranks, std::int64_t elements,
                                          int ranks_per_node) {
  return make_collective({.algorithm = algorithm, .ranks_per_node = ranks_per_node}, ranks,
                         elements);
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
