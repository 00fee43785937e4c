// How products are handed to cuBLASLt, without a GPU: a stand-in of the library, whose matrices lie
// column by column, computes them.
#include "kernels/cuda/product.h"

#include <gtest/gtest.h>

#include <vector>

#include "kernels/cuda/blas_product.h"
#include "kernels/cuda/row_product.h"

namespace rehearse::cuda {
namespace {

// op(M)[row, column] of a matrix that lies column by column.
float element(const LibraryMatrix& matrix, const std::vector<float>& values, std::int64_t row,
              std::int64_t column) {
  if (matrix.transposed) std::swap(row, column);
  EXPECT_LT(row, matrix.rows);
  EXPECT_LT(column, matrix.columns);
  return values.at(static_cast<std::size_t>(column * matrix.stride + row));
}

std::vector<float> library(const Product& product, const std::vector<float>& a,
                           const std::vector<float>& b) {
  const LibraryProduct as = library_product(product);
  std::vector<float> c(static_cast<std::size_t>(as.result.stride * as.result.columns));
  for (std::int64_t column = 0; column < as.result.columns; ++column) {
    for (std::int64_t row = 0; row < as.result.rows; ++row) {
      float sum = 0;
      for (std::int64_t k = 0; k < product.inner; ++k) {
        sum += element(as.first, b, row, k) * element(as.second, a, k, column);
      }
      c[static_cast<std::size_t>(column * as.result.stride + row)] = sum;
    }
  }
  return c;
}

// x is 2 x 3, W 2 x 3, dy 2 x 2, row by row.
const RowProduct kRows{.rows = 2, .in = 3, .out = 2};
const std::vector<float> kX{1, 2, 3, 4, 5, 6}, kW{1, 0, 1, 0, 1, 0}, kDy{1, 2, 3, 4};

TEST(CudaProduct, ForwardIsXTimesTheTransposeOfW) {
  // Row 1: 1 + 3 = 4 and 2; row 2: 4 + 6 = 10 and 5.
  const Product product = forward_product(kRows, false, false);
  EXPECT_EQ(library(product, kX, kW), (std::vector<float>{4, 2, 10, 5}));
}

TEST(CudaProduct, WeightsGradientIsTheTransposeOfDyTimesX) {
  // Row 1: 1 (1 2 3) + 3 (4 5 6) = 13 17 21; row 2: 2 (1 2 3) + 4 (4 5 6) = 18 24 30.
  const Product product = weights_product(kRows, nullptr, false);
  EXPECT_EQ(library(product, kDy, kX), (std::vector<float>{13, 17, 21, 18, 24, 30}));
}

TEST(CudaProduct, DataGradientIsDyTimesW) {
  // Row 1: 1 (1 0 1) + 2 (0 1 0); row 2: 3 (1 0 1) + 4 (0 1 0).
  const Product product = data_product(kRows);
  EXPECT_EQ(library(product, kDy, kW), (std::vector<float>{1, 2, 1, 3, 4, 3}));
}

TEST(CudaProduct, RowsMayLieApart) {
  // W and y are the first columns of wider matrices.
  Product product = forward_product(kRows, false, false);
  product.b.stride = 4;
  product.c.stride = 3;
  const std::vector<float> wide{1, 0, 1, 9, 0, 1, 0, 9};
  EXPECT_EQ(library(product, kX, wide), (std::vector<float>{4, 2, 0, 10, 5, 0}));
}

TEST(CudaProduct, EpiloguesFollowBiasAndRelu) {
  EXPECT_EQ(forward_product(kRows, false, false).epilogue, Epilogue::none);
  EXPECT_EQ(forward_product(kRows, true, false).epilogue, Epilogue::bias);
  EXPECT_EQ(forward_product(kRows, false, true).epilogue, Epilogue::relu);
  EXPECT_EQ(forward_product(kRows, true, true).epilogue, Epilogue::bias_relu);
}

TEST(CudaProduct, GradientsOfWeightsAreWide) {
  RowProduct narrow = kRows;
  narrow.type = ElementType::bfloat16;
  const Product product = weights_product(narrow, nullptr, true);
  EXPECT_EQ(product.a.type, ElementType::bfloat16);
  EXPECT_EQ(product.c.type, ElementType::float32);
  EXPECT_TRUE(product.adds);
}

TEST(CudaProduct, KnowsHowAddressesAreAligned) {
  const auto at = [](std::uintptr_t address) {
    return alignment_of(reinterpret_cast<const void*>(address));
  };
  EXPECT_EQ(at(4096), 256);
  EXPECT_EQ(at(4096 + 64), 64);
  EXPECT_EQ(at(4096 + 36), 4);
  // Multiples of 12 numbers of 2 bytes, 24 bytes, are aligned to 8; of 8 numbers to 16.
  EXPECT_EQ(alignment_of(ElementType::bfloat16, {12}), 8);
  EXPECT_EQ(alignment_of(ElementType::bfloat16, {8, 16}), 16);
  EXPECT_EQ(alignment_of(ElementType::float32, {8, 3}), 4);
}

// C of 2 x 3 from A of 2 x 4 and B of 4 x 3, all column by column: what the library gets are the
// matrices of BLAS themselves, as they lie.
TEST(CudaProduct, OfBlasIsThatOfTheLibrary) {
  using enum ProductLayout;
  ProductShape shape{.m = 2, .n = 3, .k = 4, .batch_count = 5, .layout = tn};
  const LibraryMatrix a{2, 4, 2, false}, a_transposed{4, 2, 4, true};
  const LibraryMatrix b{4, 3, 4, false}, b_transposed{3, 4, 3, true};
  const auto got = [&](ProductLayout layout) {
    shape.layout = layout;
    return library_product(row_major(shape, ElementType::bfloat16, false));
  };
  EXPECT_EQ(got(nn).first, a);
  EXPECT_EQ(got(nn).second, b);
  EXPECT_EQ(got(nn).result, (LibraryMatrix{2, 3, 2, false}));
  EXPECT_EQ(got(tn).first, a_transposed);
  EXPECT_EQ(got(tn).second, b);
  EXPECT_EQ(got(nt).first, a);
  EXPECT_EQ(got(nt).second, b_transposed);
  EXPECT_EQ(got(tt).first, a_transposed);
  EXPECT_EQ(got(tt).second, b_transposed);
  EXPECT_EQ(got(not_told).first, a_transposed);
  // The library's second matrix is the first of the product by rows: 4 x 3 numbers to the next.
  const Product product = row_major(shape, ElementType::bfloat16, false);
  EXPECT_EQ(product.batch, 5);
  EXPECT_EQ(product.a.batch_stride, 12);
  EXPECT_EQ(product.b.batch_stride, 8);
  EXPECT_EQ(product.c.batch_stride, 6);
  // Addresses 24 bytes apart are aligned to 8, rows of 4 numbers too.
  EXPECT_EQ(product.a.alignment, 8);
}

TEST(CudaProduct, IsItsOwnKey) {
  const Product one = forward_product(kRows, true, false);
  Product other = one;
  EXPECT_EQ(one, other);
  other.a.alignment = 4;
  EXPECT_NE(one, other);
}

}  // namespace
}  // namespace rehearse::cuda
