#include "kernels/cuda/cross_entropy.h"

#include "kernels/cuda/bodies/cross_entropy_bodies.h"
#include "kernels/cuda/launch.h"

namespace rehearse::cuda {

void score_statistics(const ScoreShape& shape, const Tensor& scores, const std::int32_t* labels,
                      ScoreStatistics* own, StreamHandle stream) {
  EXPECTS(scores.elements == shape.rows * shape.stride && shape.classes <= shape.stride);
  for_each_row(shape.rows, shape.stride, StatisticsOfRow{shape, inputs_of(scores), labels, own},
               stream);
}

void finish_loss(const ScoreShape& shape, const Tensor& scores, const std::int32_t* labels,
                 const ScoreStatistics* all, std::int64_t ranks, double share,
                 const Tensor& gradient, RowLoss* losses, StreamHandle stream) {
  EXPECTS(scores.elements == shape.rows * shape.stride && shape.classes <= shape.stride);
  EXPECTS(gradient.elements == scores.elements && ranks >= 1);
  for_each_row(shape.rows, shape.stride,
               LossOfRow{shape, inputs_of(scores), labels, all, ranks, static_cast<float>(share),
                         outputs_of(gradient), losses},
               stream);
}

void sum_losses(const RowLoss* losses, std::int64_t rows, BatchLoss* sum, StreamHandle stream) {
  for_each_row(1, rows, LossOfBatch{losses, rows, sum}, stream);
}

}  // namespace rehearse::cuda
