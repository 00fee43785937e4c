#include "kernels/cuda/blas_product.h"

#include "base/contract.h"
#include "kernels/cuda/row_product.h"

namespace rehearse::cuda {

Product row_major(const ProductShape& shape, ElementType type, bool narrow) {
  using enum ProductLayout;
  EXPECTS(shape.layout != grouped);
  const auto m = static_cast<std::int64_t>(shape.m), n = static_cast<std::int64_t>(shape.n),
             k = static_cast<std::int64_t>(shape.k);
  const bool a_transposed = shape.layout == tn || shape.layout == tt || shape.layout == not_told;
  const bool b_transposed = shape.layout == nt || shape.layout == tt;
  const auto matrix = [&](std::int64_t stride, std::int64_t elements, bool transposed) {
    return MatrixSpec{.type = type,
                      .stride = stride,
                      .transposed = transposed,
                      .batch_stride = elements,
                      .alignment = alignment_of(type, {stride, elements})};
  };
  return {.rows = n,
          .columns = m,
          .inner = k,
          .batch = static_cast<std::int64_t>(shape.batch_count),
          .a = matrix(b_transposed ? n : k, n * k, b_transposed),
          .b = matrix(a_transposed ? k : m, k * m, a_transposed),
          .c = matrix(m, n * m, false),
          .narrow = narrow};
}

}  // namespace rehearse::cuda
