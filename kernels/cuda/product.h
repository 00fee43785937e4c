// A product of matrices as plain data, and how cuBLASLt, whose matrices lie column by column, takes
// one of matrices that lie row by row: it computes the transpose, C^T = op(B)^T op(A)^T.
#pragma once

#include <compare>
#include <cstdint>

#include "kernels/tensor.h"

namespace rehearse::cuda {

// Row by row; `transposed`: it enters the product by its transpose.
struct MatrixSpec {
  ElementType type = ElementType::float32;
  std::int64_t stride = 0;  // from row to row
  bool transposed = false;
  std::int64_t batch_stride = 0;  // from matrix to matrix of a batch; 0: all are the same
  int alignment = 256;            // of its address, in bytes: a power of two, at most 256

  friend auto operator<=>(const MatrixSpec&, const MatrixSpec&) = default;
};

// What a product does to its result, or computes on the way.
enum class Epilogue : std::uint8_t {
  none,
  relu,
  bias,  // of each column
  bias_relu,
  bias_gradient,  // the sums of the rows of op(A), one for each row of C
  gelu,           // in the form with tanh; what it was applied to becomes the auxiliary matrix
  bias_gelu,
  gelu_gradient,  // times the slope of GELU at the auxiliary matrix
};

// Whether it reads or writes a vector of the type of C: a bias or its gradient.
bool has_vector(Epilogue epilogue);
// Whether it reads or writes a matrix besides C, of its type and stride.
bool has_auxiliary(Epilogue epilogue);

// C = alpha op(A) op(B) + beta C, of rows x inner and inner x columns; beta is 0 or 1.
struct Product {
  std::int64_t rows = 1, columns = 1, inner = 1;
  std::int64_t batch = 1;
  MatrixSpec a{}, b{}, c{};
  bool adds = false;    // beta
  bool narrow = false;  // products of fp32 are those of TF32
  Epilogue epilogue = Epilogue::none;

  friend auto operator<=>(const Product&, const Product&) = default;
};

// One matrix of the library: column by column as it lies, and whether the product transposes it.
struct LibraryMatrix {
  std::int64_t rows = 0, columns = 0, stride = 0;
  bool transposed = false;

  friend bool operator==(const LibraryMatrix&, const LibraryMatrix&) = default;
};

// D = op(first) op(second).
struct LibraryProduct {
  LibraryMatrix first, second, result;
};

LibraryProduct library_product(const Product& product);

// Rows of an auxiliary matrix are multiples of so many elements (cublasLt.h,
// CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD).
inline constexpr std::int64_t kAuxiliaryRows = 8;

// Whether the library may be asked for the product. GELU is for fp16 and bf16 and no batches: how
// exactly the library computes tanh is not documented, and that of a GPU's own instruction
// (tanh.approx.f32 of the PTX manual, a relative error of 2^-11) is not enough for fp32.
bool library_takes(const Product& product);

// Of the address, at most 256.
int alignment_of(const void* address);

}  // namespace rehearse::cuda
