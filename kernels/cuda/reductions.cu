#include "kernels/cuda/reductions.h"

#include "kernels/cuda/bodies/reduction_bodies.h"
#include "kernels/cuda/launch.h"

namespace rehearse::cuda {

void column_sums(const Tensor& x, const Tensor& sums, float* scratch, StreamHandle stream) {
  const std::int64_t columns = sums.elements;
  EXPECTS(columns > 0 && x.elements % columns == 0);
  const std::int64_t rows = x.elements / columns, parts = column_parts(rows, columns);
  for_each(parts * columns, ColumnPart{inputs_of(x), rows, columns, parts, scratch}, stream);
  for_each_row(columns, parts, ColumnSum{scratch, columns, parts, outputs_of(sums)}, stream);
}

void sum_of_squares(const Tensor& x, double* sum, double* scratch, StreamHandle stream) {
  const std::int64_t pieces = square_scratch(x.elements);
  for_each_row(pieces, kSquarePiece, SquarePiece{inputs_of(x), x.elements, scratch}, stream);
  for_each_row(1, pieces, SquareSum{scratch, pieces, sum}, stream);
}

void find_overflow(const Tensor& x, std::int32_t* found, StreamHandle stream) {
  for_each(x.elements, OverflowSearch{inputs_of(x), found}, stream);
}

}  // namespace rehearse::cuda
