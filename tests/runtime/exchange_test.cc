// The schedules that split layers need, on real numbers through the in-memory transport, and the
// groups over which they run.
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "runtime/collectives/collectives.h"
#include "runtime/parallel/split_groups.h"
#include "runtime/strategies/sync_sgd.h"
#include "runtime/worlds/memory_world.h"

namespace rehearse {
namespace {

// A number that says whose it is and where it stands; exact in float, and so are sums over ranks.
float number(int rank, std::int64_t element) {
  return static_cast<float>(1000 * (rank + 1) + element % 997);
}

std::vector<float> numbers(int rank, std::int64_t elements) {
  std::vector<float> all;
  for (std::int64_t i = 0; i < elements; ++i) all.push_back(number(rank, i));
  return all;
}

using Check = std::function<void(int rank, const std::vector<float>&)>;

void execute_everywhere(const Schedule& schedule, const Check& check) {
  run_in_memory(schedule.ranks(), {}, [&](World& world) {
    const int rank = world.transport().rank();
    std::vector<float> data = numbers(rank, schedule.elements());
    world.transport().execute(*world.transport().world(), schedule,
                              {data.data(), schedule.elements()});
    check(rank, data);
  });
}

TEST(AllGather, EveryRankHasWhatEachOwned) {
  for (int ranks = 1; ranks <= 17; ++ranks) {
    for (const std::int64_t elements : {0, 1, 16, 257}) {
      execute_everywhere(*make_all_gather(ranks, elements), [&](int, const auto& data) {
        for (int part = 0; part < ranks; ++part) {
          for (auto i = part_begin(elements, ranks, part);
               i < part_begin(elements, ranks, part + 1); ++i) {
            ASSERT_EQ(data[static_cast<std::size_t>(i)], number(part, i)) << ranks << " ranks";
          }
        }
      });
    }
  }
}

TEST(ReduceScatter, EveryRankOwnsTheSumOfItsPart) {
  for (int ranks = 1; ranks <= 17; ++ranks) {
    for (const std::int64_t elements : {0, 1, 16, 257}) {
      execute_everywhere(*make_reduce_scatter(ranks, elements), [&](int rank, const auto& data) {
        for (auto i = part_begin(elements, ranks, rank); i < part_begin(elements, ranks, rank + 1);
             ++i) {
          float sum = 0;
          for (int other = 0; other < ranks; ++other) sum += number(other, i);
          ASSERT_EQ(data[static_cast<std::size_t>(i)], sum) << ranks << " ranks";
        }
      });
    }
  }
}

TEST(AllToAll, PartsChangePlaces) {
  for (int ranks = 1; ranks <= 17; ++ranks) {
    for (const std::int64_t part : {0, 1, 13}) {
      execute_everywhere(*make_all_to_all(ranks, part * ranks), [&](int rank, const auto& data) {
        for (std::int64_t i = 0; i < part * ranks; ++i) {
          // Part s comes from rank s, where it was part `rank`.
          const auto from = static_cast<int>(i / part);
          ASSERT_EQ(data[static_cast<std::size_t>(i)], number(from, rank * part + i % part));
        }
      });
    }
  }
}

TEST(AllToAll, EveryPairMeetsOnce) {
  for (int ranks = 2; ranks <= 65; ++ranks) {
    const auto schedule = make_all_to_all(ranks, ranks);
    EXPECT_EQ(schedule->rounds(), ranks % 2 == 0 ? ranks - 1 : ranks);
    for (int rank = 0; rank < ranks; ++rank) {
      std::set<int> met;
      std::vector<Action> actions;
      for (int round = 0; round < schedule->rounds(); ++round) {
        actions.clear();
        schedule->actions(rank, round, actions);
        ASSERT_LE(actions.size(), 2);
        if (actions.empty()) continue;
        EXPECT_TRUE(met.insert(actions.front().peer).second);
      }
      EXPECT_EQ(met.size(), static_cast<std::size_t>(ranks - 1));
    }
  }
}

// (P-1)/P n for each, in P-1 messages.
TEST(Exchanges, MoveTheBytesOfTheirFormula) {
  for (const int ranks : {2, 3, 8}) {
    const std::int64_t n = 240;
    for (const auto make : {make_all_gather, make_reduce_scatter, make_all_to_all}) {
      const auto schedule = make(ranks, n);
      for (int rank = 0; rank < ranks; ++rank) {
        std::vector<Volume> volumes;
        std::vector<Volume> summed;
        for (const Phase& phase : schedule->phases()) {
          schedule->volumes(rank, phase, volumes);
          schedule->Schedule::volumes(rank, phase, summed);
        }
        EXPECT_EQ(volumes, summed);
        std::int64_t sent = 0;
        int messages = 0;
        for (const Volume& volume : volumes) {
          sent += volume.elements;
          messages += volume.messages;
        }
        EXPECT_EQ(sent, n / ranks * (ranks - 1));
        EXPECT_EQ(messages, ranks - 1);
      }
    }
  }
}

// Between host and device, mean of both ways: an all-gather takes 1 of 4 parts out and 3 in, a
// reduce-scatter 4 out and 1 in, an all-to-all 3 out and 3 in.
TEST(Exchanges, StageWhatTheyExchange) {
  EXPECT_EQ(make_all_gather(4, 400)->staged(0), 200);
  EXPECT_EQ(make_reduce_scatter(4, 400)->staged(0), 250);
  EXPECT_EQ(make_all_to_all(4, 400)->staged(0), 300);
}

TEST(SplitGroups, AreConsecutiveAndTheirShardsStrided) {
  const SplitGroups groups(6, 2);
  const auto members = [](const Group& group) {
    std::vector<int> all;
    for (int i = 0; i < group.size(); ++i) all.push_back(group.world_rank(i));
    return all;
  };
  EXPECT_EQ(groups.parts(), 2);
  EXPECT_EQ(members(*groups.group_of(3)), (std::vector{2, 3}));
  EXPECT_EQ(members(*groups.same_shard_as(3)), (std::vector{1, 3, 5}));
  std::set<int> ids{0};  // the world's
  for (const auto& group : groups.groups()) EXPECT_TRUE(ids.insert(group->id()).second);
  for (const auto& group : groups.same_shard()) EXPECT_TRUE(ids.insert(group->id()).second);
  EXPECT_EQ(ids.size(), 6);
}

}  // namespace
}  // namespace rehearse
