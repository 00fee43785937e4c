// A product in the words of BLAS, whose matrices lie column by column, as one of matrices that lie
// row by row: what kernel tables name and what Products computes.
#pragma once

#include "kernels/cuda/product.h"
#include "kernels/devices/kernel_query.h"

namespace rehearse::cuda {

// C = op(A) op(B) of BLAS is, row by row, C^T = op(B)^T op(A)^T: n rows and m columns. A layout
// that is not told counts as TN, that of a dense layer's forward pass. REQUIRES: not grouped.
Product row_major(const ProductShape& shape, ElementType type, bool narrow);

}  // namespace rehearse::cuda
