#include "kernels/devices/tiled_product.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/contract.h"

namespace rehearse {
namespace {

struct Tile {
  double m, n;
};

// The tiles of cuBLAS and CUTLASS, as the names of their kernels tell them.
constexpr Tile kTiles[] = {{256, 128}, {128, 256}, {128, 128}, {256, 64}, {64, 256}, {128, 64},
                           {64, 128},  {64, 64},   {128, 32},  {32, 128}, {64, 32},  {32, 64},
                           {32, 32},   {128, 16},  {16, 128},  {64, 16},  {16, 64}};
constexpr Tile kRegisterBlock{16, 14};
constexpr double kLargestReuse = 256.0 * 128 / (256 + 128);
constexpr double kStep = 8;        // of a sum: what is left of the last step is not saved
constexpr double kLeastPart = 64;  // shorter parts of a sum are not worth their reduction

}  // namespace

Duration product_time(const TiledProduct& device, const ProductShape& shape) {
  EXPECTS(device.rate > FlopRate(0));
  const double operations = 2 * shape.m * shape.n * shape.k * shape.batch_count;
  if (device.processors <= 0) return Flops(operations) / device.rate;
  const double one = device.rate.value() / device.processors;
  if (device.register_blocks) {
    const double blocks =
        std::ceil(shape.m / kRegisterBlock.m) * std::ceil(shape.n / kRegisterBlock.n);
    const double waves = std::ceil(blocks * shape.batch_count / device.processors);
    return Duration(waves * 2 * kRegisterBlock.m * kRegisterBlock.n * (shape.k + device.ramp) /
                    one);
  }
  double least = std::numeric_limits<double>::infinity();
  for (const Tile& tile : kTiles) {
    const double reuse = tile.m * tile.n / (tile.m + tile.n);
    const double efficiency = reuse / (reuse + device.tile) * (1 + device.tile / kLargestReuse);
    const double tiles =
        std::ceil(shape.m / tile.m) * std::ceil(shape.n / tile.n) * shape.batch_count;
    for (int splits = 1; splits <= device.most_splits; splits *= 2) {
      if (splits > 1 && shape.k / splits < kLeastPart) break;
      const double part = std::ceil(shape.k / splits / kStep) * kStep;
      const double share = tiles * splits / device.processors;
      const double waves = device.streams ? std::max(1.0, share) : std::ceil(share);
      least =
          std::min(least, waves * 2 * tile.m * tile.n * (part + device.ramp) / (one * efficiency));
    }
  }
  return Duration(least);
}

}  // namespace rehearse
