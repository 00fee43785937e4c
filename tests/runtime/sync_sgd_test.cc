// The training program in the in-memory real world: gradients of all ranks are summed, whatever the
// algorithm and the batching.
#include "runtime/strategies/sync_sgd.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "runtime/worlds/memory_world.h"
#include "tests/runtime/fake_nccl/fake_nccl_world.h"

namespace rehearse {
namespace {

const std::vector<TrainingLayer> kLayers{{0, {}}, {1, {300, 5}}, {2, {}}, {3, {70}}};

struct Case {
  Algorithm algorithm;
  ReducerOptions::Batching batching;
  bool overlap;
};

using RunRanks = std::function<void(int ranks, const MemoryWorldOptions& options,
                                    const std::function<void(World&)>& program)>;

void train(const Case& c, int ranks, int steps, const RunRanks& run_ranks = run_in_memory) {
  SyncSgd::Options options;
  options.steps = steps;
  options.workers = ranks;
  options.reducer.batching = c.batching;
  options.reducer.overlap = c.overlap;
  options.reducer.threshold = Bytes(1000);
  options.reducer.first_bucket = Bytes(100);
  options.reducer.cycle = Duration(1e-4);
  options.reducer.call = [&](double) {
    return CollectiveCall{.algorithm = c.algorithm, .ranks_per_node = std::min(ranks, 2)};
  };
  const SyncSgd sgd(kLayers, options);
  run_ranks(ranks, {}, [&](World& world) {
    const int rank = world.transport().rank();
    std::vector<float> parameters(375, static_cast<float>(rank));
    std::vector<float> gradients(375, static_cast<float>(rank + 1));
    std::int64_t observed = 0;
    sgd.run(world, {{parameters.data(), 375}, {gradients.data(), 375}},
            [&](std::int64_t step, const StepRecord& record) {
              EXPECT_EQ(step, observed++);
              for (const float g : gradients) ASSERT_EQ(g, ranks * (ranks + 1) / 2);
              std::fill(gradients.begin(), gradients.end(), static_cast<float>(rank + 1));
              const Duration sum = record.parts.sum();
              EXPECT_NEAR(sum.value(), (record.end - record.begin).value(), 1e-9);
            });
    EXPECT_EQ(observed, steps);
    for (const float p : parameters) ASSERT_EQ(p, 0);  // rank 0's, broadcast before the first step
  });
}

TEST(SyncSgd, SumsGradientsWithEveryAlgorithmAndBatching) {
  using enum Algorithm;
  for (const Algorithm a : {ring, recursive_doubling, rabenseifner, halving_doubling, binomial,
                            hierarchical, node_leader, in_network, native}) {
    for (const auto b : {ReducerOptions::Batching::horovod, ReducerOptions::Batching::buckets}) {
      for (const bool overlap : {true, false}) train({a, b, overlap}, 4, 3);
    }
  }
}

TEST(SyncSgd, SumsGradientsOverNccl) {
  using enum Algorithm;
  for (const FakeMemory memory : {FakeMemory::host, FakeMemory::device}) {
    const RunRanks run_ranks = [memory](int ranks, const MemoryWorldOptions& options,
                                        const std::function<void(World&)>& program) {
      run_over_fake_nccl(memory, ranks, options, program);
    };
    for (const Algorithm a : {ring, recursive_doubling, native}) {
      for (const auto b : {ReducerOptions::Batching::horovod, ReducerOptions::Batching::buckets}) {
        for (const bool overlap : {true, false}) train({a, b, overlap}, 4, 3, run_ranks);
      }
    }
  }
}

TEST(SyncSgd, OneRankNeedsNoTransport) {
  train({Algorithm::ring, ReducerOptions::Batching::horovod, true}, 1, 2);
}

TEST(MemoryWorld, AFailingRankEndsTheRun) {
  EXPECT_THROW(run_in_memory(3, {},
                             [](World& world) {
                               if (world.transport().rank() == 1) throw Error::input("lost");
                               const auto group = world.transport().world();
                               world.transport().agree_min(*group, 1);
                             }),
               Error);
}

}  // namespace
}  // namespace rehearse
