// What images.h does to one element.
#pragma once

#include <cmath>

#include "kernels/cuda/bodies/numbers.h"
#include "kernels/cuda/images.h"

namespace rehearse::cuda {

// Element of y: samples of rows x columns become columns x rows.
struct Transposed {
  Inputs x;
  std::int64_t rows, columns;  // of a sample of x
  Outputs y;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t sample = i / (rows * columns), at = i % (rows * columns);
    y.set(i, x[sample * rows * columns + at % rows * columns + at / rows]);
  }
};

// Element (outer, channel of the slice, inner).
struct ChannelSlice {
  Inputs x;
  std::int64_t x_channels, from;
  Outputs y;
  std::int64_t y_channels, to, count, inner;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t outer = i / (count * inner), at = i % (count * inner);
    y.set((outer * y_channels + to) * inner + at, x[(outer * x_channels + from) * inner + at]);
  }
};

// Where the pixels of a channel of a sample begin and how far apart they are.
struct PixelWalk {
  ImageShape shape;
  REHEARSE_HOST_DEVICE std::int64_t begin(std::int64_t image) const {
    if (!shape.channels_last) return image * shape.pixels;
    return image / shape.channels * shape.channels * shape.pixels + image % shape.channels;
  }
  REHEARSE_HOST_DEVICE std::int64_t step() const {
    return shape.channels_last ? shape.channels : 1;
  }
};

// Row (sample, channel).
struct PixelAverage {
  PixelWalk walk;
  Inputs x;
  Outputs y;
  template <class Lanes>
  REHEARSE_HOST_DEVICE void operator()(std::int64_t row, const Lanes& lanes) const {
    const std::int64_t begin = walk.begin(row);
    float sum = 0;
    for (std::int64_t i = lanes.first(); i < walk.shape.pixels; i += lanes.step()) {
      sum += x[begin + i * walk.step()];
    }
    sum = lanes.sum(sum);
    if (lanes.first() == 0) y.set(row, sum / static_cast<float>(walk.shape.pixels));
  }
};

struct PixelAverageBackward {
  ImageShape shape;
  Inputs dy;
  Outputs dx;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t whole = shape.channels * shape.pixels;
    const std::int64_t image =
        shape.channels_last ? i / whole * shape.channels + i % shape.channels : i / shape.pixels;
    dx.set(i, dy[image] / static_cast<float>(shape.pixels));
  }
};

// The window of a channel, of an element at `at` and `channel`.
struct ResponseWindow {
  static constexpr float kAlpha = 1e-4F, kBeta = 0.75F, kOffset = 1;  // as kernels/cpu/ops/lrn.cc

  ChannelShape shape;
  std::int64_t size;
  Inputs x;

  REHEARSE_HOST_DEVICE std::int64_t channel(std::int64_t at) const {
    return at / shape.inner % shape.channels;
  }
  REHEARSE_HOST_DEVICE std::int64_t first(std::int64_t channel) const {
    return channel < size / 2 ? -channel : -(size / 2);
  }
  REHEARSE_HOST_DEVICE std::int64_t last(std::int64_t channel) const {
    const std::int64_t left = shape.channels - 1 - channel;
    return left < size / 2 ? left : size / 2;
  }
  // 1 + alpha / size * sum of squares.
  REHEARSE_HOST_DEVICE float base(std::int64_t at) const {
    const std::int64_t c = channel(at);
    float squares = 0;
    for (std::int64_t k = first(c); k <= last(c); ++k) {
      const float value = x[at + k * shape.inner];
      squares += value * value;
    }
    return kOffset + kAlpha / static_cast<float>(size) * squares;
  }
};

struct ResponseForward {
  ResponseWindow window;
  Outputs y;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    y.set(i, window.x[i] * powf(window.base(i), -ResponseWindow::kBeta));
  }
};

// dx = dy b^-beta - 2 alpha beta / size x sum over the window of dy x b^(-beta - 1).
struct ResponseBackward {
  ResponseWindow window;
  Inputs dy;
  Outputs dx;
  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    constexpr float kBeta = ResponseWindow::kBeta;
    const std::int64_t c = window.channel(i);
    float sum = 0;
    for (std::int64_t k = window.first(c); k <= window.last(c); ++k) {
      const std::int64_t other = i + k * window.shape.inner;
      sum += dy[other] * window.x[other] * powf(window.base(other), -kBeta - 1);
    }
    const float factor =
        2 * ResponseWindow::kAlpha * kBeta / static_cast<float>(window.size) * window.x[i];
    dx.set(i, dy[i] * powf(window.base(i), -kBeta) - factor * sum);
  }
};

}  // namespace rehearse::cuda
