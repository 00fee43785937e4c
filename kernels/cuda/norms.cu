#include "kernels/cuda/norms.h"

#include "kernels/cuda/bodies/norm_bodies.h"
#include "kernels/cuda/bodies/reduction_bodies.h"
#include "kernels/cuda/launch.h"

namespace rehearse::cuda {
namespace {

void expect_rows(const NormShape& shape, const Tensor& tensor) {
  EXPECTS(tensor.elements == shape.rows * shape.width);
}

}  // namespace

void norm_forward(const NormShape& shape, const Tensor& x, const Tensor& scale, const Tensor& shift,
                  const Tensor& y, float* moments, StreamHandle stream) {
  expect_rows(shape, x);
  expect_rows(shape, y);
  EXPECTS(scale.elements == shape.width && (!shape.centred || shift.elements == shape.width));
  for_each_row(
      shape.rows, shape.width,
      NormForward{shape, inputs_of(x), inputs_of(scale), inputs_of(shift), outputs_of(y), moments},
      stream);
}

void norm_backward_data(const NormShape& shape, const Tensor& x, const Tensor& dy,
                        const Tensor& scale, const float* moments, const Tensor& dx,
                        StreamHandle stream) {
  expect_rows(shape, x);
  expect_rows(shape, dy);
  expect_rows(shape, dx);
  EXPECTS(scale.elements == shape.width);
  for_each_row(shape.rows, shape.width,
               NormBackwardData{shape, inputs_of(x), inputs_of(dy), inputs_of(scale), moments,
                                outputs_of(dx)},
               stream);
}

void norm_backward_parameters(const NormShape& shape, const Tensor& x, const Tensor& dy,
                              const float* moments, const Tensor& dscale, const Tensor& dshift,
                              float* scratch, StreamHandle stream) {
  expect_rows(shape, x);
  expect_rows(shape, dy);
  EXPECTS(dscale.elements == shape.width && (!shape.centred || dshift.elements == shape.width));
  float* const of_shift = scratch + column_scratch(shape.width);
  const std::int64_t parts = column_parts(shape.rows, shape.width);
  for_each(parts * shape.width,
           NormParameterPart{shape, inputs_of(x), inputs_of(dy), moments, parts, scratch, of_shift},
           stream);
  for_each_row(shape.width, parts, ColumnSum{scratch, shape.width, parts, outputs_of(dscale)},
               stream);
  if (!shape.centred) return;
  for_each_row(shape.width, parts, ColumnSum{of_shift, shape.width, parts, outputs_of(dshift)},
               stream);
}

}  // namespace rehearse::cuda
