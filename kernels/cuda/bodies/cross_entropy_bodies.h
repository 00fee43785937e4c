// What cross_entropy.h does with a row.
#pragma once

#include <cmath>

#include "kernels/cuda/bodies/numbers.h"
#include "kernels/cuda/cross_entropy.h"

namespace rehearse::cuda {

struct StatisticsOfRow {
  ScoreShape shape;
  Inputs scores;
  const std::int32_t* labels;
  ScoreStatistics* own;

  template <class Lanes>
  REHEARSE_HOST_DEVICE void operator()(std::int64_t row, const Lanes& lanes) const {
    const std::int64_t begin = row * shape.stride;
    float largest = -INFINITY, total = 0;
    for (std::int64_t i = lanes.first(); i < shape.classes; i += lanes.step()) {
      const float score = scores[begin + i];
      if (score > largest) largest = score;
    }
    largest = lanes.most(largest);
    for (std::int64_t i = lanes.first(); i < shape.classes; i += lanes.step()) {
      total += expf(scores[begin + i] - largest);
    }
    total = lanes.sum(total);
    if (lanes.first() != 0) return;
    const std::int64_t label = labels[row] - shape.first;
    const bool is_here = label >= 0 && label < shape.classes;
    own[row] = {largest, total, is_here ? scores[begin + label] : -INFINITY};
  }
};

struct LossOfRow {
  ScoreShape shape;
  Inputs scores;
  const std::int32_t* labels;
  const ScoreStatistics* all;
  std::int64_t ranks;
  float share;
  Outputs gradient;
  RowLoss* losses;

  template <class Lanes>
  REHEARSE_HOST_DEVICE void operator()(std::int64_t row, const Lanes& lanes) const {
    float largest = -INFINITY, own = -INFINITY, total = 0;
    for (std::int64_t r = 0; r < ranks; ++r) {
      const ScoreStatistics& one = all[r * shape.rows + row];
      if (one.largest > largest) largest = one.largest;
      if (one.own > own) own = one.own;
    }
    for (std::int64_t r = 0; r < ranks; ++r) {
      const ScoreStatistics& one = all[r * shape.rows + row];
      if (one.total > 0) total += one.total * expf(one.largest - largest);
    }
    const std::int64_t begin = row * shape.stride;
    const std::int64_t label = labels[row] - shape.first;
    std::int32_t earlier = 0;  // scores before that of the label that are as high
    if (ranks == 1) {
      for (std::int64_t i = lanes.first(); i < label; i += lanes.step()) {
        if (scores[begin + i] == largest) earlier = 1;
      }
      earlier = lanes.sum(earlier);  // and nobody writes before all have read
    }
    for (std::int64_t i = lanes.first(); i < shape.stride; i += lanes.step()) {
      float softmax = 0;
      if (i < shape.classes) softmax = expf(scores[begin + i] - largest) / total;
      gradient.set(begin + i, share * (i == label && i < shape.classes ? softmax - 1 : softmax));
    }
    if (lanes.first() != 0) return;
    losses[row] = {logf(total) - (own - largest), own == largest && earlier == 0 ? 1 : 0};
  }
};

// The only row.
struct LossOfBatch {
  const RowLoss* losses;
  std::int64_t rows;
  BatchLoss* to;

  template <class Lanes>
  REHEARSE_HOST_DEVICE void operator()(std::int64_t, const Lanes& lanes) const {
    double loss = 0, correct = 0;
    for (std::int64_t row = lanes.first(); row < rows; row += lanes.step()) {
      loss += losses[row].loss;
      correct += losses[row].correct;
    }
    loss = lanes.sum(loss);
    correct = lanes.sum(correct);
    if (lanes.first() == 0) *to = {loss, static_cast<std::int64_t>(correct)};
  }
};

}  // namespace rehearse::cuda
