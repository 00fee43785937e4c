#include "kernels/cuda/product.h"

#include "base/contract.h"

namespace rehearse::cuda {
namespace {

// op(M) is rows x columns. What lies row by row is the transpose of what the same memory is column
// by column.
LibraryMatrix as_columns(std::int64_t rows, std::int64_t columns, const MatrixSpec& matrix) {
  const bool t = matrix.transposed;
  const std::int64_t stored_rows = t ? columns : rows, stored_columns = t ? rows : columns;
  EXPECTS(matrix.stride >= stored_columns);
  return {.rows = stored_columns,
          .columns = stored_rows,
          .stride = matrix.stride,
          .transposed = matrix.transposed};
}

}  // namespace

bool has_vector(Epilogue epilogue) {
  return epilogue == Epilogue::bias || epilogue == Epilogue::bias_relu ||
         epilogue == Epilogue::bias_gradient || epilogue == Epilogue::bias_gelu;
}

bool has_auxiliary(Epilogue epilogue) {
  return epilogue == Epilogue::gelu || epilogue == Epilogue::bias_gelu ||
         epilogue == Epilogue::gelu_gradient;
}

bool library_takes(const Product& product) {
  if (!has_auxiliary(product.epilogue)) return true;
  return element_bytes(product.c.type) == 2 && product.c.stride % kAuxiliaryRows == 0 &&
         product.batch == 1;
}

LibraryProduct library_product(const Product& p) {
  EXPECTS(p.rows > 0 && p.columns > 0 && p.inner > 0 && !p.c.transposed);
  return {.first = as_columns(p.inner, p.columns, p.b),
          .second = as_columns(p.rows, p.inner, p.a),
          .result = as_columns(p.rows, p.columns, p.c)};
}

int alignment_of(const void* address) {
  constexpr std::uintptr_t kMost = 256;
  const std::uintptr_t bits = reinterpret_cast<std::uintptr_t>(address) | kMost;
  return static_cast<int>(bits & (~bits + 1));  // the lowest bit that is set
}

}  // namespace rehearse::cuda
