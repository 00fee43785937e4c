// Softmax cross-entropy with whole-number labels, of rows on a GPU, as
// kernels/cpu/ops/softmax_cross_entropy.cc computes it. Ranks may share the classes out: each has
// the scores of classes [first, first + classes), the ranks gather the statistics of all, and each
// finishes its own scores. One rank alone does the same with its own statistics.
// Launchers keep the rules of elementwise.h.
#pragma once

#include <cstdint>

#include "kernels/cuda/cuda_stream.h"
#include "kernels/tensor.h"

namespace rehearse::cuda {

struct ScoreShape {
  std::int64_t rows = 0;     // labels
  std::int64_t stride = 0;   // scores of a row here
  std::int64_t classes = 0;  // those of them that count: the first
  std::int64_t first = 0;    // class of the first score
};

// Of the scores that a rank has of one row: the largest, the sum of exponentials relative to it,
// and the label's own score, minus infinity where another rank has it.
struct ScoreStatistics {
  float largest, total, own;
};

// Of the whole row.
struct RowLoss {
  float loss;            // natural logarithm
  std::int32_t correct;  // 1: the label's score is the first of the highest
};

// `labels` are classes, one for each row.
void score_statistics(const ScoreShape& shape, const Tensor& scores, const std::int32_t* labels,
                      ScoreStatistics* own, StreamHandle stream);

// `all` has the statistics of `ranks` ranks, each of all rows. Writes `losses` of all rows, and the
// gradient `share` (softmax - 1 of the label), 0 beyond the classes that count; `gradient` may be
// `scores`. `share` is 1 / labels of the batch, times the scale of the loss. Where ranks share a
// row, of equal highest scores each counts as the first.
void finish_loss(const ScoreShape& shape, const Tensor& scores, const std::int32_t* labels,
                 const ScoreStatistics* all, std::int64_t ranks, double share,
                 const Tensor& gradient, RowLoss* losses, StreamHandle stream);

struct BatchLoss {
  double loss;           // sum over rows
  std::int64_t correct;  // rows
};
void sum_losses(const RowLoss* losses, std::int64_t rows, BatchLoss* sum, StreamHandle stream);

}  // namespace rehearse::cuda
