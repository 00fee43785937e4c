// Gradients in the order in which the next forward pass needs them: what travels together, and what
// the weights become.
#include "runtime/strategies/priority_sgd.h"

#include <gtest/gtest.h>

#include <vector>

#include "runtime/strategies/priority_units.h"
#include "tests/runtime/quadratic.h"

namespace rehearse {
namespace {

using Weights = std::vector<float>;

TEST(PriorityUnits, SmallOnesShareAndLargeOnesAreCut) {
  // From the last: 3 + 1 + 2 share six elements, 8 would not fit; 15 is cut into three fives.
  const std::vector<std::int64_t> gradients{15, 8, 2, 1, 3};
  const std::vector<PriorityUnit> units{{0, 5, {0, 1}},   {5, 10, {0, 1}},  {10, 15, {0, 1}},
                                        {15, 19, {1, 2}}, {19, 23, {1, 2}}, {23, 29, {2, 5}}};
  EXPECT_EQ(priority_units(gradients, 6), units);
}

TEST(PriorityUnits, WithoutASizeEachIsOne) {
  const std::vector<std::int64_t> gradients{15, 8};
  EXPECT_EQ(priority_units(gradients, 0),
            (std::vector<PriorityUnit>{{0, 15, {0, 1}}, {15, 23, {1, 2}}}));
}

TEST(PriorityUnits, CoverAllElementsOnce) {
  const std::vector<std::int64_t> gradients{7, 100, 3, 0, 41, 41, 9};
  for (const std::int64_t most : {1, 2, 10, 41, 1000}) {
    std::int64_t at = 0;
    for (const PriorityUnit& unit : priority_units(gradients, most)) {
      EXPECT_EQ(unit.begin, at);
      EXPECT_LE(unit.size(), most);
      at = unit.end;
    }
    EXPECT_EQ(at, 201);
  }
}

TEST(PrioritySgd, IsSynchronousSgdAStepLater) {
  // What tests/runtime/lagged_sgd_test.cc has without lag, 3, 1, 0, -0.5; an update is seen in the
  // step after it.
  const PrioritySgd program({{0, {}}, {1, {1}}}, {.steps = 4, .workers = 2});
  EXPECT_EQ(train_quadratic(program, {0, 2}), (Weights{7, 3, 1, -0.5F}));
}

TEST(PrioritySgd, OneWorkerWaitsForNobody) {
  const PrioritySgd alone({{0, {1}}}, {.steps = 2});
  EXPECT_EQ(train_quadratic(alone, {1}), (Weights{7, 1}));  // c = 1: 3, 1
}

// The sums of all ranks' gradients, whatever the units, for layers of several tensors.
TEST(PrioritySgd, SumsGradients) {
  constexpr int kRanks = 4;
  constexpr std::int64_t kElements = 375;
  for (const double bytes : {0.0, 40.0, 400.0, 1e6}) {
    for (const bool overlap : {true, false}) {
      PrioritySgd::Options options{.steps = 3, .workers = kRanks};
      options.reducer.bucket = Bytes(bytes);
      options.reducer.overlap = overlap;
      const PrioritySgd program({{0, {}}, {1, {300, 5}}, {2, {}}, {3, {70}}}, options);
      std::vector<Weights> parameters(kRanks, Weights(kElements));
      std::vector<Weights> gradients(kRanks, Weights(kElements));
      std::vector<std::vector<std::int64_t>> updated(kRanks);
      std::vector<std::unique_ptr<Device>> devices;
      for (std::size_t rank = 0; rank < kRanks; ++rank) {
        devices.push_back(make_inline_device([&, rank](const Task& task) {
          if (task.pass == Pass::backward && task.layer % 2 == 1) {
            const std::size_t begin = task.layer == 3 ? 0 : 70;
            const std::size_t end = task.layer == 3 ? 70 : 375;
            for (std::size_t i = begin; i < end; ++i) {
              gradients[rank][i] = static_cast<float>(rank + i);
            }
          }
          if (task.pass != Pass::update) return;
          updated[rank].push_back(task.number);
          for (auto i = task.range.begin; i < task.range.end; ++i) {
            const auto at = static_cast<std::size_t>(i);
            parameters[rank][at] += gradients[rank][at];
          }
        }));
      }
      MemoryWorldOptions in;
      in.device = [&](int rank) -> Device& { return *devices[static_cast<std::size_t>(rank)]; };
      run_in_memory(kRanks, in, [&](World& world) {
        const auto me = static_cast<std::size_t>(world.transport().rank());
        program.run(world, {tensor_of(parameters[me]), tensor_of(gradients[me])},
                    [](std::int64_t, const StepRecord&) {});
      });
      for (std::size_t rank = 0; rank < kRanks; ++rank) {
        // 0 + 1 + 2 + 3 + 4 i, three times.
        for (std::size_t i = 0; i < kElements; ++i) {
          ASSERT_EQ(parameters[rank][i], 3 * (6 + 4 * static_cast<float>(i)));
        }
        // Layer 1, then layer 3, of each step.
        EXPECT_EQ(updated[rank], (std::vector<std::int64_t>{1, 1, 2, 2, 3, 3}));
      }
    }
  }
}

TEST(PrioritySgd, CodecsTakePieces) {
  PrioritySgd::Options options{.steps = 1, .workers = 2};
  options.reducer.bucket = Bytes(16);  // four elements: 5 is cut into 3 and 2
  options.reducer.codec = make_codec(Compression::topk, 0.5);
  const PrioritySgd program({{0, {5}}}, options);
  run_in_memory(2, {}, [&](World& world) {
    const float sign = world.transport().rank() == 0 ? 1 : -1;
    Weights weights(5);
    Weights gradients{1, 2 * sign, 3, 4, 5 * sign};
    program.run(world, {tensor_of(weights), tensor_of(gradients)},
                [](std::int64_t, const StepRecord&) {});
    // llround(1.5) = 2 of the first three, one of the others.
    EXPECT_EQ(gradients, (Weights{0, 0, 6, 0, 0}));
  });
}

}  // namespace
}  // namespace rehearse
