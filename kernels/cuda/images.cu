#include "kernels/cuda/images.h"

#include "kernels/cuda/bodies/image_bodies.h"
#include "kernels/cuda/launch.h"

namespace rehearse::cuda {
namespace {

void transpose(const Tensor& x, std::int64_t rows, std::int64_t columns, const Tensor& y,
               StreamHandle stream) {
  EXPECTS(x.elements == y.elements && x.elements % (rows * columns) == 0 && x.data != y.data);
  for_each(y.elements, Transposed{inputs_of(x), rows, columns, outputs_of(y)}, stream);
}

std::int64_t elements_of(const ChannelShape& shape) {
  return shape.outer * shape.channels * shape.inner;
}

std::int64_t elements_of(const ImageShape& shape) {
  return shape.samples * shape.channels * shape.pixels;
}

}  // namespace

void channels_last(const Tensor& x, std::int64_t channels, std::int64_t pixels, const Tensor& y,
                   StreamHandle stream) {
  transpose(x, channels, pixels, y, stream);
}

void channels_first(const Tensor& x, std::int64_t channels, std::int64_t pixels, const Tensor& y,
                    StreamHandle stream) {
  transpose(x, pixels, channels, y, stream);
}

void copy_channels(const Tensor& x, const ChannelShape& of_x, std::int64_t from, const Tensor& y,
                   const ChannelShape& of_y, std::int64_t to, std::int64_t count,
                   StreamHandle stream) {
  EXPECTS(of_x.outer == of_y.outer && of_x.inner == of_y.inner);
  EXPECTS(x.elements == elements_of(of_x) && y.elements == elements_of(of_y));
  EXPECTS(from >= 0 && from + count <= of_x.channels && to >= 0 && to + count <= of_y.channels);
  for_each(of_x.outer * count * of_x.inner,
           ChannelSlice{inputs_of(x), of_x.channels, from, outputs_of(y), of_y.channels, to, count,
                        of_x.inner},
           stream);
}

void average_pixels(const ImageShape& shape, const Tensor& x, const Tensor& y,
                    StreamHandle stream) {
  EXPECTS(x.elements == elements_of(shape) && y.elements == shape.samples * shape.channels);
  for_each_row(y.elements, shape.pixels, PixelAverage{{shape}, inputs_of(x), outputs_of(y)},
               stream);
}

void average_pixels_backward(const ImageShape& shape, const Tensor& dy, const Tensor& dx,
                             StreamHandle stream) {
  EXPECTS(dx.elements == elements_of(shape) && dy.elements == shape.samples * shape.channels);
  for_each(dx.elements, PixelAverageBackward{shape, inputs_of(dy), outputs_of(dx)}, stream);
}

void normalize_response(const ChannelShape& shape, std::int64_t size, const Tensor& x,
                        const Tensor& y, StreamHandle stream) {
  EXPECTS(x.elements == elements_of(shape) && y.elements == x.elements && size % 2 == 1);
  for_each(x.elements, ResponseForward{{shape, size, inputs_of(x)}, outputs_of(y)}, stream);
}

void normalize_response_backward(const ChannelShape& shape, std::int64_t size, const Tensor& x,
                                 const Tensor& dy, const Tensor& dx, StreamHandle stream) {
  EXPECTS(x.elements == elements_of(shape) && size % 2 == 1);
  EXPECTS(dy.elements == x.elements && dx.elements == x.elements);
  for_each(x.elements, ResponseBackward{{shape, size, inputs_of(x)}, inputs_of(dy), outputs_of(dx)},
           stream);
}

}  // namespace rehearse::cuda
