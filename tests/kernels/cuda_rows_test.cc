// Kernels of rows and columns, against the CPU backend and against sums done by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/cuda/bodies/cross_entropy_bodies.h"
#include "kernels/cuda/bodies/norm_bodies.h"
#include "kernels/cuda/bodies/reduction_bodies.h"
#include "tests/kernels/cpu_layer.h"
#include "tests/kernels/cuda_host_drive.h"

namespace rehearse {
namespace {

using test::CpuLayer;
using test::inputs;
using test::outputs;
using test::run_elements;
using test::run_rows;
using test::some;

void expect_near(const std::vector<float>& got, const std::vector<float>& expected,
                 float tolerance = 5e-6F) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_NEAR(got[i], expected[i], tolerance * (1 + std::abs(expected[i]))) << i;
  }
}

void check_norm(LayerKind kind, bool centred) {
  CpuLayer cpu({.channels = 10, .sequence = 7}, {.kind = kind}, 2);
  cpu.x = some(140, 1);
  cpu.dy = some(140, 2);
  cpu.parameters[0] = some(10, 3);
  if (centred) cpu.parameters[1] = some(10, 4);
  const cuda::NormShape shape{.rows = 14, .width = 10, .centred = centred};
  const cuda::Inputs scale = inputs(cpu.parameters[0]);
  std::vector<float> y(140), dx = cpu.dy, moments(28), parts(2 * cuda::column_scratch(10));
  std::vector<float> dscale(10), dshift(10);
  run_rows(14, cuda::NormForward{shape, inputs(cpu.x), scale, inputs(cpu.parameters.back()),
                                 outputs(y), moments.data()});
  float* const of_shift = parts.data() + cuda::column_scratch(10);
  run_elements(4 * 10, cuda::NormParameterPart{shape, inputs(cpu.x), inputs(cpu.dy), moments.data(),
                                               4, parts.data(), of_shift});
  run_rows(10, cuda::ColumnSum{parts.data(), 10, 4, outputs(dscale)});
  run_rows(10, cuda::ColumnSum{of_shift, 10, 4, outputs(dshift)});
  run_rows(14, cuda::NormBackwardData{shape, inputs(cpu.x), inputs(dx), scale, moments.data(),
                                      outputs(dx)});
  cpu.forward();
  cpu.backward();
  expect_near(y, cpu.y);
  expect_near(dx, cpu.dx);
  expect_near(dscale, cpu.gradients[0]);
  if (centred) expect_near(dshift, cpu.gradients[1]);
}

TEST(CudaNorm, LayerNormIsThatOfTheCpu) { check_norm(LayerKind::layer_norm, true); }
TEST(CudaNorm, RmsNormIsThatOfTheCpu) { check_norm(LayerKind::rms_norm, false); }

struct LossOutput {
  std::vector<float> gradient;
  cuda::BatchLoss sum{};
};

// Ranks that have `stride` classes each.
LossOutput loss_of(const std::vector<float>& scores, const std::vector<std::int32_t>& labels,
                   std::int64_t classes, std::int64_t ranks) {
  const auto rows = static_cast<std::int64_t>(labels.size());
  const std::int64_t stride = (classes + ranks - 1) / ranks;
  std::vector<cuda::ScoreStatistics> all(static_cast<std::size_t>(ranks * rows));
  std::vector<cuda::RowLoss> losses(labels.size());
  LossOutput result{std::vector<float>(scores.size())};
  std::vector<std::vector<float>> own(static_cast<std::size_t>(ranks));
  const auto shape_of = [&](std::int64_t rank) {
    const std::int64_t first = rank * stride;
    return cuda::ScoreShape{rows, stride, std::min(stride, classes - first), first};
  };
  for (std::int64_t rank = 0; rank < ranks; ++rank) {
    const cuda::ScoreShape shape = shape_of(rank);
    std::vector<float>& part = own[static_cast<std::size_t>(rank)];
    part.assign(static_cast<std::size_t>(rows * stride), 99);  // no score behind the last class
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t i = 0; i < shape.classes; ++i) {
        part[row * stride + i] = scores[row * classes + shape.first + i];
      }
    }
    run_rows(rows,
             cuda::StatisticsOfRow{shape, inputs(part), labels.data(), all.data() + rank * rows});
  }
  for (std::int64_t rank = 0; rank < ranks; ++rank) {
    const cuda::ScoreShape shape = shape_of(rank);
    std::vector<float>& part = own[static_cast<std::size_t>(rank)];
    run_rows(rows, cuda::LossOfRow{shape, inputs(part), labels.data(), all.data(), ranks,
                                   1.0F / static_cast<float>(rows), outputs(part), losses.data()});
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t i = 0; i < stride; ++i) {
        const float gradient = part[row * stride + i];
        if (i >= shape.classes) {
          EXPECT_EQ(gradient, 0);
        } else {
          result.gradient[row * classes + shape.first + i] = gradient;
        }
      }
    }
  }
  run_rows(1, cuda::LossOfBatch{losses.data(), rows, &result.sum});
  return result;
}

TEST(CudaCrossEntropy, IsThatOfTheCpuAloneAndShared) {
  CpuLayer cpu({.channels = 11, .sequence = 4}, {.kind = LayerKind::softmax_cross_entropy}, 2);
  cpu.x = some(88, 5);
  for (std::size_t n = 0; n < 8; ++n) {
    const auto row = cpu.x.begin() + static_cast<std::ptrdiff_t>(11 * n);
    // Half of the labels are right.
    const auto best = static_cast<std::int32_t>(std::max_element(row, row + 11) - row);
    cpu.labels.push_back(n % 2 == 0 ? best : static_cast<std::int32_t>((n * 5) % 11));
  }
  const std::vector<float> scores = cpu.x;
  cpu.forward();
  ASSERT_GE(cpu.score.correct, 4);
  for (const std::int64_t ranks : {1, 2, 3}) {
    const LossOutput got = loss_of(scores, cpu.labels, 11, ranks);
    EXPECT_NEAR(got.sum.loss / 8, cpu.score.loss, 2e-6) << ranks;
    EXPECT_EQ(got.sum.correct, cpu.score.correct) << ranks;
    expect_near(got.gradient, cpu.y);
  }
}

TEST(CudaCrossEntropy, OfEqualScoresTheFirstIsTheHighest) {
  const std::vector<float> scores{1, 3, 3, 3, 0, 3};
  EXPECT_EQ(loss_of(scores, {1}, 6, 1).sum.correct, 1);
  EXPECT_EQ(loss_of(scores, {2}, 6, 1).sum.correct, 0);
  EXPECT_EQ(loss_of(scores, {5}, 6, 1).sum.correct, 0);
}

TEST(CudaColumns, AreSummed) {
  // Column c of 130 rows of 3 has row + c: 130 * 129 / 2 + 130 c.
  std::vector<float> x(390), parts(static_cast<std::size_t>(cuda::column_scratch(3))), sums(3);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i / 3 + i % 3);
  for (const std::int64_t count : {1, 7, 130}) {
    run_elements(count * 3, cuda::ColumnPart{inputs(x), 130, 3, count, parts.data()});
    run_rows(3, cuda::ColumnSum{parts.data(), 3, count, outputs(sums)});
    EXPECT_EQ(sums, (std::vector<float>{8385, 8515, 8645}));
  }
}

// 2^18 sums side by side, not more parts than rows and at least 64 where there are so many rows.
TEST(CudaColumns, AreSummedInParts) {
  EXPECT_EQ(cuda::column_parts(1'000'000, 64), 4096);
  EXPECT_EQ(cuda::column_parts(1'000, 64), 1'000);
  EXPECT_EQ(cuda::column_parts(1'000, 50'000), 64);
  EXPECT_EQ(cuda::column_parts(10, 50'000), 10);
  EXPECT_EQ(cuda::column_parts(0, 64), 1);
  EXPECT_EQ(cuda::column_scratch(64), 4096 * 64);
  EXPECT_EQ(cuda::column_scratch(50'000), 64 * 50'000);
}

TEST(CudaSquares, AreSummedInPieces) {
  // 2 pieces and one element: 131,073 times 3^2 is exact.
  const std::vector<float> x(131073, 3);
  std::vector<double> pieces(3);
  ASSERT_EQ(cuda::square_scratch(131073), 3);
  double total = 0;
  run_rows(3, cuda::SquarePiece{inputs(x), 131073, pieces.data()});
  run_rows(1, cuda::SquareSum{pieces.data(), 3, &total});
  EXPECT_EQ(total, 1179657);
}

TEST(CudaOverflow, IsFound) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float value : {kInfinity, -kInfinity, std::nanf(""), 3e38F, 0.0F}) {
    std::vector<float> x(5, 1);
    x[3] = value;
    std::int32_t found = 0;
    run_elements(5, cuda::OverflowSearch{inputs(x), &found});
    EXPECT_EQ(found, std::isfinite(value) ? 0 : 1) << value;
  }
}

}  // namespace
}  // namespace rehearse
