// What every world promises of groups, lanes, collectives and agreements.
#include <algorithm>
#include <cmath>

#include "runtime/collectives/all_reduce.h"
#include "tests/worlds/terms.h"

namespace rehearse {
namespace {

using enum Algorithm;

class Collectives : public WorldTest {};
INSTANTIATE_TEST_SUITE_P(Worlds, Collectives, testing::ValuesIn(worlds_under_test()), world_name);

// As on nodes of two devices with a NIC each; 40,001 elements per rank are several slices.
TEST_P(Collectives, RunOverChannelsAndInSlices) {
  run([](World& world) {
    Transport& t = world.transport();
    const int ranks = t.size();
    CollectiveCall call{.ranks_per_node = ranks % 2 == 0 ? 2 : 1, .pipelined = true};
    call.channels = call.ranks_per_node;
    const std::int64_t elements = 40'001 * ranks;
    for (const Algorithm algorithm : {ring, tree, hierarchical, nvls_tree}) {
      const bool over_nodes = promises().switch_sums && ranks > call.ranks_per_node;
      if (algorithm == nvls_tree && !over_nodes) continue;
      call.algorithm = algorithm;
      Numbers data = numbers(elements, terms(t.rank()));
      t.collective(*t.world(), call, data.tensor());
      EXPECT_TRUE(data.are(sums(ranks))) << to_text(algorithm);
    }
    call.algorithm = ring;
    call.operation = Operation::broadcast;
    Numbers data = numbers(elements, terms(t.rank()));
    t.collective(*t.world(), call, data.tensor());
    EXPECT_TRUE(data.are(terms(0)));
    call.operation = Operation::reduce;
    Numbers summands = numbers(elements, terms(t.rank()));
    t.collective(*t.world(), call, summands.tensor());
    EXPECT_TRUE(t.rank() != 0 || summands.are(sums(ranks)));
  });
}

TEST_P(Collectives, BroadcastFromTheFirstRank) {
  run([](World& world) {
    Transport& t = world.transport();
    Numbers data = numbers(600'001, terms(t.rank()));
    t.execute(*t.world(), *make_broadcast(t.size(), 600'001), data.tensor());
    EXPECT_TRUE(data.are(terms(0)));
  });
}

TEST_P(Collectives, GroupsWorkApart) {
  run([](World& world) {
    Transport& t = world.transport();
    // The even ranks and the odd ones, the latter in descending order.
    std::vector<int> members;
    for (int i = t.rank() % 2; i < t.size(); i += 2) members.push_back(i);
    if (t.rank() % 2 == 1) std::reverse(members.begin(), members.end());
    const Group group(1 + t.rank() % 2, members);
    EXPECT_EQ(group.world_rank(t.rank_in(group)), t.rank());
    for (int turn = 0; turn < 3; ++turn) {
      Numbers data = numbers(1001, all(t.rank()));
      all_reduce(t, group, data.tensor(), turn == 2 ? native : ring);
      double sum = 0;
      for (const int m : members) sum += m;
      EXPECT_TRUE(data.are(all(sum)));
      const auto least = *std::min_element(members.begin(), members.end());
      EXPECT_EQ(t.agree_min(group, 10 + t.rank()).least, 10 + least);
    }
  });
}

TEST_P(Collectives, AgreeOnTheLeast) {
  run([](World& world) {
    Transport& t = world.transport();
    const auto group = t.world();
    EXPECT_EQ(t.agree_min(*group, 5 - t.rank()).least, 6 - t.size());
    EXPECT_EQ(t.agree_min(*group, (std::int64_t{1} << 60) + t.rank()).least, std::int64_t{1} << 60);
  });
}

// The last rank enters 50 ms after the others. On a busy machine it may be later, and the others
// may be late themselves; hence the upper bounds.
TEST_P(Collectives, TellHowLongARankWaitedForTheLast) {
  run([](World& world) {
    Transport& t = world.transport();
    const auto group = t.world();
    const bool late = t.rank() == t.size() - 1;
    Numbers data = numbers(1000);
    const auto sum_by = [&](Algorithm algorithm) {
      return all_reduce(t, *group, data.tensor(), algorithm);
    };
    const std::vector<std::function<Duration()>> calls{
        [&] { return t.agree_min(*group, 1).waited; }, [&] { return sum_by(ring); },
        [&] { return sum_by(binomial); }, [&] { return sum_by(native); }};
    for (const auto& call : calls) {
      t.agree_min(*group, 0);
      const Duration begin = world.clock().now();
      if (late) world.clock().sleep_until(begin + Duration(0.05));
      const double waited = call().value();
      if (!promises().waits) {
        EXPECT_EQ(waited, 0);
      } else if (late) {
        EXPECT_LT(waited, 0.02);
      } else {
        EXPECT_GT(waited, 0.03);
        EXPECT_LE(waited, (world.clock().now() - begin).value() + 1e-3);
      }
    }
  });
}

// Nobody leaves an agreement before everybody has entered it.
TEST_P(Collectives, ShowThatClocksAreCommon) {
  run([](World& world) {
    Transport& t = world.transport();
    const double entered = world.clock().now().value();
    const auto last_in = -t.agree_min(*t.world(), -std::llround(entered * 1e9)).least;
    EXPECT_GE(world.clock().now().value(), static_cast<double>(last_in) * 1e-9 - 1e-4);
  });
}

TEST_P(Collectives, MainAndBackgroundMayCommunicateAtOnce) {
  run([](World& world) {
    Transport& t = world.transport();
    const auto group = t.world();
    const auto work = [](Transport& transport, const Group& lane, Algorithm algorithm) {
      for (int i = 0; i < 50; ++i) {
        Numbers data = numbers(5001, terms(transport.rank()));
        all_reduce(transport, lane, data.tensor(), algorithm);
        EXPECT_TRUE(data.are(sums(transport.size())));
      }
    };
    const auto done = world.make_signal(false);
    world.spawn([&](World& background) {
      work(background.transport(), group->lane(1), ring);
      done->raise();
    });
    work(t, *group, recursive_doubling);
    done->wait_above(0);
  });
}

// Of a group of a part of the ranks, whose communicators are made when a task first needs one.
TEST_P(Collectives, TasksMayUseLanesOfAGroupAtOnce) {
  run([](World& world) {
    if (world.transport().size() > 1 && world.transport().rank() == 0) return;
    std::vector<int> members;
    for (int i = std::min(1, world.transport().size() - 1); i < world.transport().size(); ++i) {
      members.push_back(i);
    }
    const Group group(1, members);
    const auto done = world.make_signal(false);
    for (int lane = 0; lane < 3; ++lane) {
      world.spawn([&, lane](World& background) {
        Transport& t = background.transport();
        for (int i = 0; i < 20; ++i) {
          Numbers data = numbers(1001, all(lane + 1));
          all_reduce(t, group.lane(lane), data.tensor(), ring);
          EXPECT_TRUE(data.are(all((lane + 1) * group.size())));
        }
        done->raise();
      });
    }
    done->wait_above(2);
  });
}

// A ring sends every part but one, twice: 2 (P - 1) parts of 250 elements, 4 bytes each.
TEST_P(Collectives, CountWhatTheySend) {
  run([](World& world) {
    Transport& t = world.transport();
    const int ranks = t.size();
    EXPECT_EQ(t.sent(), Bytes(0));
    Numbers data = numbers(250 * ranks);
    all_reduce(t, *t.world(), data.tensor(), ring);
    EXPECT_EQ(t.sent(), Bytes(2.0 * (ranks - 1) * 250 * 4));
    const auto done = world.make_signal(false);
    world.spawn([&](World& background) {
      Numbers others = numbers(250 * ranks);
      all_reduce(background.transport(), t.world()->lane(1), others.tensor(), ring);
      done->raise();
    });
    done->wait_above(0);
    EXPECT_EQ(t.sent(), Bytes(4.0 * (ranks - 1) * 250 * 4));  // of all tasks together
  });
}

}  // namespace
}  // namespace rehearse
