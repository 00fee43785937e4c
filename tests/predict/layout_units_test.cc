// What a unit keeps from forward to backward, against published tables, and what it moves.
#include "predict/layout_units.h"

#include <gtest/gtest.h>

#include <string>

#include "kernels/models/activations.h"
#include "kernels/models/zoo.h"
#include "tests/kernels/devices.h"

namespace rehearse {
namespace {

const CostModel& some_cost() {
  static const CostModel cost = [] {
    DeviceProfile device = test::ideal_device();
    device.peak[static_cast<std::size_t>(Precision::bf16)] = FlopRate(100e12);
    return CostModel(device);
  }();
  return cost;
}

Model language(const std::string& name, LanguageOptions options = {}) {
  return zoo_model(name, {.language = options});
}

Bytes kept(LayoutUnits& units, const PartShape& shape,
           Recompute::Mode mode = Recompute::Mode::none) {
  return units.of(1, shape, 1, Recompute{mode, {}}).kept;
}

// Korthikanti et al., arXiv:2205.05198, table 2: s b h = 25,165,824 elements, 5 a s / h = 80.
TEST(LayoutUnits, ABlockOfGpt3KeepsWhatKorthikantiCounts) {
  const Model model = language("gpt3_175b", {.sequence = 2048, .flash = false});
  LayoutUnits units(model, some_cost(), Precision::bf16);
  const PartShape tensor{.tensor = 8}, sequence{.tensor = 8, .sequence = true};
  // 34 + 80
  EXPECT_EQ(kept(units, {}), Bytes(2'868'903'936.0));
  // 10 + 24 / 8 + 80 / 8 = 23
  EXPECT_EQ(kept(units, tensor), Bytes(578'813'952.0));
  // (34 + 80) / 8 = 14.25
  EXPECT_EQ(kept(units, sequence), Bytes(358'612'992.0));
  // 34 / 8 = 4.25, and 10 + 24 / 8 = 13 without sequence parallelism
  EXPECT_EQ(kept(units, sequence, Recompute::Mode::selective), Bytes(106'954'752.0));
  EXPECT_EQ(kept(units, tensor, Recompute::Mode::selective), Bytes(13 * 25'165'824.0));
  // 2, of which each rank has an eighth with sequence parallelism
  EXPECT_EQ(kept(units, {}, Recompute::Mode::full), Bytes(50'331'648.0));
  EXPECT_EQ(kept(units, tensor, Recompute::Mode::full), Bytes(50'331'648.0));
  EXPECT_EQ(kept(units, sequence, Recompute::Mode::full), Bytes(50'331'648.0 / 8));
}

// 8 h + 2 (q + 2 kv) + 2 q + 6 f + 4 a bytes of a token.
TEST(LayoutUnits, ABlockOfLlamaKeepsTheSumOfItsTensors) {
  const auto of = [](const std::string& name, std::int64_t steps, const PartShape& shape) {
    const Model model = language(name, {.sequence = steps});
    LayoutUnits units(model, some_cost(), Precision::bf16);
    return kept(units, shape);
  };
  // 8 * 4,096 + 2 * 6,144 + 2 * 4,096 + 6 * 14,336 + 4 * 32 = 139,392 bytes of 8,192 tokens
  EXPECT_EQ(of("llama3_8b", 8192, {}), Bytes(1'141'899'264.0));
  // 8 * 8,192 + 2 * 10,240 + 2 * 8,192 + 6 * 28,672 + 4 * 64 = 274,688
  EXPECT_EQ(of("llama3_70b", 4096, {}), Bytes(1'125'122'048.0));
  // 8 * 16,384 + 2 * 18,432 + 2 * 16,384 + 6 * 53,248 + 4 * 128 = 520,704
  EXPECT_EQ(of("llama3_405b", 4096, {}), Bytes(520'704.0 * 4096));
  // With sequence parallelism all of it is shared out; without it the 8 h are not.
  EXPECT_EQ(of("llama3_70b", 4096, {.tensor = 8, .sequence = true}), Bytes(1'125'122'048.0 / 8));
  EXPECT_EQ(of("llama3_70b", 4096, {.tensor = 8}),
            Bytes(4096.0 * (65'536 + (274'688 - 65'536) / 8)));
  // Context ranks have a share of the steps each.
  EXPECT_EQ(of("llama3_8b", 8192, {.context = 4}), Bytes(1'141'899'264.0 / 4));
}

// Units keep together what the whole model keeps. Of AlexNet 1.2 % more: dropout that works in
// place has a memory of its own behind a cut.
TEST(LayoutUnits, KeepWhatTheModelKeeps) {
  for (const std::string& name : zoo_names()) {
    const Model model = zoo_model(name);
    LayoutUnits units(model, some_cost(), Precision::bf16);
    Bytes sum;
    for (std::size_t u = 0; u < units.count(); ++u) sum += units.of(u, {}, 1, {}).kept;
    const Kept whole = kept_for_backward(model, {});
    const double all = 2.0 * static_cast<double>(whole.elements) + static_cast<double>(whole.bytes);
    EXPECT_NEAR(sum.value(), all, name == "alexnet" ? 0.0125 * all : 0) << name;
  }
}

TEST(LayoutUnits, AlikeUnitsAreOneClass) {
  const Model model = language("deepseek_v3", {.prediction_modules = 1});
  LayoutUnits units(model, some_cost(), Precision::bf16);
  ASSERT_EQ(units.count(), 63U);
  for (const std::size_t dense : {1U, 2U, 3U}) EXPECT_EQ(units.class_of(dense), 1U);
  for (std::size_t sparse = 4; sparse < 62; ++sparse) EXPECT_EQ(units.class_of(sparse), 4U);
  EXPECT_EQ(&units.of(5, {}, 1, {}), &units.of(60, {}, 1, {}));
}

// Llama-3-70B, 8,192 steps, 8 ranks: 134,217,728 bytes each time. Gathers go forward as gathers and
// back as reduce-scatters, beside the gradient of the weights that read them.
TEST(LayoutUnits, MovesOfABlock) {
  const Model model = language("llama3_70b");
  LayoutUnits units(model, some_cost(), Precision::bf16);
  const PartShape shape{.tensor = 8, .sequence = true};
  const UnitCost& block = units.of(1, shape, 1, Recompute{Recompute::Mode::full, {}});
  using Kind = Exchange::Kind;
  for (const auto* moves : {&block.forward_moves, &block.backward_moves, &block.moves_again}) {
    ASSERT_EQ(moves->size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
      const UnitMove& move = (*moves)[i];
      EXPECT_EQ(move.kind, i % 2 == 0 ? Kind::gather : Kind::scatter);
      EXPECT_EQ(move.axis, Exchange::Axis::tensor);
      EXPECT_EQ(move.bytes, Bytes(134'217'728.0));
      const bool beside = moves == &block.backward_moves && i % 2 == 0;
      EXPECT_EQ(move.beside > Duration(0), beside);
    }
  }
  // Without sequence parallelism two sums forward, two back: four all-reduces.
  const UnitCost& plain = units.of(1, {.tensor = 8}, 1, {});
  ASSERT_EQ(plain.forward_moves.size(), 2U);
  ASSERT_EQ(plain.backward_moves.size(), 2U);
  EXPECT_EQ(plain.forward_moves[0].kind, Kind::sum);
  EXPECT_EQ(plain.backward_moves[0].kind, Kind::copy);
  EXPECT_TRUE(plain.moves_again.empty());
  // What a stage passes on: 8,192 * 8,192 in 2 bytes, an eighth with sequence parallelism.
  EXPECT_EQ(plain.output, Bytes(134'217'728.0));
  EXPECT_EQ(block.output, Bytes(16'777'216.0));
  // A microbatch of 2 moves twice as much.
  EXPECT_EQ(units.of(1, {.tensor = 8}, 2, {}).forward_moves[0].bytes, Bytes(268'435'456.0));
}

// Three numbers in fp32 for each of 8,192 steps: 12 T.
TEST(LayoutUnits, StatisticsOfALossAreInFp32) {
  const Model model = language("llama3_70b");
  LayoutUnits units(model, some_cost(), Precision::bf16);
  const UnitCost& last = units.of(units.count() - 1, {.tensor = 8}, 1, {});
  ASSERT_EQ(last.forward_moves.size(), 1U);
  EXPECT_EQ(last.forward_moves[0].kind, Exchange::Kind::statistics);
  EXPECT_EQ(last.forward_moves[0].bytes, Bytes(12.0 * 8192));
}

// Keys go round once forward; back they go round with their gradients.
TEST(LayoutUnits, RingsPassTwiceAsMuchBack) {
  const Model model = language("llama3_8b");
  LayoutUnits units(model, some_cost(), Precision::bf16);
  const UnitCost& block = units.of(1, {.context = 4}, 1, {});
  ASSERT_EQ(block.forward_moves.size(), 1U);
  // 2 * 2,048 * 2 * 1,024
  EXPECT_EQ(block.forward_moves[0].bytes, Bytes(8'388'608.0));
  EXPECT_EQ(block.backward_moves[0].bytes, Bytes(16'777'216.0));
  EXPECT_GT(block.forward_moves[0].beside, Duration(0));
}

// Modules of DeepSeek-V3 run again under `full` as the blocks do. Of two in a unit one is whole in
// memory at a time.
TEST(LayoutUnits, PredictionModulesRunAgain) {
  const Model model = language("deepseek_v3", {.prediction_modules = 2});
  LayoutUnits units(model, some_cost(), Precision::bf16);
  const std::size_t last = units.count() - 1;
  const UnitCost& none = units.of(last, {}, 1, {});
  const UnitCost& full = units.of(last, {}, 1, Recompute{Recompute::Mode::full, {}});
  const UnitCost& block = units.of(last - 1, {}, 1, Recompute{Recompute::Mode::full, {}});
  EXPECT_NEAR(full.again.value(), 2 * block.again.value(), 1e-12);
  EXPECT_LT(full.kept, none.kept);
  EXPECT_LE(none.kept - full.kept, block.for_again);
}

}  // namespace
}  // namespace rehearse
