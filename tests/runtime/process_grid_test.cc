// Ranks on the axes of a layout: the orders of Megatron-LM by hand, and what every grid must be.
#include "runtime/parallel/process_grid.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/error.h"

namespace rehearse {
namespace {

using Ranks = std::vector<int>;

// What of a layout a grid reads.
struct Axes {
  int data = 1, tensor = 1, pipeline = 1, context = 1, expert = 1, expert_tensor = 1;
  int zero = 0, shard_group = 1;
  std::string order = "tp-cp-ep-dp-pp";
};

Layout layout_of(const Axes& axes) {
  Layout layout;
  layout.data = axes.data;
  layout.tensor = axes.tensor;
  layout.pipeline = axes.pipeline;
  layout.context = axes.context;
  layout.expert = axes.expert;
  layout.expert_tensor = axes.expert_tensor;
  layout.zero = axes.zero;
  layout.shard_group = axes.shard_group;
  layout.order = axes.order;
  return layout;
}

ProcessGrid grid_of(const Axes& axes) { return ProcessGrid(layout_of(axes)); }

Ranks members(const Group& group) {
  Ranks all;
  for (int i = 0; i < group.size(); ++i) all.push_back(group.world_rank(i));
  return all;
}

std::vector<Ranks> groups(const Axes& axes, GridAxis axis) {
  std::vector<Ranks> all;
  const ProcessGrid grid = grid_of(axes);
  for (const auto& group : grid.groups(axis)) all.push_back(members(*group));
  return all;
}

std::string refusal(const Axes& axes) {
  try {
    grid_of(axes);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

// rank = tensor + t (context + c (data + D pipeline)), t = 2, c = 3, D = 2, p = 2: 24 ranks.
TEST(ProcessGrid, TheFirstOfTheOrderVariesFastest) {
  const ProcessGrid grid = grid_of({.data = 2, .tensor = 2, .pipeline = 2, .context = 3});
  ASSERT_EQ(grid.ranks(), 24);
  for (int pp = 0; pp < 2; ++pp) {
    for (int dp = 0; dp < 2; ++dp) {
      for (int cp = 0; cp < 3; ++cp) {
        for (int tp = 0; tp < 2; ++tp) {
          const int rank = tp + 2 * (cp + 3 * (dp + 2 * pp));
          EXPECT_EQ(grid.place(rank, GridAxis::tensor), tp);
          EXPECT_EQ(grid.place(rank, GridAxis::context), cp);
          EXPECT_EQ(grid.place(rank, GridAxis::data), dp);
          EXPECT_EQ(grid.place(rank, GridAxis::pipeline), pp);
          // Replicas: data the slower, 0 to 5.
          EXPECT_EQ(grid.place(rank, GridAxis::replicas), cp + 3 * dp);
        }
      }
    }
  }
}

TEST(ProcessGrid, GroupsByHand) {
  const Axes axes{.data = 2, .tensor = 2, .pipeline = 2, .context = 2};  // 16 ranks
  EXPECT_EQ(groups(axes, GridAxis::tensor).front(), (Ranks{0, 1}));
  EXPECT_EQ(groups(axes, GridAxis::context).front(), (Ranks{0, 2}));
  EXPECT_EQ(groups(axes, GridAxis::data).front(), (Ranks{0, 4}));
  // Stages are 16 / 2 = 8 ranks apart.
  EXPECT_EQ(groups(axes, GridAxis::pipeline).front(), (Ranks{0, 8}));
  EXPECT_EQ(groups(axes, GridAxis::pipeline).back(), (Ranks{7, 15}));
  EXPECT_EQ(groups(axes, GridAxis::replicas),
            (std::vector<Ranks>{{0, 2, 4, 6}, {1, 3, 5, 7}, {8, 10, 12, 14}, {9, 11, 13, 15}}));
  const ProcessGrid grid = grid_of(axes);
  EXPECT_EQ(grid.on_stage(3, 1), 11);
  EXPECT_EQ(grid.on_stage(11, 0), 3);
  EXPECT_EQ(grid.on_stage(11, 1), 11);
}

TEST(ProcessGrid, AnAxisOfOnePlaceHasNoGroups) {
  const ProcessGrid grid = grid_of({.data = 4});
  EXPECT_EQ(grid.size(GridAxis::tensor), 1);
  EXPECT_TRUE(grid.groups(GridAxis::tensor).empty());
  EXPECT_EQ(grid.group_of(2, GridAxis::tensor), nullptr);
  EXPECT_EQ(grid.group_of(2, GridAxis::ends), nullptr);
  EXPECT_EQ(grid.place(2, GridAxis::pipeline), 0);
  EXPECT_EQ(grid.on_stage(2, 0), 2);
  EXPECT_EQ(members(*grid.group_of(2, GridAxis::data)), (Ranks{0, 1, 2, 3}));
}

// Of 4 stages of 2 ranks the first and the last: ranks 0, 1 and 6, 7.
TEST(ProcessGrid, EndsAreTheFirstAndTheLastStage) {
  const Axes axes{.tensor = 2, .pipeline = 4};
  EXPECT_EQ(groups(axes, GridAxis::ends), (std::vector<Ranks>{{0, 6}, {1, 7}}));
  const ProcessGrid grid = grid_of(axes);
  EXPECT_EQ(grid.group_of(2, GridAxis::ends), nullptr);
  EXPECT_EQ(grid.group_of(5, GridAxis::ends), nullptr);
  EXPECT_EQ(grid.place(1, GridAxis::ends), 0);
  EXPECT_EQ(grid.place(7, GridAxis::ends), 1);
  // Of two stages both are ends.
  EXPECT_EQ(groups({.pipeline = 2}, GridAxis::ends), (std::vector<Ranks>{{0, 1}}));
}

// Stages before replicas: rank = tensor + t (context + c (pipeline + p data)), t = 2, p = 2, D = 2.
TEST(ProcessGrid, AnotherOrder) {
  const Axes axes{
      .data = 2, .tensor = 2, .pipeline = 2, .expert_tensor = 2, .order = "tp-cp-ep-pp-dp"};
  EXPECT_EQ(groups(axes, GridAxis::pipeline), (std::vector<Ranks>{{0, 2}, {1, 3}, {4, 6}, {5, 7}}));
  EXPECT_EQ(groups(axes, GridAxis::data), (std::vector<Ranks>{{0, 4}, {1, 5}, {2, 6}, {3, 7}}));
  // Replicas first: rank = data + D tensor.
  EXPECT_EQ(groups({.data = 2, .tensor = 2, .order = "dp-tp-cp-ep-pp"}, GridAxis::tensor),
            (std::vector<Ranks>{{0, 2}, {1, 3}}));
}

// Where experts are not shared out, their copies are the replicas in every order: 2 x 2 of context
// and data beside 2 stages, rank = context + 2 (pipeline + 2 data).
TEST(ProcessGrid, ExpertsThatAreNotSharedOutFollowTheReplicas) {
  const Axes axes{.data = 2, .pipeline = 2, .context = 2, .order = "tp-cp-ep-pp-dp"};
  const std::vector<Ranks> replicas{{0, 1, 4, 5}, {2, 3, 6, 7}};
  EXPECT_EQ(groups(axes, GridAxis::replicas), replicas);
  EXPECT_EQ(groups(axes, GridAxis::expert_copies), replicas);
}

// 16 ranks of a stage, t = 2, c = 2, D = 4; experts over x = 1, e = 8: 16 / 8 = 2 copies. In the
// grid of experts rank = expert + 8 copy, so 8 ranks share out experts though there are 4 replicas.
TEST(ProcessGrid, ExpertsFoldOntoTheRanksOfAStage) {
  const Axes axes{.data = 4, .tensor = 2, .pipeline = 2, .context = 2, .expert = 8};
  EXPECT_EQ(groups(axes, GridAxis::expert), (std::vector<Ranks>{{0, 1, 2, 3, 4, 5, 6, 7},
                                                                {8, 9, 10, 11, 12, 13, 14, 15},
                                                                {16, 17, 18, 19, 20, 21, 22, 23},
                                                                {24, 25, 26, 27, 28, 29, 30, 31}}));
  EXPECT_EQ(groups(axes, GridAxis::expert_copies).front(), (Ranks{0, 8}));
  EXPECT_EQ(groups(axes, GridAxis::expert_copies).back(), (Ranks{23, 31}));
  EXPECT_TRUE(groups(axes, GridAxis::expert_tensor).empty());
}

// x = 2, e = 2 on 8 ranks: rank = expert_tensor + 2 (expert + 2 copy).
TEST(ProcessGrid, ExpertsOverSeveralRanks) {
  const Axes axes{.data = 4, .tensor = 2, .expert = 2, .expert_tensor = 2};
  EXPECT_EQ(groups(axes, GridAxis::expert_tensor),
            (std::vector<Ranks>{{0, 1}, {2, 3}, {4, 5}, {6, 7}}));
  EXPECT_EQ(groups(axes, GridAxis::expert), (std::vector<Ranks>{{0, 2}, {1, 3}, {4, 6}, {5, 7}}));
  EXPECT_EQ(groups(axes, GridAxis::expert_copies),
            (std::vector<Ranks>{{0, 4}, {1, 5}, {2, 6}, {3, 7}}));
}

// 8 replicas of 2 ranks in shard groups of 4: replicas 0 to 3 and 4 to 7 have a copy each.
TEST(ProcessGrid, ShardGroupsAndTheirCopies) {
  const Axes axes{.data = 8, .tensor = 2, .zero = 3, .shard_group = 4};
  EXPECT_EQ(groups(axes, GridAxis::shards),
            (std::vector<Ranks>{{0, 2, 4, 6}, {1, 3, 5, 7}, {8, 10, 12, 14}, {9, 11, 13, 15}}));
  EXPECT_EQ(groups(axes, GridAxis::shard_copies).front(), (Ranks{0, 8}));
  EXPECT_EQ(groups(axes, GridAxis::shard_copies).back(), (Ranks{7, 15}));
  // Context ranks hold the same parameters: 2 x 2 replicas are one shard group of 4.
  EXPECT_EQ(groups({.data = 2, .context = 2, .zero = 1, .shard_group = 4}, GridAxis::shards),
            (std::vector<Ranks>{{0, 1, 2, 3}}));
  // Without zero nothing is sharded, whatever the group.
  const ProcessGrid plain = grid_of({.data = 8, .shard_group = 4});
  EXPECT_EQ(plain.size(GridAxis::shards), 1);
  EXPECT_EQ(plain.size(GridAxis::shard_copies), 8);
}

// Each axis deals every rank to one group, ids are unique, and a rank is where its place says.
TEST(ProcessGrid, GroupsPartitionTheRanks) {
  const std::vector<Axes> layouts{
      {.data = 4, .tensor = 2, .pipeline = 2, .context = 2, .expert = 4, .expert_tensor = 2},
      {.data = 6, .tensor = 2, .zero = 1, .shard_group = 3, .order = "dp-ep-cp-tp-pp"},
      {.data = 3, .pipeline = 4, .context = 2, .order = "pp-dp-tp-cp-ep"}};
  for (const Axes& axes : layouts) {
    const ProcessGrid grid = grid_of(axes);
    std::set<int> ids;
    for (int a = 0; a < kGridAxes; ++a) {
      const auto axis = static_cast<GridAxis>(a);
      std::set<int> seen;
      for (const auto& group : grid.groups(axis)) {
        EXPECT_NE(group->id(), 0);
        EXPECT_TRUE(ids.insert(group->id()).second);
        EXPECT_EQ(group->size(), grid.size(axis));
        for (int i = 0; i < group->size(); ++i) {
          const int rank = group->world_rank(i);
          EXPECT_TRUE(seen.insert(rank).second);
          EXPECT_EQ(grid.place(rank, axis), i);
          EXPECT_EQ(grid.group_of(rank, axis), group);
        }
      }
      if (grid.size(axis) > 1 && axis != GridAxis::ends) {
        EXPECT_EQ(static_cast<int>(seen.size()), grid.ranks()) << a;
      }
    }
  }
}

TEST(ProcessGrid, Refusals) {
  for (const char* order : {"tp-dp", "tp-cp-ep-dp-tp", "tp-cp-ep-dp-xp", "", "tp-cp-ep-dp-pp-pp"}) {
    EXPECT_NE(refusal({.data = 2, .order = order}).find("is no order of ranks"), std::string::npos)
        << order << ": " << refusal({.data = 2, .order = order});
  }
  // 3 x 1 ranks of experts on 2 x 1 x 2 of a stage.
  EXPECT_NE(refusal({.data = 2, .tensor = 2, .expert = 3})
                .find("experts over 3 x 1 ranks do not fold onto tensor 2 x context 1 x data 2"),
            std::string::npos);
  // In this order the stages of the model are 2 ranks apart, those of the experts 4 x 1.
  EXPECT_NE(refusal({.data = 4, .tensor = 2, .pipeline = 2, .expert = 4, .order = "tp-cp-ep-pp-dp"})
                .find("let training.parallelism.order end with pp"),
            std::string::npos);
  EXPECT_NE(refusal({.data = 8, .zero = 1, .shard_group = 3})
                .find("a shard group of 3 does not divide 8 replicas"),
            std::string::npos);
}

}  // namespace
}  // namespace rehearse
