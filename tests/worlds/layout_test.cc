// A job that is laid out runs in every world, and makes the same calls in all of them.
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "runtime/strategies/layout_sgd.h"
#include "runtime/worlds/memory_world.h"
#include "tests/worlds/logged_world.h"
#include "tests/worlds/world_under_test.h"

namespace rehearse {
namespace {

constexpr std::int64_t kSteps = 2, kMessage = 50, kMicrobatches = 4;

class Layouts : public WorldTest {
 protected:
  static Layout pipeline(PipelineSchedule schedule) {
    Layout layout{.pipeline = GetParam().ranks, .schedule = schedule};
    layout.microbatches = kMicrobatches;
    layout.overlap.pipeline = true;
    return layout;
  }
  static Layout sharded(int zero) {
    Layout layout{.data = GetParam().ranks, .zero = zero, .shard_group = GetParam().ranks};
    layout.microbatches = 2;
    return layout;
  }

  // Two layers on every stage, of 305 and 70 parameters.
  static LayoutSgd strategy(const Layout& layout, bool folded) {
    LayoutSgd::Options options{.steps = kSteps, .layout = layout, .folded = folded};
    options.program = [layout](int rank) {
      const ProcessGrid grid(layout);
      RankChunk chunk;
      chunk.part = grid.place(rank, GridAxis::pipeline);
      chunk.layers = {{.layer = 0, .parameters = {300, 5}}, {.layer = 1, .parameters = {70}}};
      if (chunk.part > 0) chunk.received = kMessage;
      if (chunk.part + 1 < layout.pipeline) chunk.sent = kMessage;
      return std::make_shared<const RankProgram>(
          rank_program({chunk}, layout, grid, rank, {.bucket_elements = 70}));
    };
    return LayoutSgd(std::move(options));
  }

  static void take_steps(World& world, const LayoutSgd& strategy, const Promises& has) {
    std::vector<std::unique_ptr<Numbers>> memory;
    const auto allocate = [&](std::int64_t elements) {
      return memory.emplace_back(std::make_unique<Numbers>(has, elements, all(0)))->tensor();
    };
    ModelTensors model{allocate(375), allocate(375)};
    model.allocate = allocate;
    std::map<std::array<int, 3>, Tensor> ends;
    if (has.numbers) {
      model.ends = [&](int chunk, int slot, ExecutorEnd which) {
        Tensor& end = ends[{chunk, slot, static_cast<int>(which)}];
        if (end.data == nullptr) end = allocate(kMessage);
        return end;
      };
    }
    std::int64_t observed = 0;
    strategy.run(world, model, [&](std::int64_t step, const StepRecord& record) {
      EXPECT_EQ(step, observed++);
      EXPECT_NEAR(record.parts.sum().value(), (record.end - record.begin).value(), 1e-9);
      EXPECT_GE(record.hidden_communication.value(), -1e-9);
      if (!has.virtual_time) return;
      for (const StepPhase phase : kStepPhases) {
        EXPECT_GE(record.parts[phase].value(), -1e-9) << to_text(phase);
      }
      // Whoever is not the first of a pipeline waits for the first microbatch.
      const bool waits = strategy.options().layout.pipeline > 1;
      EXPECT_EQ(record.parts[StepPhase::pipeline_bubble] > Duration(0), waits);
    });
    EXPECT_EQ(observed, kSteps);
  }

  static void train(const Layout& layout, bool folded) {
    const LayoutSgd program = strategy(layout, folded);
    run([&](World& world) { take_steps(world, program, promises()); });
  }
};
INSTANTIATE_TEST_SUITE_P(Worlds, Layouts, testing::ValuesIn(worlds_under_test()), world_name);

TEST_P(Layouts, RunPipelines) {
  for (const auto schedule : {PipelineSchedule::gpipe, PipelineSchedule::one_f_one_b}) {
    for (const bool folded : {true, false}) train(pipeline(schedule), folded);
  }
}

TEST_P(Layouts, ShardStates) {
  for (const int zero : {0, 1, 2, 3}) {
    for (const bool folded : {true, false}) train(sharded(zero), folded);
  }
}

TEST_P(Layouts, MakeTheCallsThatTheyMakeInMemory) {
  const int ranks = GetParam().ranks;
  for (const Layout& layout : {pipeline(PipelineSchedule::one_f_one_b), sharded(1)}) {
    const LayoutSgd program = strategy(layout, true);
    const auto log = [&](World& world, const Promises& has) {
      const auto logs = std::make_shared<CallLogs>();
      LoggedWorld logged(world, logs);
      take_steps(logged, program, has);
      // Updates of ranges are one task where there are no numbers.
      logs->erase("main device");
      return to_text(*logs);
    };
    std::vector<std::string> in_memory(static_cast<std::size_t>(ranks));
    run_in_memory(ranks, {}, [&](World& world) {
      in_memory[static_cast<std::size_t>(world.transport().rank())] = log(world, {.numbers = true});
    });
    run([&](World& world) {
      EXPECT_EQ(log(world, promises()),
                in_memory[static_cast<std::size_t>(world.transport().rank())]);
    });
  }
}

}  // namespace
}  // namespace rehearse
