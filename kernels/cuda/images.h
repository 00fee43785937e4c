// Order of images in memory, slices of channels, averages and local response normalisation, on a
// GPU. Launchers keep the rules of elementwise.h.
#pragma once

#include <cstdint>

#include "kernels/cuda/cuda_stream.h"
#include "kernels/tensor.h"

namespace rehearse::cuda {

// Samples of `channels` x `pixels` (NCHW) into `pixels` x `channels` (NHWC), or back; casts.
// REQUIRES: y is not x.
void channels_last(const Tensor& x, std::int64_t channels, std::int64_t pixels, const Tensor& y,
                   StreamHandle stream);
void channels_first(const Tensor& x, std::int64_t channels, std::int64_t pixels, const Tensor& y,
                    StreamHandle stream);

// A tensor as outer x channels x inner: of NCHW inner is the pixels of a sample, of NHWC it is 1
// and outer is samples times pixels.
struct ChannelShape {
  std::int64_t outer = 0, channels = 0, inner = 1;
};

// Copies `count` channels of x, from channel `from` on, to those of y from channel `to` on: a
// concatenation is one call for each input, its gradient one the other way. REQUIRES: equal outer
// and inner.
void copy_channels(const Tensor& x, const ChannelShape& of_x, std::int64_t from, const Tensor& y,
                   const ChannelShape& of_y, std::int64_t to, std::int64_t count,
                   StreamHandle stream);

// Whole images: samples x channels x pixels, or samples x pixels x channels.
struct ImageShape {
  std::int64_t samples = 0, channels = 0, pixels = 0;
  bool channels_last = false;
};
// y[sample, channel] = mean over the pixels.
void average_pixels(const ImageShape& shape, const Tensor& x, const Tensor& y, StreamHandle stream);
void average_pixels_backward(const ImageShape& shape, const Tensor& dy, const Tensor& dx,
                             StreamHandle stream);

// y = x / (1 + 1e-4 / size * sum of squares)^0.75, the sum over the `size` channels around x: the
// constants of kernels/cpu/ops/lrn.cc. REQUIRES: `size` is odd; y is not x, dx neither x nor dy.
void normalize_response(const ChannelShape& shape, std::int64_t size, const Tensor& x,
                        const Tensor& y, StreamHandle stream);
void normalize_response_backward(const ChannelShape& shape, std::int64_t size, const Tensor& x,
                                 const Tensor& dy, const Tensor& dx, StreamHandle stream);

}  // namespace rehearse::cuda
