// Every rank sends a part of its own to every other, by pairwise exchange: in each round the ranks
// pair up and swap. (P-1) (a + n/P b) for P ranks, n bytes per rank, latency a and time per byte b
// (Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005, section 4.3).
//
// Part q of rank r ends where part r of rank q was, as of a matrix that is transposed in place
// (MPI_Alltoall with MPI_IN_PLACE). A power of two pairs r with r xor the round; other numbers are
// a round-robin tournament (Kirkman 1847): P-1 rounds for even P, and P for odd P, in each of which
// one rank sits out.
#pragma once

#include "runtime/schedule.h"

namespace rehearse {

class AllToAll : public Schedule {
 public:
  // REQUIRES: ranks divides elements.
  AllToAll(int ranks, std::int64_t elements);

  [[nodiscard]] int rounds() const override {
    return ranks() % 2 == 0 ? ranks() - 1 : odd_rounds();
  }
  [[nodiscard]] std::string kind() const override { return "all-to-all"; }
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override {
    return std::make_unique<AllToAll>(ranks(), elements);
  }
  void actions(int rank, int round, std::vector<Action>& out) const override;
  // Everything but a rank's own part.
  [[nodiscard]] std::int64_t staged(int) const override {
    return elements() - elements() / ranks();
  }

 private:
  [[nodiscard]] int odd_rounds() const { return ranks() > 1 ? ranks() : 0; }
  // The rank itself if it sits out.
  [[nodiscard]] int partner(int rank, int round) const;
};

}  // namespace rehearse
