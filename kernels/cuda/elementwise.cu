#include "kernels/cuda/elementwise.h"

#include "kernels/cuda/bodies/elementwise_bodies.h"
#include "kernels/cuda/launch.h"

namespace rehearse::cuda {

void apply(Function function, const Tensor& x, const Tensor& y, StreamHandle stream) {
  EXPECTS(x.elements == y.elements);
  with_function(function, [&]<class F>(F) {
    for_each(x.elements, Forward<F>{inputs_of(x), outputs_of(y)}, stream);
  });
}

void apply_backward(Function function, const Tensor& kept, const Tensor& dy, const Tensor& dx,
                    StreamHandle stream) {
  EXPECTS(kept.elements == dy.elements && dy.elements == dx.elements);
  with_function(function, [&]<class F>(F) {
    for_each(dy.elements, Backward<F>{inputs_of(kept), inputs_of(dy), outputs_of(dx)}, stream);
  });
}

void add(const std::vector<Tensor>& from, const Tensor& y, bool relu, StreamHandle stream) {
  EXPECTS(from.size() >= 2 && from.size() <= Sum::kMost);
  Sum body{.from = {}, .count = 0, .relu = relu, .y = outputs_of(y)};
  for (const Tensor& one : from) {
    EXPECTS(one.elements == y.elements);
    body.from[body.count++] = inputs_of(one);
  }
  for_each(y.elements, body, stream);
}

void scale(const Tensor& x, float factor, const Tensor& y, StreamHandle stream) {
  EXPECTS(x.elements == y.elements);
  for_each(x.elements, Scaled{inputs_of(x), factor, outputs_of(y)}, stream);
}

void gated_unit(const Tensor& x, const Tensor& y, std::int64_t width, StreamHandle stream) {
  EXPECTS(x.elements == 2 * y.elements && y.elements % width == 0);
  for_each(y.elements, GatedUnit{inputs_of(x), outputs_of(y), width}, stream);
}

void gated_unit_backward(const Tensor& x, const Tensor& dy, const Tensor& dx, std::int64_t width,
                         StreamHandle stream) {
  EXPECTS(x.elements == dx.elements && x.elements == 2 * dy.elements && dy.elements % width == 0);
  for_each(dy.elements, GatedUnitBackward{inputs_of(x), inputs_of(dy), outputs_of(dx), width},
           stream);
}

void add_bias(const Tensor& x, const Tensor& bias, const Tensor& y, StreamHandle stream) {
  EXPECTS(x.elements == y.elements && x.elements % bias.elements == 0);
  for_each(x.elements, BiasSum{inputs_of(x), inputs_of(bias), bias.elements, outputs_of(y)},
           stream);
}

void dropout(const Tensor& x, const DropoutMask& mask, const Tensor& y, StreamHandle stream) {
  EXPECTS(x.elements == y.elements);
  for_each((x.elements + 3) / 4, dropout_body(x, mask, y), stream);
}

}  // namespace rehearse::cuda
