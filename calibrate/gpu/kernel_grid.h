// Which kernels a GPU is measured with: those of image networks and of transformers over the sizes
// that training uses, and square products.
#pragma once

#include <vector>

#include "kernels/devices/kernel_query.h"

namespace rehearse {

struct GridKernel {
  KernelQuery query;
  Precision precision = Precision::bf16;
};

// Of all kinds in turn, so that a budget that ends early leaves some of each out. Products are
// column-major as in BLAS: a dense layer's output is features x rows.
std::vector<GridKernel> kernel_grid();

}  // namespace rehearse
