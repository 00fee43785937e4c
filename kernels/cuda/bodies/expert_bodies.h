// What experts.h does to one element or row.
#pragma once

#include <cmath>

#include "kernels/cuda/bodies/numbers.h"
#include "kernels/cuda/experts.h"

namespace rehearse::cuda {

// Element: a row. Each pass finds the next expert in the order of falling scores and rising
// numbers.
struct Choice {
  RouterShape shape;
  Inputs scores;
  Outputs weights;

  REHEARSE_HOST_DEVICE std::int64_t next(std::int64_t begin, std::int64_t last) const {
    std::int64_t best = -1;
    float highest = 0;
    for (std::int64_t e = 0; e < shape.experts; ++e) {
      const float score = scores[begin + e];
      if (last >= 0) {
        const float before = scores[begin + last];
        if (score > before || (score == before && e <= last)) continue;
      }
      if (best < 0 || score > highest) {
        best = e;
        highest = score;
      }
    }
    return best;
  }

  REHEARSE_HOST_DEVICE void operator()(std::int64_t row) const {
    const std::int64_t begin = row * shape.experts;
    for (std::int64_t e = 0; e < shape.experts; ++e) weights.set(begin + e, 0);
    float largest = 0, sum = 0;
    std::int64_t expert = -1;
    for (std::int64_t k = 0; k < shape.active; ++k) {
      expert = next(begin, expert);
      if (k == 0) largest = scores[begin + expert];
      sum += expf(scores[begin + expert] - largest);
    }
    expert = -1;
    for (std::int64_t k = 0; k < shape.active; ++k) {
      expert = next(begin, expert);
      weights.set(begin + expert, expf(scores[begin + expert] - largest) / sum);
    }
  }
};

// Element: a row.
struct ChoiceBackward {
  RouterShape shape;
  Inputs weights, dweights;
  Outputs dscores;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t row) const {
    const std::int64_t begin = row * shape.experts;
    float mean = 0;
    for (std::int64_t e = 0; e < shape.experts; ++e)
      mean += weights[begin + e] * dweights[begin + e];
    for (std::int64_t e = 0; e < shape.experts; ++e) {
      dscores.set(begin + e, weights[begin + e] * (dweights[begin + e] - mean));
    }
  }
};

// Element (piece of rows, expert): how many of the rows have it.
struct PlaceCount {
  RouterShape shape;
  Inputs weights;
  std::int32_t* counts;

  REHEARSE_HOST_DEVICE std::int64_t end(std::int64_t piece) const {
    const std::int64_t end = (piece + 1) * kPlaceRows;
    return end < shape.rows ? end : shape.rows;
  }
  REHEARSE_HOST_DEVICE bool has(std::int64_t row, std::int64_t expert) const {
    return weights[row * shape.experts + expert] > 0;
  }
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t piece = i / shape.experts, expert = i % shape.experts;
    std::int32_t count = 0;
    for (std::int64_t row = piece * kPlaceRows; row < end(piece); ++row) {
      if (has(row, expert)) ++count;
    }
    counts[i] = count;
  }
};

// Element: an expert. Turns the counts of its pieces into those before them; the row behind the
// last piece gets the sum.
struct PlacesBefore {
  std::int64_t pieces, experts;
  std::int32_t* counts;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t expert) const {
    std::int32_t before = 0;
    for (std::int64_t piece = 0; piece < pieces; ++piece) {
      std::int32_t& here = counts[piece * experts + expert];
      const std::int32_t count = here;
      here = before;
      before += count;
    }
    counts[pieces * experts + expert] = before;
  }
};

// The only element.
struct FirstPlaces {
  std::int64_t experts;
  const std::int32_t* counts;
  std::int32_t* firsts;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t) const {
    firsts[0] = 0;
    for (std::int64_t e = 0; e < experts; ++e) firsts[e + 1] = firsts[e] + counts[e];
  }
};

// Element (piece of rows, expert): gives out the places.
struct PlaceRows {
  PlaceCount pieces;
  Places places;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t experts = pieces.shape.experts;
    const std::int64_t piece = i / experts, expert = i % experts;
    std::int32_t next = places.firsts[expert] + pieces.counts[i];
    for (std::int64_t row = piece * kPlaceRows; row < pieces.end(piece); ++row) {
      const bool has = pieces.has(row, expert);
      places.place[row * experts + expert] = has ? next : -1;
      if (has) places.row[next++] = static_cast<std::int32_t>(row);
    }
  }
};

// Element (place, feature).
struct GatheredRow {
  Inputs x;
  std::int64_t width;
  const std::int32_t* row;
  Outputs copies;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    copies.set(i, x[row[i / width] * width + i % width]);
  }
};

// Element (row, feature).
struct CombinedRow {
  std::int64_t experts;
  Inputs weights, copies;
  std::int64_t width;
  const std::int32_t* place;
  Outputs y;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t row = i / width, feature = i % width;
    float sum = 0;
    for (std::int64_t e = row * experts; e < (row + 1) * experts; ++e) {
      if (place[e] < 0) continue;
      const float weight = weights.data == nullptr ? 1.0F : weights[e];
      sum += weight * copies[place[e] * width + feature];
    }
    y.set(i, sum);
  }
};

// Row (row, expert).
struct CombinedRowBackward {
  std::int64_t experts;
  Inputs weights, copies, dy;
  std::int64_t width;
  const std::int32_t* place;
  Outputs dcopies, dweights;

  template <class Lanes>
  REHEARSE_HOST_DEVICE void operator()(std::int64_t pair, const Lanes& lanes) const {
    const std::int64_t from = pair / experts * width, to = place[pair] * width;
    float sum = 0;
    if (to >= 0) {
      const float weight = weights[pair];
      for (std::int64_t i = lanes.first(); i < width; i += lanes.step()) {
        const float gradient = dy[from + i];
        sum += copies[to + i] * gradient;
        dcopies.set(to + i, weight * gradient);
      }
    }
    sum = lanes.sum(sum);
    if (lanes.first() == 0 && dweights.data != nullptr) dweights.set(pair, sum);
  }
};

}  // namespace rehearse::cuda
