// How long the arithmetic of matrix products takes when tiles of the output are dealt out to the
// processors of a device.
//
//   TiledProduct device{.rate = FlopRate(740e12), .processors = 132, .tile = 20, .ramp = 100};
//   product_time(device, {.m = 4096, .n = 1024, .k = 4096});
//
// A product m x n x k is cut into tiles of a x b outputs and, where that helps, its sum into s
// parts. The tiles are computed in waves, one on each of the P processors at a time:
//
//   tiles = ceil(m / a) ceil(n / b) batch_count s
//   waves = ceil(tiles / P), or max(1, tiles / P) where a library streams
//   time  = waves * 2 a b (k / s + ramp) / (rate / P * e(a, b))
//   e(a, b) = I / (I + tile) * (1 + tile / I0),   I = a b / (a + b)
//
// I is the reuse of a tile: multiply-adds for each number that it reads; e falls with it, from 1 at
// the largest tile (I0). ramp is the length of a sum that would take as long as filling and
// draining the pipeline of a tile. A library that streams lets processors go on to parts of tiles
// that others have begun, so that only the first wave is a whole one. The time is the least over
// the tiles and the parts that a library has, as its heuristics would choose; what they miss is in
// the spread of a law.
//
// Sources: NVIDIA, "Matrix multiplication background user's guide" (tile and wave quantisation);
// Osama et al., Stream-K, arXiv:2301.03598 (split sums, streaming).
#pragma once

#include "base/units.h"
#include "kernels/devices/kernel_query.h"

namespace rehearse {

struct TiledProduct {
  FlopRate rate;          // of all processors, in the largest tiles
  double processors = 0;  // 0: not known, the time is that of the operations at `rate`
  double tile = 0;
  double ramp = 0;
  int most_splits = 1;  // parts of the sum: a power of two
  bool streams = false;
  // A CPU computes blocks of 16 x 14 outputs in its registers, and nothing depends on larger ones.
  bool register_blocks = false;
};

// REQUIRES: rate > 0, every extent of `shape` > 0.
Duration product_time(const TiledProduct& device, const ProductShape& shape);

}  // namespace rehearse
