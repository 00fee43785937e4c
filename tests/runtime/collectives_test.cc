// Every schedule computes the right sum on real numbers for every group size from 1 to 64 and odd
// lengths, and moves the bytes and rounds of its formula.
#include "runtime/collectives/collectives.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "runtime/collectives/in_nodes.h"
#include "runtime/collectives/ring.h"
#include "tests/runtime/interpreter.h"

namespace rehearse {
namespace {

void expect_sum(const Schedule& schedule) {
  const auto ranks = static_cast<std::size_t>(schedule.ranks());
  const auto elements = static_cast<std::size_t>(schedule.elements());
  Data data(ranks, std::vector<double>(elements));
  std::vector<double> expected(elements);
  for (std::size_t r = 0; r < ranks; ++r) {
    for (std::size_t i = 0; i < elements; ++i) {
      data[r][i] = static_cast<double>((r + 1) * (i + 3) % 101);  // exact in double
      expected[i] += data[r][i];
    }
  }
  run(schedule, data);
  for (const auto& mine : data) EXPECT_EQ(mine, expected);
}

class EveryAllReduce : public testing::TestWithParam<Algorithm> {};

TEST_P(EveryAllReduce, SumsForEveryGroupSizeAndOddLengths) {
  for (int ranks = 1; ranks <= 64; ++ranks) {
    for (const std::int64_t elements : {0, 1, 7, 64, 257}) {
      SCOPED_TRACE(testing::Message() << ranks << " ranks, " << elements << " elements");
      for (int local = 1; local <= ranks; ++local) {
        if (ranks % local != 0) continue;
        if (!takes_whole_nodes(GetParam()) && local > 1) break;
        expect_sum(*make_all_reduce(GetParam(), ranks, elements, local));
      }
    }
  }
}

TEST_P(EveryAllReduce, VolumesOfPhasesAreTheSumOfTheActions) {
  for (const int ranks : {2, 3, 8, 12, 33}) {
    const int local = ranks % 4 == 0 ? 4 : 1;
    const auto schedule = make_all_reduce(GetParam(), ranks, 1001, local);
    expect_volumes(*schedule);
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryAllReduce,
                         testing::Values(Algorithm::ring, Algorithm::recursive_doubling,
                                         Algorithm::rabenseifner, Algorithm::halving_doubling,
                                         Algorithm::binomial, Algorithm::hierarchical,
                                         Algorithm::node_leader),
                         [](const auto& param_info) { return to_text(param_info.param); });

// A ring of P ranks sends (P - 1) / P of the numbers to sum them and as much to hand them on: of
// 3,000 numbers among 3 ranks 4,000.
TEST(Collectives, ElementsSentInARing) {
  const auto ring = make_all_reduce(Algorithm::ring, 3, 3000);
  for (int rank = 0; rank < 3; ++rank) EXPECT_EQ(elements_sent(*ring, rank), 4000) << rank;
}

TEST(Collectives, BroadcastCopiesRankZero) {
  for (int ranks = 1; ranks <= 64; ++ranks) {
    Data data(static_cast<std::size_t>(ranks), std::vector<double>(5, -1));
    data[0] = {1, 2, 3, 4, 5};
    run(*make_broadcast(ranks, 5), data);
    for (const auto& mine : data) EXPECT_EQ(mine, data[0]);
  }
}

TEST(Collectives, AllToAllTransposes) {
  // Rank r starts with the numbers (r, q, i) in part q and ends with (q, r, i).
  const auto number = [](std::size_t rank, std::size_t part, std::size_t i) {
    return static_cast<double>((rank * 64 + part) * 3 + i);
  };
  for (int ranks = 1; ranks <= 64; ++ranks) {
    SCOPED_TRACE(ranks);
    const auto count = static_cast<std::size_t>(ranks);
    Data data(count, std::vector<double>(3 * count));
    Data transposed = data;
    for (std::size_t r = 0; r < count; ++r) {
      for (std::size_t q = 0; q < count; ++q) {
        for (std::size_t i = 0; i < 3; ++i) {
          data[r][3 * q + i] = number(r, q, i);
          transposed[r][3 * q + i] = number(q, r, i);
        }
      }
    }
    const auto schedule = make_all_to_all(ranks, 3 * ranks);
    run(*schedule, data);
    EXPECT_EQ(data, transposed);
    // P-1 rounds, and one more where a rank sits out in each.
    EXPECT_EQ(schedule->rounds(), ranks == 1 ? 0 : ranks % 2 == 0 ? ranks - 1 : ranks);
    EXPECT_EQ(elements_sent(*schedule, 0), 3 * (ranks - 1));
  }
}

// What a kind promises: the shares of a schedule do not depend on its size.
TEST(Collectives, SchedulesOfAKindMoveEqualShares) {
  const auto expect_same_shares = [](const Schedule& small) {
    const auto large = small.resized(7 * small.elements());
    ASSERT_NE(large, nullptr);
    EXPECT_EQ(large->kind(), small.kind());
    EXPECT_EQ(large->elements(), 7 * small.elements());
    ASSERT_EQ(large->rounds(), small.rounds());
    for (int round = 0; round < small.rounds(); ++round) {
      for (int rank = 0; rank < small.ranks(); ++rank) {
        std::vector<Action> few;
        std::vector<Action> many;
        small.actions(rank, round, few);
        large->actions(rank, round, many);
        for (Action& action : few) {
          action.offset *= 7;
          action.elements *= 7;
        }
        EXPECT_EQ(few, many) << small.kind() << " round " << round << " rank " << rank;
      }
    }
  };
  std::map<std::string, int> kinds;
  for (const int ranks : {8, 12}) {
    const std::int64_t elements = ranks * 8 * 4;  // no part is rounded
    for (const auto algorithm :
         {Algorithm::ring, Algorithm::recursive_doubling, Algorithm::rabenseifner,
          Algorithm::halving_doubling, Algorithm::binomial, Algorithm::hierarchical,
          Algorithm::node_leader}) {
      for (const int local : {2, 4}) {
        if (local == 4 && !takes_whole_nodes(algorithm)) continue;
        const auto schedule = make_all_reduce(algorithm, ranks, elements, local);
        ++kinds[schedule->kind()];
        expect_same_shares(*schedule);
      }
    }
    expect_same_shares(*make_broadcast(ranks, elements));
    expect_same_shares(*make_all_to_all(ranks, elements));
    ++kinds[make_broadcast(ranks, elements)->kind()];
    ++kinds[make_all_to_all(ranks, elements)->kind()];
  }
  EXPECT_EQ(kinds.size(), 11U);  // all different, two of them with 2 and 4 ranks per node
  EXPECT_FALSE(kinds.contains(""));
}

TEST(Collectives, RingMovesTwiceTheBufferLessOnePart) {
  // 2 (P-1)/P n: 8 ranks, 800 elements -> 14 rounds, 1400 elements per rank.
  const auto ring = make_all_reduce(Algorithm::ring, 8, 800);
  EXPECT_EQ(ring->rounds(), 14);
  for (int rank = 0; rank < 8; ++rank) EXPECT_EQ(elements_sent(*ring, rank), 1400);
  EXPECT_EQ(ring->phases().size(), 1U);
}

TEST(Collectives, RoundsAndBytesMeetTheFormulas) {
  // P = 16, n = 1600: recursive doubling 4 rounds of n; Rabenseifner 8 rounds, 2 * 15/16 n = 3000;
  // binomial 8 rounds, the root broadcasts 4 n; hierarchical with L = 4: ring 3 + 2*2 + 3 rounds,
  // (3/4 + 2 * 3/4 * 1/4 + 3/4) n = 3000.
  const auto rounds = [](Algorithm a) { return make_all_reduce(a, 16, 1600, 4)->rounds(); };
  const auto bytes = [](Algorithm a) { return elements_sent(*make_all_reduce(a, 16, 1600, 4), 0); };
  EXPECT_EQ(rounds(Algorithm::recursive_doubling), 4);
  EXPECT_EQ(bytes(Algorithm::recursive_doubling), 6400);
  EXPECT_EQ(rounds(Algorithm::rabenseifner), 8);
  EXPECT_EQ(bytes(Algorithm::rabenseifner), 3000);
  EXPECT_EQ(rounds(Algorithm::binomial), 8);
  EXPECT_EQ(bytes(Algorithm::binomial), 6400);
  EXPECT_EQ(rounds(Algorithm::hierarchical), 10);
  EXPECT_EQ(bytes(Algorithm::hierarchical), 3000);
  // Six ranks fold to four: two more rounds.
  EXPECT_EQ(make_all_reduce(Algorithm::recursive_doubling, 6, 10)->rounds(), 4);
  EXPECT_EQ(make_all_reduce(Algorithm::rabenseifner, 6, 10)->rounds(), 6);
  EXPECT_EQ(make_broadcast(5, 10)->rounds(), 3);
}

TEST(Collectives, BinaryBlocksMoveNoBufferTwice) {
  // 16 ranks: Rabenseifner, to the message. 13 = 8 + 4 + 1 ranks, 800 elements: 3 rounds of halving
  // in the block of 8, one round to take over, the same back: 8 rounds.
  //   Rank 12 (alone) sends all 800 to ranks 8 to 11 in quarters and gets them back.
  //   Rank 8 sends 400 + 200 halving, its 200 to ranks 0 and 4 in two pieces, then 200 back to rank
  //   12 and 200 + 400 doubling: 1600.
  //   Rank 0 sends 400 + 200 + 100, then 100 to rank 8 and 100 + 200 + 400: 1500.
  const auto sixteen = make_all_reduce(Algorithm::halving_doubling, 16, 1600);
  const auto same = make_all_reduce(Algorithm::rabenseifner, 16, 1600);
  ASSERT_EQ(sixteen->rounds(), same->rounds());
  for (int round = 0; round < same->rounds(); ++round) {
    for (int rank = 0; rank < 16; ++rank) {
      std::vector<Action> a;
      std::vector<Action> b;
      sixteen->actions(rank, round, a);
      same->actions(rank, round, b);
      if (a.front().kind != b.front().kind) std::swap(a.front(), a.back());
      EXPECT_EQ(a, b);
    }
  }
  const auto thirteen = make_all_reduce(Algorithm::halving_doubling, 13, 800);
  EXPECT_EQ(thirteen->rounds(), 8);
  EXPECT_EQ(elements_sent(*thirteen, 12), 800);
  EXPECT_EQ(elements_sent(*thirteen, 8), 1600);
  EXPECT_EQ(elements_sent(*thirteen, 0), 1500);
}

// Two nodes of 3, n = 31: parts of 11, 10 and 10. The overrides equal the sums over the actions.
TEST(Collectives, StagesInNodesStayThere) {
  for (const auto kind : {RingPass::Kind::reduce_scatter, RingPass::Kind::all_gather}) {
    const InNodes stage(kind, 6, 31, 3);
    ASSERT_EQ(stage.phases().size(), 1U);
    for (int rank = 0; rank < 6; ++rank) {
      const Phase phase = stage.phases().front();
      std::vector<Volume> sent;
      std::vector<Volume> sent_sum;
      std::vector<Volume> added;
      std::vector<Volume> added_sum;
      stage.volumes(rank, phase, sent);
      stage.Schedule::volumes(rank, phase, sent_sum);
      stage.added(rank, phase, added);
      stage.Schedule::added(rank, phase, added_sum);
      EXPECT_EQ(sent, sent_sum);
      EXPECT_EQ(added, added_sum);
      EXPECT_EQ(sent.front().peer / 3, rank / 3);
      EXPECT_EQ(stage.staged(rank), 0);
    }
  }
  // After the reduce-scatter every number is summed on one rank of each node.
  Data data(6, std::vector<double>(31, 1));
  run(InNodes(RingPass::Kind::reduce_scatter, 6, 31, 3), data);
  std::vector<int> owners(31);
  for (int rank = 0; rank < 6; ++rank) {
    const ElementRange own = owned_in_node(31, rank, 3);
    for (std::int64_t i = own.begin; i < own.end; ++i) {
      const auto at = static_cast<std::size_t>(i);
      EXPECT_EQ(data[static_cast<std::size_t>(rank)][at], 3);
      ++owners[at];
    }
  }
  EXPECT_EQ(owners, std::vector<int>(31, 2));
}

TEST(Collectives, OnlyLeadersTalkBetweenNodes) {
  // Three nodes of 4, n = 400, parts of 100. Per local stage 3 ring rounds and one with the leader;
  // three leaders are blocks of 2 and 1: 1 + 1 rounds and back. Others than leaders send 300 in the
  // reduce-scatter, 100 to the leader, 300 in the all-gather. Leader 0 sends 300, 200 (halving),
  // 200 (to leader 2), 200 (doubling), 300 (scatter), 300.
  const auto all = make_all_reduce(Algorithm::node_leader, 12, 400, 4);
  EXPECT_EQ(all->rounds(), 12);
  EXPECT_EQ(elements_sent(*all, 1), 700);
  EXPECT_EQ(elements_sent(*all, 0), 1500);
  EXPECT_EQ(all->phases().size(), 2u + 6u);
  std::vector<Action> actions;
  for (int round = 0; round < all->rounds(); ++round) {
    for (int rank = 0; rank < 12; ++rank) {
      actions.clear();
      all->actions(rank, round, actions);
      for (const Action& a : actions) {
        EXPECT_TRUE(a.peer / 4 == rank / 4 || (a.peer % 4 == 0 && rank % 4 == 0));
      }
    }
  }
  EXPECT_EQ(all->staged(0), 400);
  EXPECT_EQ(all->staged(1), 0);
  EXPECT_EQ(make_all_reduce(Algorithm::node_leader, 4, 400, 4)->staged(0), 0);
  EXPECT_EQ(make_all_reduce(Algorithm::hierarchical, 12, 400, 4)->staged(1), 100);
  EXPECT_EQ(make_all_reduce(Algorithm::ring, 12, 400)->staged(1), 400);
}

}  // namespace
}  // namespace rehearse
