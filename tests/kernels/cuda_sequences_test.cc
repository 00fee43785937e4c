// Kernels of embeddings, positions and experts, against the CPU backend and by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/cuda/bodies/expert_bodies.h"
#include "kernels/cuda/bodies/sequence_bodies.h"
#include "kernels/cuda/token_order.h"
#include "kernels/rotary_table.h"
#include "tests/kernels/cpu_layer.h"
#include "tests/kernels/cuda_host_drive.h"

namespace rehearse {
namespace {

using test::CpuLayer;
using test::expect_near;
using test::inputs;
using test::outputs;
using test::run_elements;
using test::run_rows;
using test::some;

TEST(CudaEmbedding, IsThatOfTheCpu) {
  CpuLayer cpu({.channels = 1, .sequence = 5},
               {.kind = LayerKind::embedding, .features = 3, .vocabulary = 7}, 2);
  const std::vector<std::int32_t> tokens{4, 0, 4, 6, 4, 0, 1, 6, 2, 4};
  cpu.x.assign(tokens.begin(), tokens.end());
  cpu.parameters[0] = some(21, 1);
  cpu.dy = some(30, 2);
  cpu.forward();
  cpu.backward();

  const cuda::TableShape shape{.rows = 7, .width = 3};
  std::vector<float> y(30), dtable(21, 0.0F);
  run_elements(30, cuda::Embedded{shape, tokens.data(), inputs(cpu.parameters[0]), outputs(y)});
  EXPECT_EQ(y, cpu.y);
  const cuda::TokenOrder order = cuda::order_tokens(tokens, 0, 7);
  EXPECT_EQ(order.rows, (std::vector<std::int32_t>{0, 1, 2, 4, 6}));
  EXPECT_EQ(order.starts, (std::vector<std::int32_t>{0, 2, 3, 4, 8, 10}));
  EXPECT_EQ(order.order, (std::vector<std::int32_t>{1, 5, 6, 8, 0, 2, 4, 9, 3, 7}));
  const cuda::SortedTokens sorted{order.rows.data(), order.starts.data(), order.order.data(), 5};
  run_elements(15, cuda::TableGradient{shape, sorted, inputs(cpu.dy), outputs(dtable)});
  EXPECT_EQ(dtable, cpu.gradients[0]);  // in the same order of additions
}

TEST(CudaEmbedding, LeavesTokensOfOtherRanksOut) {
  // Rows of tokens 2 and 3 are here.
  const std::vector<std::int32_t> tokens{1, 3, 4, 2};
  const std::vector<float> table{20, 21, 30, 31}, dy{1, 2, 3, 4, 5, 6, 7, 8};
  const cuda::TableShape shape{.rows = 2, .width = 2, .first = 2};
  std::vector<float> y(8), dtable(4, 1.0F);
  run_elements(8, cuda::Embedded{shape, tokens.data(), inputs(table), outputs(y)});
  EXPECT_EQ(y, (std::vector<float>{0, 0, 30, 31, 0, 0, 20, 21}));
  const cuda::TokenOrder order = cuda::order_tokens(tokens, 2, 2);
  EXPECT_EQ(order.rows, (std::vector<std::int32_t>{0, 1}));
  const cuda::SortedTokens sorted{order.rows.data(), order.starts.data(), order.order.data(), 2};
  run_elements(4, cuda::TableGradient{shape, sorted, inputs(dy), outputs(dtable)});
  EXPECT_EQ(dtable, (std::vector<float>{8, 9, 4, 5}));  // added to the ones
}

TEST(CudaPositions, AreThoseOfTheCpu) {
  CpuLayer cpu({.channels = 4, .sequence = 3},
               {.kind = LayerKind::position_embedding, .vocabulary = 5, .first = 1}, 2);
  cpu.x = some(24, 3);
  cpu.dy = some(24, 4);
  cpu.parameters[0] = some(20, 5);
  const cuda::PositionShape shape{.batch = 2, .steps = 3, .width = 4, .positions = 5, .first = 1};
  std::vector<float> y(24), dtable(20, 9.0F);
  run_elements(24, cuda::PositionSum{shape, inputs(cpu.x), inputs(cpu.parameters[0]), outputs(y)});
  run_elements(20, cuda::PositionGradient{shape, inputs(cpu.dy), outputs(dtable)});
  cpu.forward();
  cpu.backward();
  EXPECT_EQ(y, cpu.y);
  EXPECT_EQ(dtable, cpu.gradients[0]);
}

TEST(CudaParts, OfSamplesAreOrderedByRank) {
  // 2 samples of 3 ranks' parts of 2: sample 1 has 1 to 6, sample 2 has 7 to 12.
  const std::vector<float> samples{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  std::vector<float> parts(12), again(12);
  run_elements(12, cuda::SwappedAxes{inputs(samples), 2, 3, 2, outputs(parts)});
  EXPECT_EQ(parts, (std::vector<float>{1, 2, 7, 8, 3, 4, 9, 10, 5, 6, 11, 12}));
  run_elements(12, cuda::SwappedAxes{inputs(parts), 3, 2, 2, outputs(again)});
  EXPECT_EQ(again, samples);
}

TEST(CudaRotary, IsThatOfTheCpu) {
  // 2 heads of queries, 1 of keys and 1 of values, of 6 features.
  CpuLayer cpu({.channels = 24, .sequence = 4},
               {.kind = LayerKind::rotary, .attention = {.heads = 2, .kv_heads = 1, .head_dim = 6}},
               2);
  cpu.x = some(192, 6);
  cpu.dy = some(192, 7);
  const RotaryTable table = rotary_table(4, 3);
  const cuda::RotaryShape shape{.rows = 8, .width = 24, .steps = 4, .turned = 3, .half = 3};
  std::vector<float> y = cpu.x, dx(192);
  run_elements(192, cuda::Rotation{shape, table.cosines.data(), table.sines.data(), 1, inputs(y),
                                   outputs(y)});
  run_elements(192, cuda::Rotation{shape, table.cosines.data(), table.sines.data(), -1,
                                   inputs(cpu.dy), outputs(dx)});
  cpu.forward();
  cpu.backward();
  expect_near(y, cpu.y);
  expect_near(dx, cpu.dx);
}

TEST(CudaRouter, IsThatOfTheCpu) {
  // The weights of the product are the identity: the input is the scores.
  CpuLayer cpu({.channels = 6, .sequence = 5},
               {.kind = LayerKind::router, .bias = false, .experts = {.experts = 6, .active = 3}},
               2);
  for (std::size_t i = 0; i < 6; ++i) cpu.parameters[0][7 * i] = 1;
  cpu.x = some(60, 8);
  for (std::size_t i = 0; i < 6; ++i) cpu.x[i] = i < 4 ? 1.0F : 2.0F;  // equal scores
  cpu.dy = some(60, 9);
  const cuda::RouterShape shape{.rows = 10, .experts = 6, .active = 3};
  std::vector<float> weights(60), dscores(60);
  run_elements(10, cuda::Choice{shape, inputs(cpu.x), outputs(weights)});
  cpu.forward();
  expect_near(weights, cpu.y);
  EXPECT_GT(weights[0], 0);  // the first of the equal ones
  EXPECT_EQ(weights[1], 0);
  run_elements(10, cuda::ChoiceBackward{shape, inputs(weights), inputs(cpu.dy), outputs(dscores)});
  cpu.backward();
  expect_near(dscores, cpu.dx);
}

TEST(CudaPlaces, AreSortedByExpertAndRow) {
  // 300 rows, in pieces of 128: row r goes to experts r mod 3 and 3.
  const cuda::RouterShape shape{.rows = 300, .experts = 4, .active = 2};
  std::vector<float> weights(1200, 0.0F);
  for (std::size_t r = 0; r < 300; ++r) weights[4 * r + r % 3] = weights[4 * r + 3] = 0.5F;
  std::vector<std::int32_t> place(1200), row(600), firsts(5);
  std::vector<std::int32_t> counts(static_cast<std::size_t>(cuda::place_scratch(shape)));
  const cuda::PlaceCount count{shape, inputs(weights), counts.data()};
  run_elements(12, count);  // 3 pieces of 4 experts
  run_elements(4, cuda::PlacesBefore{3, 4, counts.data()});
  run_elements(1, cuda::FirstPlaces{4, counts.data() + 12, firsts.data()});
  run_elements(12, cuda::PlaceRows{count, {place.data(), row.data(), firsts.data()}});
  EXPECT_EQ(firsts, (std::vector<std::int32_t>{0, 100, 200, 300, 600}));
  for (std::int32_t r = 0; r < 300; ++r) {
    // Of the rows of expert r mod 3 before it there are r / 3, of those of expert 3 r.
    EXPECT_EQ(place[static_cast<std::size_t>(4 * r + r % 3)], 100 * (r % 3) + r / 3);
    EXPECT_EQ(place[static_cast<std::size_t>(4 * r + 3)], 300 + r);
    EXPECT_EQ(place[static_cast<std::size_t>(4 * r + (r + 1) % 3)], -1);
    EXPECT_EQ(row[static_cast<std::size_t>(100 * (r % 3) + r / 3)], r);
    EXPECT_EQ(row[static_cast<std::size_t>(300 + r)], r);
  }
}

TEST(CudaExperts, RowsGoThereAndBack) {
  // Row 0 goes to expert 1 with weight 1; row 1 to experts 0 (0.25) and 1 (0.75). Places: 0 has row
  // 1, 1 has row 0, 2 has row 1.
  const std::vector<std::int32_t> place{-1, 1, 0, 2}, row{1, 0, 1};
  const std::vector<float> x{1, 2, 3, 4}, weights{0, 1, 0.25F, 0.75F};
  std::vector<float> copies(6), y(4), dcopies(6), dweights(4, 9.0F), dx(4);
  run_elements(6, cuda::GatheredRow{inputs(x), 2, row.data(), outputs(copies)});
  EXPECT_EQ(copies, (std::vector<float>{3, 4, 1, 2, 3, 4}));
  const std::vector<float> results{10, 20, 30, 40, 50, 60};
  run_elements(4,
               cuda::CombinedRow{2, inputs(weights), inputs(results), 2, place.data(), outputs(y)});
  // Row 1: 0.25 * 10 + 0.75 * 50 = 40, 0.25 * 20 + 0.75 * 60 = 50.
  EXPECT_EQ(y, (std::vector<float>{30, 40, 40, 50}));
  const std::vector<float> dy{1, 2, 4, 8};
  run_rows(4, cuda::CombinedRowBackward{2, inputs(weights), inputs(results), inputs(dy), 2,
                                        place.data(), outputs(dcopies), outputs(dweights)});
  EXPECT_EQ(dcopies, (std::vector<float>{1, 2, 1, 2, 3, 6}));
  // 30 + 2 * 40 = 110; 4 * 10 + 8 * 20 = 200; 4 * 50 + 8 * 60 = 680.
  EXPECT_EQ(dweights, (std::vector<float>{0, 110, 200, 680}));
  // Without weights: the gradient of the copies.
  run_elements(4, cuda::CombinedRow{2, {}, inputs(copies), 2, place.data(), outputs(dx)});
  EXPECT_EQ(dx, (std::vector<float>{1, 2, 6, 8}));
}

}  // namespace
}  // namespace rehearse
