// The real world over MPI: run by mpirun with several numbers of ranks; every rank runs every test,
// the first one prints, and a failure on any rank fails the run.
#include "runtime/worlds/inline_device.h"
#include "runtime/worlds/mpi/mpi_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstring>
#include <iostream>

#include "base/error.h"
#include "runtime/collectives/all_reduce.h"
#include "runtime/strategies/sync_sgd.h"

namespace rehearse {
namespace {

using enum Algorithm;

MpiSession* session = nullptr;  // GoogleTest hands nothing to its tests

void run(const std::function<void(World&)>& program) { run_over_mpi(*session, {}, program); }

std::int64_t as_count(const std::vector<float>& v) { return static_cast<std::int64_t>(v.size()); }

// Small whole numbers: their sums are exact in float, in any order.
float term(int rank, std::size_t i) {
  return static_cast<float>((static_cast<std::size_t>(rank) + 1) * (i + 3) % 101);
}

std::vector<float> terms(int rank, std::size_t elements) {
  std::vector<float> data(elements);
  for (std::size_t i = 0; i < elements; ++i) data[i] = term(rank, i);
  return data;
}

std::vector<float> sums(int ranks, std::size_t elements) {
  std::vector<float> data(elements);
  for (int rank = 0; rank < ranks; ++rank) {
    for (std::size_t i = 0; i < elements; ++i) data[i] += term(rank, i);
  }
  return data;
}

class EveryAllReduce : public testing::TestWithParam<Algorithm> {};

// 800,001 elements are several segments for every rank.
TEST_P(EveryAllReduce, SumsOddSizes) {
  run([](World& world) {
    Transport& t = world.transport();
    for (const std::size_t elements : {0, 1, 7, 257, 100'003, 800'001}) {
      const int local = t.size() % 2 == 0 ? 2 : 1;
      std::vector<float> data = terms(t.rank(), elements);
      all_reduce(t, *t.world(), {data.data(), as_count(data)}, GetParam(), local);
      EXPECT_TRUE(data == sums(t.size(), elements)) << elements << " elements";
    }
  });
}

// Numbers whose sum depends on the order of the additions: all ranks must have added alike.
TEST_P(EveryAllReduce, AllRanksHoldTheSameBits) {
  std::string bits;
  run([&](World& world) {
    Transport& t = world.transport();
    std::vector<float> data(30'011);
    for (std::size_t i = 0; i < data.size(); ++i) {
      data[i] =
          1.0f / static_cast<float>((i + 1) * static_cast<std::size_t>(t.rank() + 3) % 9973 + 1);
    }
    all_reduce(t, *t.world(), {data.data(), as_count(data)}, GetParam());
    bits.resize(data.size() * sizeof(float));
    std::memcpy(bits.data(), data.data(), bits.size());
  });
  for (const std::string& other : session->gather(bits)) EXPECT_TRUE(other == bits);
}

INSTANTIATE_TEST_SUITE_P(Mpi, EveryAllReduce,
                         testing::Values(ring, tree, recursive_doubling, rabenseifner, binomial,
                                         hierarchical, native),
                         [](const auto& each) { return to_text(each.param); });

// As on nodes of two devices with a NIC each; 40,001 elements per rank are several slices.
TEST(MpiWorld, CollectivesOverChannelsAndInSlices) {
  run([](World& world) {
    Transport& t = world.transport();
    const int ranks = t.size();
    CollectiveCall call{.ranks_per_node = ranks % 2 == 0 ? 2 : 1, .pipelined = true};
    call.channels = call.ranks_per_node;
    const std::size_t elements = 40'001 * static_cast<std::size_t>(ranks);
    for (const Algorithm algorithm : {ring, tree, hierarchical, nvls_tree}) {
      if (algorithm == nvls_tree && ranks == call.ranks_per_node) continue;
      call.algorithm = algorithm;
      std::vector<float> data = terms(t.rank(), elements);
      t.collective(*t.world(), call, {data.data(), as_count(data)});
      EXPECT_TRUE(data == sums(ranks, elements)) << to_text(algorithm);
    }
    call.algorithm = ring;
    call.operation = Operation::broadcast;
    std::vector<float> data = terms(t.rank(), elements);
    t.collective(*t.world(), call, {data.data(), as_count(data)});
    EXPECT_TRUE(data == terms(0, elements));
    call.operation = Operation::reduce;
    data = terms(t.rank(), elements);
    t.collective(*t.world(), call, {data.data(), as_count(data)});
    EXPECT_TRUE(t.rank() != 0 || data == sums(ranks, elements));
  });
}

TEST(MpiWorld, BroadcastsFromTheFirstRank) {
  run([](World& world) {
    Transport& t = world.transport();
    std::vector<float> data = terms(t.rank(), 600'001);
    t.execute(*t.world(), *make_broadcast(t.size(), as_count(data)), {data.data(), as_count(data)});
    EXPECT_TRUE(data == terms(0, 600'001));
  });
}

TEST(MpiWorld, GroupsWorkApart) {
  run([](World& world) {
    Transport& t = world.transport();
    // The even ranks and the odd ones, the latter in descending order.
    std::vector<int> members;
    for (int i = t.rank() % 2; i < t.size(); i += 2) members.push_back(i);
    if (t.rank() % 2 == 1) std::reverse(members.begin(), members.end());
    const Group group(1 + t.rank() % 2, members);
    EXPECT_EQ(group.world_rank(t.rank_in(group)), t.rank());
    for (int turn = 0; turn < 3; ++turn) {
      std::vector<float> data(1001, static_cast<float>(t.rank()));
      all_reduce(t, group, {data.data(), 1001}, turn == 2 ? native : ring);
      float sum = 0;
      for (const int m : members) sum += static_cast<float>(m);
      EXPECT_EQ(data, std::vector<float>(1001, sum));
      const auto least = *std::min_element(members.begin(), members.end());
      EXPECT_EQ(t.agree_min(group, 10 + t.rank()).least, 10 + least);
    }
  });
}

TEST(MpiWorld, AgreesOnTheLeast) {
  run([](World& world) {
    Transport& t = world.transport();
    const auto group = t.world();
    EXPECT_EQ(t.agree_min(*group, 5 - t.rank()).least, 6 - t.size());
    EXPECT_EQ(t.agree_min(*group, (std::int64_t{1} << 60) + t.rank()).least, std::int64_t{1} << 60);
  });
}

// The last rank enters 50 ms after the others. On a busy machine it may be later, and the others
// may be late themselves; hence the upper bounds.
TEST(MpiWorld, TellsHowLongARankWaitedForTheLast) {
  run([](World& world) {
    Transport& t = world.transport();
    const auto group = t.world();
    const bool late = t.rank() == t.size() - 1;
    std::vector<float> data(1000);
    const std::vector<std::function<Duration()>> calls{
        [&] { return t.agree_min(*group, 1).waited; },
        [&] {
          return all_reduce(t, *group, {data.data(), 1000}, ring);
        },
        [&] {
          return all_reduce(t, *group, {data.data(), 1000}, binomial);
        },
        [&] {
          return all_reduce(t, *group, {data.data(), 1000}, native);
        }};
    for (const auto& call : calls) {
      t.agree_min(*group, 0);
      const Duration begin = world.clock().now();
      if (late) world.clock().sleep_until(begin + Duration(0.05));
      const double waited = call().value();
      if (late) {
        EXPECT_LT(waited, 0.02);
      } else {
        EXPECT_GT(waited, 0.03);
        EXPECT_LE(waited, (world.clock().now() - begin).value() + 1e-3);
      }
    }
  });
}

TEST(MpiWorld, ClocksAreCommon) {
  run([](World& world) {
    Transport& t = world.transport();
    // Nobody leaves an agreement before everybody has entered it.
    const double entered = world.clock().now().value();
    const auto group = t.world();
    const auto last_in = -t.agree_min(*group, -std::llround(entered * 1e9)).least;
    EXPECT_GE(world.clock().now().value(), static_cast<double>(last_in) * 1e-9 - 1e-4);
    EXPECT_GE(entered, 0);
    EXPECT_LT(entered, 60);
  });
}

TEST(MpiWorld, MainAndBackgroundMayCommunicateAtOnce) {
  run([](World& world) {
    Transport& t = world.transport();
    const auto group = t.world();
    const auto work = [&group](Transport& transport, Algorithm algorithm) {
      for (int i = 0; i < 50; ++i) {
        std::vector<float> data = terms(transport.rank(), 5001);
        all_reduce(transport, *group, {data.data(), 5001}, algorithm);
        EXPECT_TRUE(data == sums(transport.size(), 5001));
      }
    };
    const auto done = world.make_signal(false);
    world.spawn([&](World& background) {
      work(background.transport(), ring);
      done->raise();
    });
    work(t, recursive_doubling);
    done->wait_above(0);
  });
}

// Of a group of a part of the ranks, whose communicators are made when a task first needs one.
TEST(MpiWorld, TasksMayUseLanesOfAGroupAtOnce) {
  run([](World& world) {
    if (world.transport().rank() == 0) return;
    std::vector<int> members;
    for (int i = 1; i < world.transport().size(); ++i) members.push_back(i);
    const Group group(1, members);
    const auto done = world.make_signal(false);
    for (int lane = 0; lane < 3; ++lane) {
      world.spawn([&, lane](World& background) {
        Transport& t = background.transport();
        for (int i = 0; i < 20; ++i) {
          std::vector<float> data(1001, static_cast<float>(lane + 1));
          all_reduce(t, group.lane(lane), {data.data(), 1001}, ring);
          EXPECT_EQ(data, std::vector<float>(1001, static_cast<float>((lane + 1) * group.size())));
        }
        done->raise();
      });
    }
    done->wait_above(2);
  });
}

void train(Algorithm algorithm, ReducerOptions::Batching batching, bool overlap,
           int in_flight = 1) {
  SyncSgd::Options options;
  options.steps = 4;
  options.workers = session->size();
  options.reducer.batching = batching;
  options.reducer.overlap = overlap;
  options.reducer.threshold = Bytes(1000);
  options.reducer.first_bucket = Bytes(100);
  options.reducer.in_flight = in_flight;
  options.reducer.bucket = in_flight > 1 ? Bytes(0) : options.reducer.bucket;
  options.reducer.cycle = Duration(1e-4);
  options.reducer.call = [=](double) { return CollectiveCall{.algorithm = algorithm}; };
  const SyncSgd sgd({{0, {}}, {1, {300, 5}}, {2, {}}, {3, {70}}}, options);
  std::vector<float> parameters(375, static_cast<float>(session->rank() + 7));
  std::vector<float> gradients(375);
  RealWorldOptions real;
  real.background_tasks = sgd.background_tasks(session->rank());
  const auto device = make_inline_device([&](const Task& task) {
    if (task.pass == Pass::backward) {
      // Layer 3's 70 come first, then the 305 of layer 1; the others have none.
      const std::size_t begin = task.layer == 3 ? 0 : 70;
      const std::size_t end = task.layer == 3 ? 70 : task.layer == 1 ? 375 : 70;
      for (std::size_t i = begin; i < end; ++i) gradients[i] = term(session->rank(), i);
    } else if (task.pass == Pass::update) {
      for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] -= gradients[i];
    }
  });
  real.device = device.get();
  std::int64_t observed = 0;
  run_over_mpi(*session, real, [&](World& world) {
    sgd.run(world, {{parameters.data(), 375}, {gradients.data(), 375}},
            [&](std::int64_t step, const StepRecord&) { EXPECT_EQ(step, observed++); });
  });
  EXPECT_EQ(observed, 4);
  const std::vector<float> sum = sums(session->size(), 375);
  // From rank 0's 7, four times the sum is taken away: exact, as all numbers are small and whole.
  for (std::size_t i = 0; i < 375; ++i) ASSERT_EQ(parameters[i], 7 - 4 * sum[i]) << i;
}

TEST(MpiWorld, TrainsWithEveryBatching) {
  for (const auto batching :
       {ReducerOptions::Batching::horovod, ReducerOptions::Batching::buckets}) {
    for (const bool overlap : {true, false}) {
      for (const Algorithm algorithm : {ring, native}) train(algorithm, batching, overlap);
    }
  }
}

TEST(MpiWorld, TrainsWithSeveralAllReducesInFlight) {
  for (const bool overlap : {true, false}) {
    for (const Algorithm algorithm : {ring, recursive_doubling, native}) {
      for (const int in_flight : {2, 3, 5}) {
        train(algorithm, ReducerOptions::Batching::buckets, overlap, in_flight);
      }
    }
  }
}

TEST(MpiSession, GathersAndBroadcastsTexts) {
  const int me = session->rank();
  const std::string text(static_cast<std::size_t>(me) * 1'500'000, static_cast<char>('a' + me));
  const std::vector<std::string> all = session->gather(text);
  ASSERT_EQ(all.size(), me == 0 ? static_cast<std::size_t>(session->size()) : 0);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_TRUE(all[i] == std::string(i * 1'500'000, static_cast<char>('a' + i)));
  }
  const std::string message(me == 0 ? 3'000'000 : 5, 'x');
  EXPECT_TRUE(session->broadcast(message) == std::string(3'000'000, 'x'));
  EXPECT_EQ(session->broadcast(""), "");
}

TEST(MpiSession, KnowsItsPlace) {
  EXPECT_EQ(MpiSession::launched(), session->size() > 1);
  EXPECT_EQ(session->node(), 0);  // all ranks of the test run on one machine
  EXPECT_LT(session->local_rank(), session->local_size());
  EXPECT_LE(session->local_size(), session->size());
  EXPECT_TRUE(session->size() == 1 || MpiSession::library().find("MPI") != std::string::npos);
}

// Not tests but ways to end: what the test of the job's end starts under mpirun.
int end_badly(const std::string& how) {
  MpiSession mpi;
  try {
    run_over_mpi(mpi, {}, [&](World& world) {
      Transport& t = world.transport();
      t.agree_min(*t.world(), 0);
      const std::shared_ptr<Signal> never = world.make_signal(true);
      world.spawn([&t, &how, never](World& background) {
        if (t.rank() == 1 && how == "background") throw Error::environment("lost");
        if (how == "background") background.transport().agree_min(*t.world(), 1);
        never->wait_above(0);
      });
      if (t.rank() == 1 && how == "main") throw Error::environment("lost");
      if (t.rank() == 1 && how == "kill") std::raise(SIGKILL);
      t.agree_min(*t.world(), 1);
      never->raise();
    });
  } catch (const Error& error) {
    std::cerr << error.what() << std::endl;
    if (how != "main") mpi.abort_others(3);
    return 3;
  }
  return 0;
}

// What ranks other than the first one print.
class FailuresOnly : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::cerr << "rank " << session->rank() << ": " << result.file_name() << ":"
              << result.line_number() << ": " << result.message() << std::endl;
  }
};

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--end") return rehearse::end_badly(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  rehearse::MpiSession mpi;
  rehearse::session = &mpi;
  if (mpi.rank() != 0) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new rehearse::FailuresOnly);
  }
  const int status = RUN_ALL_TESTS();
  const std::vector<std::string> all = mpi.gather(std::to_string(status));
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] != "0") std::cerr << "rank " << i << " failed\n";
  }
  const bool good = all == std::vector<std::string>(all.size(), "0");
  return mpi.broadcast(good ? "0" : "1") == "0" ? 0 : 1;
}
