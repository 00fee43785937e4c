// What attention_softmax.h does with a row.
#pragma once

#include <cmath>

#include "kernels/cuda/attention_softmax.h"
#include "kernels/cuda/bodies/numbers.h"

namespace rehearse::cuda {

struct KeyRange {
  std::int64_t begin, end;
};

// The keys that a query sees.
REHEARSE_HOST_DEVICE inline KeyRange keys_of(std::int64_t query, const ScoreMatrices& of) {
  const std::int64_t end = of.causal ? query + 1 : of.steps;
  if (of.window == 0) return {0, end};
  const std::int64_t before = of.causal ? of.window - 1 : of.window / 2;
  const std::int64_t last = query + of.window - of.window / 2;
  return {query > before ? query - before : 0, of.causal || last > of.steps ? end : last};
}

struct AttentionSoftmax {
  ScoreMatrices of;
  Inputs scores;
  Outputs weights;

  template <class Lanes>
  REHEARSE_HOST_DEVICE void operator()(std::int64_t row, const Lanes& lanes) const {
    const KeyRange keys = keys_of(row % of.steps, of);
    const std::int64_t begin = row * of.steps;
    float largest = -INFINITY, sum = 0;
    for (std::int64_t k = keys.begin + lanes.first(); k < keys.end; k += lanes.step()) {
      const float score = of.scale * scores[begin + k];
      if (score > largest) largest = score;
    }
    largest = lanes.most(largest);
    for (std::int64_t k = keys.begin + lanes.first(); k < keys.end; k += lanes.step()) {
      sum += expf(of.scale * scores[begin + k] - largest);
    }
    const float factor = 1.0F / lanes.sum(sum);
    for (std::int64_t k = lanes.first(); k < of.steps; k += lanes.step()) {
      const bool sees = keys.begin <= k && k < keys.end;
      weights.set(begin + k, sees ? factor * expf(of.scale * scores[begin + k] - largest) : 0.0F);
    }
  }
};

struct AttentionSoftmaxBackward {
  ScoreMatrices of;
  Inputs weights, dweights;
  Outputs dscores;

  template <class Lanes>
  REHEARSE_HOST_DEVICE void operator()(std::int64_t row, const Lanes& lanes) const {
    const std::int64_t begin = row * of.steps;
    float sum = 0;
    for (std::int64_t k = lanes.first(); k < of.steps; k += lanes.step()) {
      sum += weights[begin + k] * dweights[begin + k];
    }
    sum = lanes.sum(sum);
    for (std::int64_t k = lanes.first(); k < of.steps; k += lanes.step()) {
      dscores.set(begin + k, of.scale * weights[begin + k] * (dweights[begin + k] - sum));
    }
  }
};

}  // namespace rehearse::cuda
