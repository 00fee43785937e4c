// How long a kernel takes on a device, from a law that is fitted to measured kernels.
//
//   const KernelTime time = law.time({.shape = ProductShape{.m = 4096, .n = 1024, .k = 4096}});
//   time.p50;   // a tenth of the kernels takes less than p10, a tenth more than p90
//
// A law belongs to one kind of kernel, precision and library on one device. Products of matrices
// and convolutions:
//
//   time    = launch + (compute^4 + memory^4)^(1/4)          a roofline with a round edge, or
//   time    = launch + max(compute, memory)                  with a sharp one
//   compute = direction * product_time(m, n, k)              kernels/devices/tiled_product.h
//   memory  = traffic / bandwidth
//
// A convolution is the product of its implicit matrices: (k / groups) x (n p q) x (c r s / groups)
// forward; (c / groups) x (n h w) x (k r s / groups), of which a stride leaves a part empty, for
// the data; (k / groups) x (c r s / groups) x (n p q) for the weights. A 3x3 convolution of stride
// 1 may take Winograd's algorithm instead, whichever is faster: fused (F(2x2,3x3), `winograd` times
// fewer operations, not for weights), or as 36 products of the transformed tiles (F(4x4,3x3)) and
// the traffic of the transforms. Tensor cores need channels in multiples of 8; a convolution
// without them computes at an eighth of the rate.
//
//   attention: time = launch + block * blocks / processors + direction * compute + memory
//     blocks = batch heads ceil(seq / 128); compute takes whole blocks of 128 queries by 128 keys
//     at rate * e(head_dim), e = head_dim / (head_dim + tile), 1 at 128, and not less than the
//     longest block on one processor
//   rows: time = launch + block * rows / processors + direction * wide * memory
//     `wide` counts for norms and softmax of more than 1024 columns, which leave the registers, and
//     for powers with a scalar exponent
//
// Where many shapes were measured, time is multiplied by exp(r), the interpolated residual of the
// law (kernels/devices/residual_table.h). The interval is that of the residuals that are left.
//
// Sources: Williams, Waterman and Patterson, CACM 52(4), 2009 (roofline); Lavin and Gray,
// arXiv:1509.09308 (Winograd); Dao, arXiv:2307.08691 (blocks of attention). Where a parameter has
// its neutral value the law knows nothing of it. docs/models/kernel-law.md says how laws are
// fitted, docs/studies/kernels.md how wrong they are.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/units.h"
#include "kernels/devices/kernel_query.h"
#include "kernels/devices/residual_table.h"
#include "kernels/models/precision.h"

namespace rehearse {

// ln of what a tenth of the kernels remains below, and above, relative to the law.
struct KernelSpread {
  double low = -0.1, high = 0.1;
};

struct KernelTime {
  Duration p10, p50, p90;
  bool extrapolated = false;  // outside the range of the measured kernels
};

struct KernelLaw {
  KernelKind kind = KernelKind::gemm;
  Precision precision = Precision::fp32;
  std::string library;  // as kernel tables name it: cublas cudnn pytorch …

  // What is fitted.
  FlopRate rate;        // of large kernels, at the clock that they run at
  Bandwidth bandwidth;  // of kernels that are bound by memory
  Duration launch;      // of the shortest kernel
  double tile = 0;      // reuse, or head size, at which half the rate is reached
  double ramp = 0;      // length of a sum
  Duration block{};     // of attention: for each block on a processor; of rows: for each row
  double winograd = 1;  // 1: none
  double wide = 1;
  std::array<double, kKernelDirections> direction{1, 1, 1, 1};  // 0: not measured, taken as 1

  // What is known.
  double processors = 0;         // multiprocessors or cores; 0: not known
  int most_splits = 1;           // into how many parts the library splits a sum
  bool streams = false;          // whether it streams tiles
  bool register_blocks = false;  // of a CPU
  bool tensor_cores = false;
  bool sharp_edge = false;  // of the roofline

  // What the residuals say.
  ResidualTable residuals;
  double near = 0;  // distance to the nearest measured shape up to which `spread_near` holds
  // Of kernels below 1 GFLOP, and of larger ones.
  std::array<KernelSpread, 2> spread_near, spread_far;

  // Of the measured kernels.
  Flops least_flops, most_flops;
  std::int64_t rows = 0;
  std::string source;

  // The law alone, without residuals. REQUIRES: query.kind() == kind.
  [[nodiscard]] Duration formula(const KernelQuery& query) const;

  // REQUIRES: query.kind() == kind.
  [[nodiscard]] KernelTime time(const KernelQuery& query) const;

  // Whether kernels of this direction and size were measured, within a factor of two.
  [[nodiscard]] bool covers(const KernelQuery& query) const;
};

// 0 below 1 GFLOP, else 1: which of KernelLaw's spreads holds.
std::size_t size_class(const KernelQuery& query);

}  // namespace rehearse
