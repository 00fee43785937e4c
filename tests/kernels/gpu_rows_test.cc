// Launchers of norms.h, cross_entropy.h and reductions.h against their bodies on the host.
#include <cmath>

#include "kernels/cuda/bodies/cross_entropy_bodies.h"
#include "kernels/cuda/bodies/norm_bodies.h"
#include "kernels/cuda/bodies/reduction_bodies.h"
#include "tests/kernels/gpu_fixture.h"

namespace rehearse {
namespace {

using test::inputs;
using test::outputs;
using test::run_elements;
using test::run_rows;
using test::some;
using GpuRows = test::GpuTest;

TEST_F(GpuRows, Norms) {
  // Rows of one warp, of a few and of many.
  for (const std::int64_t width : {10, 1000, 5000}) {
    for (const bool centred : {true, false}) {
      const cuda::NormShape shape{.rows = 70, .width = width, .centred = centred};
      const auto n = static_cast<std::size_t>(70 * width), w = static_cast<std::size_t>(width);
      const std::vector<float> x = some(n, 1), dy = some(n, 2), scale = some(w, 3),
                               shift = some(w, 4);
      std::vector<float> y(n), dx(n), moments(140), dscale(w), dshift(w);
      std::vector<float> parts(2 * static_cast<std::size_t>(cuda::column_scratch(width)));
      float* const of_shift = parts.data() + cuda::column_scratch(width);
      run_rows(70, cuda::NormForward{shape, inputs(x), inputs(scale), inputs(shift), outputs(y),
                                     moments.data()});
      run_rows(70, cuda::NormBackwardData{shape, inputs(x), inputs(dy), inputs(scale),
                                          moments.data(), outputs(dx)});
      const std::int64_t count = cuda::column_parts(70, width);
      run_elements(count * width,
                   cuda::NormParameterPart{shape, inputs(x), inputs(dy), moments.data(), count,
                                           parts.data(), of_shift});
      run_rows(width, cuda::ColumnSum{parts.data(), width, count, outputs(dscale)});
      run_rows(width, cuda::ColumnSum{of_shift, width, count, outputs(dshift)});

      const auto gpu_x = put(x), gpu_dy = put(dy), gpu_scale = put(scale), gpu_shift = put(shift);
      const auto gpu_y = zeros(n), gpu_moments = zeros(140), gpu_parts = zeros(parts.size());
      const auto gpu_dscale = zeros(w), gpu_dshift = zeros(w);
      cuda::norm_forward(shape, gpu_x.tensor(), gpu_scale.tensor(), gpu_shift.tensor(),
                         gpu_y.tensor(), gpu_moments.data(), handle());
      cuda::norm_backward_parameters(shape, gpu_x.tensor(), gpu_dy.tensor(), gpu_moments.data(),
                                     gpu_dscale.tensor(), gpu_dshift.tensor(), gpu_parts.data(),
                                     handle());
      cuda::norm_backward_data(shape, gpu_x.tensor(), gpu_dy.tensor(), gpu_scale.tensor(),
                               gpu_moments.data(), gpu_dy.tensor(), handle());
      expect_near(gpu_y.values(), y);
      expect_near(gpu_dy.values(), dx);
      expect_near(gpu_dscale.values(), dscale);
      if (centred) expect_near(gpu_dshift.values(), dshift);
    }
  }
}

TEST_F(GpuRows, CrossEntropy) {
  const cuda::ScoreShape shape{.rows = 40, .stride = 5000, .classes = 4990, .first = 0};
  const std::vector<float> scores = some(200000, 5);
  std::vector<std::int32_t> labels(40);
  for (std::size_t i = 0; i < 40; ++i) labels[i] = static_cast<std::int32_t>(i * 100);
  std::vector<cuda::ScoreStatistics> own(40);
  std::vector<cuda::RowLoss> losses(40);
  std::vector<float> gradient(200000);
  cuda::BatchLoss sum{};
  run_rows(40, cuda::StatisticsOfRow{shape, inputs(scores), labels.data(), own.data()});
  run_rows(40, cuda::LossOfRow{shape, inputs(scores), labels.data(), own.data(), 1, 0.025F,
                               outputs(gradient), losses.data()});
  run_rows(1, cuda::LossOfBatch{losses.data(), 40, &sum});

  const auto gpu_scores = put(scores);
  const auto gpu_labels = put(labels);
  const test::GpuArray<cuda::ScoreStatistics> gpu_own(stream(), 40);
  const test::GpuArray<cuda::RowLoss> gpu_losses(stream(), 40);
  const test::GpuArray<cuda::BatchLoss> gpu_sum(stream(), 1);
  cuda::score_statistics(shape, gpu_scores.tensor(), gpu_labels.data(), gpu_own.data(), handle());
  cuda::finish_loss(shape, gpu_scores.tensor(), gpu_labels.data(), gpu_own.data(), 1, 0.025,
                    gpu_scores.tensor(), gpu_losses.data(), handle());
  cuda::sum_losses(gpu_losses.data(), 40, gpu_sum.data(), handle());
  EXPECT_NEAR(gpu_sum.values()[0].loss, sum.loss, 1e-4 * sum.loss);
  EXPECT_EQ(gpu_sum.values()[0].correct, sum.correct);
  expect_near(gpu_scores.values(), gradient);
}

TEST_F(GpuRows, ColumnsSquaresAndOverflows) {
  std::vector<float> x = some(130000, 6), parts(1300 * 100), sums(100);
  ASSERT_EQ(cuda::column_parts(1300, 100), 1300);
  run_elements(130000, cuda::ColumnPart{inputs(x), 1300, 100, 1300, parts.data()});
  run_rows(100, cuda::ColumnSum{parts.data(), 100, 1300, outputs(sums)});
  double squares = 0;
  for (const float value : x) squares += static_cast<double>(value) * value;

  const auto gpu_x = put(x), gpu_parts = zeros(130000), gpu_sums = zeros(100);
  const test::GpuArray<double> pieces(stream(), 2), total(stream(), 1);
  const test::GpuArray<std::int32_t> found(stream(), 1);
  cuda::column_sums(gpu_x.tensor(), gpu_sums.tensor(), gpu_parts.data(), handle());
  expect_near(gpu_sums.values(), sums);
  cuda::sum_of_squares(gpu_x.tensor(), total.data(), pieces.data(), handle());
  EXPECT_NEAR(total.values()[0], squares, 1e-12 * squares);
  cuda::find_overflow(gpu_x.tensor(), found.data(), handle());
  EXPECT_EQ(found.values()[0], 0);
  x[77777] = INFINITY;
  cuda::find_overflow(put(x).tensor(), found.data(), handle());
  EXPECT_EQ(found.values()[0], 1);
}

}  // namespace
}  // namespace rehearse
