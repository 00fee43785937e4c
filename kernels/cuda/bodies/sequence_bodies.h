// What sequences.h does to one element.
#pragma once

#include "kernels/cuda/bodies/numbers.h"
#include "kernels/cuda/sequences.h"

namespace rehearse::cuda {

struct Embedded {
  TableShape shape;
  const std::int32_t* tokens;
  Inputs table;
  Outputs y;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t row = tokens[i / shape.width] - shape.first;
    const bool is_here = row >= 0 && row < shape.rows;
    y.set(i, is_here ? table[row * shape.width + i % shape.width] : 0.0F);
  }
};

// Element (distinct token, feature).
struct TableGradient {
  TableShape shape;
  SortedTokens tokens;
  Inputs dy;
  Outputs dtable;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t token = i / shape.width, feature = i % shape.width;
    const std::int64_t to = tokens.rows[token] * shape.width + feature;
    float sum = dtable[to];
    for (std::int32_t k = tokens.starts[token]; k < tokens.starts[token + 1]; ++k) {
      sum += dy[tokens.order[k] * shape.width + feature];
    }
    dtable.set(to, sum);
  }
};

struct PositionSum {
  PositionShape shape;
  Inputs x, table;
  Outputs y;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t position = shape.first + i / shape.width % shape.steps;
    y.set(i, x[i] + table[position * shape.width + i % shape.width]);
  }
};

// Element (position, feature) of the table.
struct PositionGradient {
  PositionShape shape;
  Inputs dy;
  Outputs dtable;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t step = i / shape.width - shape.first, feature = i % shape.width;
    float sum = 0;
    if (step >= 0 && step < shape.steps) {
      for (std::int64_t n = 0; n < shape.batch; ++n) {
        sum += dy[(n * shape.steps + step) * shape.width + feature];
      }
    }
    dtable.set(i, sum);
  }
};

// Element (row, feature); that of the first half of a head writes both.
struct Rotation {
  RotaryShape shape;
  const float *cosines, *sines;
  float sign;
  Inputs x;
  Outputs y;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t at) const {
    const std::int64_t feature = at % shape.width;
    if (feature >= 2 * shape.half * shape.turned) return y.set(at, x[at]);
    const std::int64_t i = feature % (2 * shape.half);
    if (i >= shape.half) return;
    const std::int64_t angle = at / shape.width % shape.steps * shape.half + i;
    const float a = x[at], b = x[at + shape.half];
    const float cosine = cosines[angle], sine = sign * sines[angle];
    y.set(at, a * cosine - b * sine);
    y.set(at + shape.half, b * cosine + a * sine);
  }
};

// Element of y, which is second x first x block.
struct SwappedAxes {
  Inputs x;
  std::int64_t first, second, block;
  Outputs y;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t at = i / block;
    y.set(i, x[(at % first * second + at / first) * block + i % block]);
  }
};

}  // namespace rehearse::cuda
