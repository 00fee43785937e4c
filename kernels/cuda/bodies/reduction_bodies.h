// What reductions.h does with a part.
#pragma once

#include "kernels/cuda/bodies/numbers.h"
#include "kernels/cuda/reductions.h"

namespace rehearse::cuda {

// Element (part, column) of the scratch memory: the sum over the rows of the part.
struct ColumnPart {
  Inputs x;
  std::int64_t rows, columns, count;  // of parts
  float* parts;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t part = i / columns, column = i % columns;
    float sum = 0;
    for (std::int64_t row = rows * part / count; row < rows * (part + 1) / count; ++row) {
      sum += x[row * columns + column];
    }
    parts[i] = sum;
  }
};

// Row `column`: the sum of its parts.
struct ColumnSum {
  const float* parts;
  std::int64_t columns, count;  // of parts
  Outputs sums;
  template <class Lanes>
  REHEARSE_HOST_DEVICE void operator()(std::int64_t column, const Lanes& lanes) const {
    float sum = 0;
    for (std::int64_t part = lanes.first(); part < count; part += lanes.step()) {
      sum += parts[part * columns + column];
    }
    sum = lanes.sum(sum);
    if (lanes.first() == 0) sums.set(column, sum);
  }
};

// Row `piece`: the sum of squares of the piece.
struct SquarePiece {
  Inputs x;
  std::int64_t elements;
  double* pieces;
  template <class Lanes>
  REHEARSE_HOST_DEVICE void operator()(std::int64_t piece, const Lanes& lanes) const {
    const std::int64_t begin = piece * kSquarePiece;
    const std::int64_t left = elements - begin;
    const std::int64_t end = begin + (left < kSquarePiece ? left : kSquarePiece);
    double sum = 0;
    for (std::int64_t i = begin + lanes.first(); i < end; i += lanes.step()) {
      const double value = x[i];
      sum += value * value;
    }
    sum = lanes.sum(sum);
    if (lanes.first() == 0) pieces[piece] = sum;
  }
};

// The only row: the sum of all pieces.
struct SquareSum {
  const double* pieces;
  std::int64_t count;
  double* total;
  template <class Lanes>
  REHEARSE_HOST_DEVICE void operator()(std::int64_t, const Lanes& lanes) const {
    double sum = 0;
    for (std::int64_t i = lanes.first(); i < count; i += lanes.step()) sum += pieces[i];
    sum = lanes.sum(sum);
    if (lanes.first() == 0) *total = sum;
  }
};

struct OverflowSearch {
  Inputs x;
  std::int32_t* found;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    if (!is_finite(x[i])) *found = 1;  // whoever writes, writes the same
  }
};

}  // namespace rehearse::cuda
