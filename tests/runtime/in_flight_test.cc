// Several all-reduces in flight: what is computed, in which order, and how their time is counted.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "base/contract.h"
#include "runtime/strategies/step_account.h"
#include "runtime/strategies/sync_sgd.h"
#include "runtime/worlds/memory_world.h"

namespace rehearse {
namespace {

constexpr std::int64_t kElements = 900;
constexpr int kRanks = 4;

SyncSgd program(int in_flight, bool overlap, int steps) {
  SyncSgd::Options options;
  options.steps = steps;
  options.workers = kRanks;
  options.reducer.batching = ReducerOptions::Batching::buckets;
  options.reducer.bucket = options.reducer.first_bucket = Bytes(0);  // each gradient alone
  options.reducer.in_flight = in_flight;
  options.reducer.overlap = overlap;
  // Different algorithms by size: lanes differ in what they do and in how long they take.
  options.reducer.call = [](double bytes) {
    return CollectiveCall{.algorithm = bytes > 400 ? Algorithm::ring : Algorithm::node_leader,
                          .ranks_per_node = 2};
  };
  return {{{0, {20, 80}}, {1, {300, 5, 95}}, {2, {}}, {3, {130, 70, 200}}}, options};
}

// Numbers whose sums depend on the order of the additions.
float term(int rank, std::size_t i) {
  return 1.0f / static_cast<float>((i + 1) * static_cast<std::size_t>(rank + 3) % 9973 + 1);
}

// The sums of all steps on rank 0; checks what travelled on every rank.
std::vector<float> sums(int in_flight, bool overlap) {
  constexpr int kSteps = 3;
  const SyncSgd sgd = program(in_flight, overlap, kSteps);
  std::vector<float> all;
  std::mutex mutex;  // of the assertions and `all`
  run_in_memory(kRanks, {}, [&](World& world) {
    const int rank = world.transport().rank();
    std::vector<float> parameters(kElements);
    std::vector<float> gradients(kElements);
    const auto compute = [&](std::int64_t step) {
      for (std::size_t i = 0; i < gradients.size(); ++i) {
        gradients[i] = term(rank, i + static_cast<std::size_t>(1000 * step));
      }
    };
    compute(0);
    sgd.run(world, {{parameters.data(), kElements}, {gradients.data(), kElements}},
            [&](std::int64_t step, const StepRecord& record) {
              const std::lock_guard lock(mutex);
              if (rank == 0) all.insert(all.end(), gradients.begin(), gradients.end());
              EXPECT_EQ(record.spans.size(), 8u);
              std::vector<Duration> lane_end(static_cast<std::size_t>(in_flight));
              for (std::size_t i = 0; i < record.spans.size(); ++i) {
                const StepSpan& r = record.spans[i];
                const auto n = static_cast<std::int64_t>(i);
                EXPECT_EQ(r.first, n);
                EXPECT_EQ(r.end, n + 1);
                EXPECT_EQ(r.group.lane_number(), static_cast<int>(i) % in_flight);
                Duration& end = lane_end[static_cast<std::size_t>(r.group.lane_number())];
                EXPECT_GE(r.arrived, end);  // a lane takes its batches one after the other
                end = r.ended;
              }
              const Duration sum = record.parts.sum();
              EXPECT_NEAR(sum.value(), (record.end - record.begin).value(), 1e-9);
              compute(step + 1);
            });
  });
  return all;
}

TEST(InFlight, SumsAreTheSameBitForBit) {
  const std::vector<float> one = sums(1, true);
  ASSERT_EQ(one.size(), 3u * kElements);
  for (const bool overlap : {true, false}) {
    for (const int in_flight : {1, 2, 3, 8}) EXPECT_EQ(sums(in_flight, overlap), one);
  }
}

TEST(Group, LanesShareTheMembersAndNothingElse) {
  const Group group(3, {5, 1});
  const Group lane = group.lane(2);
  EXPECT_EQ(lane.id(), 3);
  EXPECT_EQ(lane.world_rank(0), 5);
  EXPECT_NE(lane.context(), group.context());
  EXPECT_NE(lane.context(), group.lane(1).context());
  EXPECT_NE(group.lane(Group::kMostLanes - 1).context(), Group(4, {5, 1}).context());
  EXPECT_EQ(lane.lane(0).context(), group.context());
}

// A program that applies gradients a step late launches step t + 1 before it asks for step t.
TEST(GradientReducer, KeepsTwoStepsInFlight) {
  for (const auto batching :
       {ReducerOptions::Batching::horovod, ReducerOptions::Batching::buckets}) {
    ReducerOptions options;
    options.batching = batching;
    options.cycle = Duration(0);
    options.steps_in_flight = 2;
    std::atomic<int> summed = 0;
    options.exchange = [&](World& world, const Group& group, const CollectiveCall& call,
                           const FusedBatch&, const Tensor& part) {
      ++summed;
      return world.transport().collective(group, call, part);
    };
    run_in_memory(3, {}, [&](World& world) {
      std::vector<float> gradient{1};
      GradientReducer reducer(world, world.transport().world(), {1}, tensor_of(gradient),
                              cpu_backend(), options);
      const auto launch = [&] {
        reducer.ready(world.device().launch({Pass::backward, 0}));
        reducer.release();
      };
      launch();
      for (int step = 0; step < 4; ++step) {
        if (step < 3) launch();
        const std::vector<StepSpan> spans = reducer.finish();
        EXPECT_EQ(std::ranges::count_if(
                      spans, [](const auto& s) { return s.what == StepSpan::What::gradients; }),
                  1);
      }
      reducer.close();
    });
    EXPECT_EQ(summed, 3 * 4);  // four steps on each of three ranks
  }
}

TEST(GradientReducer, RefusesMoreStepsThanItKeeps) {
  run_in_memory(1, {}, [](World& world) {
    ReducerOptions options;
    options.cycle = Duration(0);
    std::vector<float> gradient{1};
    GradientReducer reducer(world, world.transport().world(), {1}, tensor_of(gradient),
                            cpu_backend(), options);
    reducer.ready({});
    reducer.release();
    EXPECT_THROW(reducer.ready({}), ContractViolation);
    (void)reducer.finish();
    reducer.close();
  });
}

// The backward pass ends at 10. Two reductions are under way together from 8 to 12, one of them on
// until 13; a third is waited for from 12 to 14 and runs until 15: hidden 6 … 10, exposed 10 … 13
// and 14 … 15, waiting 13 … 14, and until 16 nothing.
TEST(StepAccount, OverlappingReductionsCountOnce) {
  StepRecord record;
  record.backward_end = Duration(10);
  const auto add = [&](double arrived, double started, double ended) {
    record.spans.push_back({.what = StepSpan::What::gradients,
                            .end = 1,
                            .group = Group(0, {0, 1}),
                            .elements = 1,
                            .arrived = Duration(arrived),
                            .started = Duration(started),
                            .ended = Duration(ended)});
  };
  add(5, 6, 12);
  add(8, 8, 13);
  add(12, 14, 15);
  account_reductions(record, Duration(16));
  EXPECT_DOUBLE_EQ(record.hidden_communication.value(), 4);
  EXPECT_DOUBLE_EQ(record.parts[StepPhase::exposed_communication].value(), 4);
  EXPECT_DOUBLE_EQ(record.parts[StepPhase::straggler_wait].value(), 1);
  EXPECT_DOUBLE_EQ(record.parts[StepPhase::other].value(), 1);
}

}  // namespace
}  // namespace rehearse
