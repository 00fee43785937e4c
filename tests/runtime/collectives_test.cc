// Every schedule computes the right sum on real numbers for every group size from 1 to 64 and odd
// lengths, and moves the bytes and rounds of its formula.
#include "runtime/collectives/collectives.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <deque>
#include <map>
#include <vector>

#include "runtime/collectives/ring.h"

namespace rehearse {
namespace {

using Data = std::vector<std::vector<double>>;

// Executes a schedule on real numbers in one thread: rounds in order, all sends of a round before
// its receives. Fails on a message that nobody receives or that has the wrong size.
void run(const Schedule& schedule, Data& data) {
  std::map<std::pair<int, int>, std::deque<std::vector<double>>> wire;
  std::vector<Action> actions;
  for (int round = 0; round < schedule.rounds(); ++round) {
    for (const bool sending : {true, false}) {
      for (int rank = 0; rank < schedule.ranks(); ++rank) {
        actions.clear();
        schedule.actions(rank, round, actions);
        auto& mine = data[static_cast<std::size_t>(rank)];
        for (const Action& a : actions) {
          ASSERT_GE(a.offset, 0);
          ASSERT_LE(a.offset + a.elements, schedule.elements());
          ASSERT_NE(a.peer, rank);
          const auto begin = mine.begin() + a.offset;
          if (sending && a.kind == Action::Kind::send) {
            wire[{rank, a.peer}].emplace_back(begin, begin + a.elements);
          } else if (!sending && a.kind != Action::Kind::send) {
            auto& queue = wire[{a.peer, rank}];
            ASSERT_FALSE(queue.empty());
            ASSERT_EQ(static_cast<std::int64_t>(queue.front().size()), a.elements);
            for (std::int64_t i = 0; i < a.elements; ++i) {
              const double value = queue.front()[static_cast<std::size_t>(i)];
              a.kind == Action::Kind::receive ? begin[i] = value : begin[i] += value;
            }
            queue.pop_front();
          }
        }
      }
    }
    for (const auto& [pair, queue] : wire) ASSERT_TRUE(queue.empty());
  }
}

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

std::int64_t bytes_sent(const Schedule& schedule, int rank) {
  std::vector<Volume> volumes;
  for (const Phase& phase : schedule.phases()) schedule.volumes(rank, phase, volumes);
  std::int64_t total = 0;
  for (const Volume& volume : volumes) total += volume.elements;
  return total;
}

class EveryAllReduce : public testing::TestWithParam<AllReduce> {};

TEST_P(EveryAllReduce, SumsForEveryGroupSizeAndOddLengths) {
  for (int ranks = 1; ranks <= 64; ++ranks) {
    for (const std::int64_t elements : {0, 1, 7, 64, 257}) {
      SCOPED_TRACE(testing::Message() << ranks << " ranks, " << elements << " elements");
      for (int local = 1; local <= ranks; ++local) {
        if (ranks % local != 0) continue;
        if (GetParam() != AllReduce::hierarchical && local > 1) break;
        expect_sum(*make_all_reduce(GetParam(), ranks, elements, local));
      }
    }
  }
}

TEST_P(EveryAllReduce, VolumesOfPhasesAreTheSumOfTheActions) {
  for (const int ranks : {2, 3, 8, 12, 33}) {
    const int local = ranks % 4 == 0 ? 4 : 1;
    const auto schedule = make_all_reduce(GetParam(), ranks, 1001, local);
    int next = 0;
    for (const Phase& phase : schedule->phases()) {
      EXPECT_EQ(phase.first_round, next);
      next += phase.rounds;
      for (int rank = 0; rank < ranks; ++rank) {
        std::vector<Volume> folded;
        std::vector<Volume> summed;
        schedule->volumes(rank, phase, folded);
        schedule->Schedule::volumes(rank, phase, summed);
        EXPECT_EQ(folded, summed);
        EXPECT_EQ(schedule->added(rank, phase), schedule->Schedule::added(rank, phase));
      }
    }
    EXPECT_EQ(next, schedule->rounds());
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryAllReduce,
                         testing::Values(AllReduce::ring, AllReduce::recursive_doubling,
                                         AllReduce::rabenseifner, AllReduce::binomial,
                                         AllReduce::hierarchical),
                         [](const auto& param_info) {
                           return all_reduce_names()[static_cast<std::size_t>(param_info.param)];
                         });

TEST(Collectives, BroadcastCopiesRankZero) {
  for (int ranks = 1; ranks <= 64; ++ranks) {
    Data data(static_cast<std::size_t>(ranks), std::vector<double>(5, -1));
    data[0] = {1, 2, 3, 4, 5};
    run(*make_broadcast(ranks, 5), data);
    for (const auto& mine : data) EXPECT_EQ(mine, data[0]);
  }
}

TEST(Collectives, RingMovesTwiceTheBufferLessOnePart) {
  // 2 (P-1)/P n: 8 ranks, 800 elements -> 14 rounds, 1400 elements per rank.
  const auto ring = make_all_reduce(AllReduce::ring, 8, 800);
  EXPECT_EQ(ring->rounds(), 14);
  for (int rank = 0; rank < 8; ++rank) EXPECT_EQ(bytes_sent(*ring, rank), 1400);
  EXPECT_EQ(ring->phases().size(), 1U);
}

TEST(Collectives, RoundsAndBytesMeetTheFormulas) {
  // P = 16, n = 1600: recursive doubling 4 rounds of n; Rabenseifner 8 rounds, 2 * 15/16 n = 3000;
  // binomial 8 rounds, the root broadcasts 4 n; hierarchical with L = 4: ring 3 + 2*2 + 3 rounds,
  // (3/4 + 2 * 3/4 * 1/4 + 3/4) n = 3000.
  const auto rounds = [](AllReduce a) { return make_all_reduce(a, 16, 1600, 4)->rounds(); };
  const auto bytes = [](AllReduce a) { return bytes_sent(*make_all_reduce(a, 16, 1600, 4), 0); };
  EXPECT_EQ(rounds(AllReduce::recursive_doubling), 4);
  EXPECT_EQ(bytes(AllReduce::recursive_doubling), 6400);
  EXPECT_EQ(rounds(AllReduce::rabenseifner), 8);
  EXPECT_EQ(bytes(AllReduce::rabenseifner), 3000);
  EXPECT_EQ(rounds(AllReduce::binomial), 8);
  EXPECT_EQ(bytes(AllReduce::binomial), 6400);
  EXPECT_EQ(rounds(AllReduce::hierarchical), 10);
  EXPECT_EQ(bytes(AllReduce::hierarchical), 3000);
  // Six ranks fold to four: two more rounds.
  EXPECT_EQ(make_all_reduce(AllReduce::recursive_doubling, 6, 10)->rounds(), 4);
  EXPECT_EQ(make_all_reduce(AllReduce::rabenseifner, 6, 10)->rounds(), 6);
  EXPECT_EQ(make_broadcast(5, 10)->rounds(), 3);
}

}  // namespace
}  // namespace rehearse
