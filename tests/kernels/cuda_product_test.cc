// How products are handed to cuBLASLt, without a GPU: a stand-in of the library, whose matrices lie
// column by column, computes them.
#include "kernels/cuda/product.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "kernels/cuda/blas_product.h"
#include "kernels/cuda/bodies/elementwise_bodies.h"
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

// What an epilogue reads or writes besides the result.
struct Besides {
  std::vector<float> bias{}, auxiliary{};
};

// A bias has a number for each of the library's rows; an auxiliary matrix lies as the result.
float finished(Epilogue epilogue, float sum, float bias, float& auxiliary) {
  switch (epilogue) {
    case Epilogue::relu:
      return Relu::value(sum);
    case Epilogue::bias:
      return sum + bias;
    case Epilogue::bias_relu:
      return Relu::value(sum + bias);
    case Epilogue::gelu:
      return Gelu::value(auxiliary = sum);
    case Epilogue::bias_gelu:
      return Gelu::value(auxiliary = sum + bias);
    case Epilogue::gelu_gradient:
      return sum * Gelu::slope(auxiliary);
    case Epilogue::none:
    case Epilogue::bias_gradient:
      break;
  }
  return sum;
}

std::vector<float> library(const Product& product, const std::vector<float>& a,
                           const std::vector<float>& b, Besides* besides = nullptr) {
  const LibraryProduct as = library_product(product);
  std::vector<float> c(static_cast<std::size_t>(as.result.stride * as.result.columns));
  Besides none;
  Besides& with = besides != nullptr ? *besides : none;
  with.bias.resize(static_cast<std::size_t>(as.result.rows));
  with.auxiliary.resize(c.size());
  for (std::int64_t column = 0; column < as.result.columns; ++column) {
    for (std::int64_t row = 0; row < as.result.rows; ++row) {
      float sum = 0;
      for (std::int64_t k = 0; k < product.inner; ++k) {
        sum += element(as.first, b, row, k) * element(as.second, a, k, column);
      }
      const auto at = static_cast<std::size_t>(column * as.result.stride + row);
      const float bias = with.bias[static_cast<std::size_t>(row)];
      c[at] = finished(product.epilogue, sum, bias, with.auxiliary[at]);
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
  EXPECT_EQ(gelu_product(kRows, false).epilogue, Epilogue::gelu);
  EXPECT_EQ(gelu_product(kRows, true).epilogue, Epilogue::bias_gelu);
  EXPECT_EQ(gelu_data_product(kRows).epilogue, Epilogue::gelu_gradient);
  // Row 1: 4 - 5 and 2 + 1; row 2: 10 - 5 and 5 + 1.
  Besides besides{.bias = {-5, 1}};
  EXPECT_EQ(library(forward_product(kRows, true, true), kX, kW, &besides),
            (std::vector<float>{0, 3, 5, 6}));
}

TEST(CudaProduct, GeluLeavesWhatItWasAppliedTo) {
  // Row 1: 4 - 4 and 2 + 1; row 2: 10 - 4 and 5 + 1. Of 3: 2 u = 2 * 0.7978846 (3 + 0.044715 * 27)
  // = 6.7138874, 3 / (1 + exp(-6.7138874)) = 2.9963626; of 6 it is 6 but for 1e-10.
  Besides besides{.bias = {-4, 1}};
  const std::vector<float> y = library(gelu_product(kRows, true), kX, kW, &besides);
  EXPECT_EQ(besides.auxiliary, (std::vector<float>{0, 3, 6, 6}));
  EXPECT_EQ(y[0], 0);
  EXPECT_NEAR(y[1], 2.9963626, 1e-6);
  EXPECT_NEAR(y[2], 6, 1e-6);
  EXPECT_NEAR(y[3], 6, 1e-6);
}

TEST(CudaProduct, DataGradientBehindAGeluIsTimesItsSlope) {
  // Those of DataGradientIsDyTimesW: row 1 by the slope at 0, which is 1/2, row 2 by that at 20,
  // which is 1.
  Besides besides{.auxiliary = {0, 0, 0, 20, 20, 20}};
  EXPECT_EQ(library(gelu_data_product(kRows), kDy, kW, &besides),
            (std::vector<float>{0.5F, 1, 0.5F, 3, 4, 3}));
}

TEST(CudaProduct, GeluIsForTwoBytesAndRowsOfEights) {
  const auto takes = [](ElementType type, std::int64_t in, std::int64_t out) {
    const RowProduct rows{.rows = 5, .in = in, .out = out, .type = type};
    // The auxiliary matrix is as wide as y forward and as x backward.
    return std::pair(library_takes(gelu_product(rows, true)),
                     library_takes(gelu_data_product(rows)));
  };
  EXPECT_EQ(takes(ElementType::bfloat16, 24, 16), std::pair(true, true));
  EXPECT_EQ(takes(ElementType::float16, 24, 16), std::pair(true, true));
  EXPECT_EQ(takes(ElementType::float32, 24, 16), std::pair(false, false));
  EXPECT_EQ(takes(ElementType::bfloat16, 24, 12), std::pair(false, true));
  EXPECT_EQ(takes(ElementType::bfloat16, 20, 16), std::pair(true, false));
  Product many = gelu_product({.in = 24, .out = 16, .type = ElementType::bfloat16}, true);
  many.batch = 2;
  EXPECT_FALSE(library_takes(many));
  EXPECT_TRUE(library_takes(forward_product({.in = 3, .out = 5}, true, true)));
}

TEST(CudaProduct, KnowsWhatEpiloguesReadBesides) {
  for (const Epilogue epilogue : {Epilogue::none, Epilogue::relu}) {
    EXPECT_FALSE(has_vector(epilogue) || has_auxiliary(epilogue));
  }
  for (const Epilogue epilogue : {Epilogue::bias, Epilogue::bias_relu, Epilogue::bias_gradient}) {
    EXPECT_TRUE(has_vector(epilogue) && !has_auxiliary(epilogue));
  }
  EXPECT_TRUE(has_vector(Epilogue::bias_gelu) && has_auxiliary(Epilogue::bias_gelu));
  for (const Epilogue epilogue : {Epilogue::gelu, Epilogue::gelu_gradient}) {
    EXPECT_TRUE(!has_vector(epilogue) && has_auxiliary(epilogue));
  }
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
