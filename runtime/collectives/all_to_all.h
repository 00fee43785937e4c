// Every rank sends a part of its own to every other, by pairwise exchange: in each round the ranks
// pair up and swap. (P-1) (a + n/P b) for P ranks, n bytes per rank, latency a and time per byte b
// (Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005, section 4.3).
//
// Part q of rank r ends where part r of rank q was, as of a matrix that is transposed in place
// (MPI_Alltoall with MPI_IN_PLACE). A power of two pairs r with r xor the round; other numbers are
// a round-robin tournament (Kirkman 1847): P-1 rounds for even P, and P for odd P, in each of which
// one rank sits out.
//
// A library that posts all messages at once (NCCL's grouped send and receive) moves them side by
// side: one phase of the same rounds. RailAllToAll gathers messages first, as NCCL's PXN does: what
// goes to the device of place q in any node is handed to the device of place q of the own node,
// over the links inside, and from there sent over that device's NIC, one message per node.
#pragma once

#include "runtime/collectives/node_ranks.h"
#include "runtime/collectives/schedule.h"

namespace rehearse {

// The partner of a rank in a round of the pairwise exchange among so many; the rank itself if it
// sits out.
int pairwise_partner(int rank, int round, int ranks);
// Its rounds.
int pairwise_rounds(int ranks);

class AllToAll : public Schedule {
 public:
  // REQUIRES: ranks divides elements.
  AllToAll(int ranks, std::int64_t elements);
  // All messages side by side.
  AllToAll(NodeRanks where, std::int64_t elements);

  [[nodiscard]] int rounds() const override { return pairwise_rounds(ranks()); }
  [[nodiscard]] std::string kind() const override;
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override;
  [[nodiscard]] std::vector<Phase> phases() const override;
  void actions(int rank, int round, std::vector<Action>& out) const override;
  // Everything but a rank's own part.
  [[nodiscard]] std::int64_t staged(int) const override {
    return elements() - elements() / ranks();
  }

 private:
  NodeRanks where_;
  bool side_by_side_ = false;
};

class RailAllToAll : public Schedule {
 public:
  // REQUIRES: whole nodes, ranks divides elements.
  RailAllToAll(NodeRanks where, std::int64_t elements);

  [[nodiscard]] int rounds() const override;
  [[nodiscard]] std::string kind() const override;
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override;
  [[nodiscard]] std::vector<Phase> phases() const override;
  void actions(int rank, int round, std::vector<Action>& out) const override;

 private:
  NodeRanks where_;
};

}  // namespace rehearse
