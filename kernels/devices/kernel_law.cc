#include "kernels/devices/kernel_law.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "kernels/devices/tiled_product.h"

namespace rehearse {
namespace {

constexpr double kLargeKernel = 1e9;  // FLOP
constexpr double kOutside = 2;        // how much wider an interval is outside the measured range
constexpr double kAttentionBlock = 128;
constexpr double kWideRow = 1024;

// (a^4 + b^4)^(1/4), or the larger.
Duration roofline(const KernelLaw& law, Duration a, Duration b) {
  if (law.sharp_edge) return std::max(a, b);
  const double most = std::max(a.value(), b.value());
  if (most <= 0) return Duration(0);
  const double share = std::min(a.value(), b.value()) / most;
  return Duration(most * std::sqrt(std::sqrt(1 + share * share * share * share)));
}

double factor_of(const KernelLaw& law, KernelDirection direction) {
  const double factor = law.direction[static_cast<std::size_t>(direction)];
  return factor > 0 ? factor : 1;
}

TiledProduct tiles_of(const KernelLaw& law) {
  return {.rate = law.rate,
          .processors = law.processors,
          .tile = law.tile,
          .ramp = law.ramp,
          .most_splits = law.most_splits,
          .streams = law.streams,
          .register_blocks = law.register_blocks};
}

Duration compute(const KernelLaw& law, const KernelQuery& query, const ProductShape& x) {
  const TiledProduct tiles = tiles_of(law);
  if (query.direction != KernelDirection::backward_total) return product_time(tiles, x);
  ProductShape data = x, weights = x;
  std::swap(data.n, data.k);
  std::swap(weights.m, weights.k);
  return product_time(tiles, data) + product_time(tiles, weights) + law.launch;
}

// The extent of a row of pixels as a CPU computes it, in whole register blocks.
double row_extent(const KernelLaw& law, double width) {
  constexpr double kBlock = 14;
  return law.register_blocks ? std::ceil(width / kBlock) * kBlock : width;
}

ProductShape implicit_product(const KernelLaw& law, KernelDirection direction,
                              const ConvolutionShape& x) {
  const double outputs = x.n * x.p * row_extent(law, x.q);
  const double window = x.r * x.s;
  switch (direction) {
    case KernelDirection::backward_data: {
      const double inputs = x.n * x.h * row_extent(law, x.w);
      const double used = x.p * x.q / (x.h * x.w) * std::sqrt(x.stride_h * x.stride_w);
      return {x.c / x.groups, inputs, std::max(1.0, x.k / x.groups * window * used), x.groups};
    }
    case KernelDirection::backward_weights:
      return {x.k / x.groups, x.c / x.groups * window, outputs, x.groups};
    case KernelDirection::forward:
    case KernelDirection::backward_total:
      break;
  }
  return {x.k / x.groups, outputs, x.c / x.groups * window, x.groups};
}

bool suits_winograd(const ConvolutionShape& x) {
  return x.r == 3 && x.s == 3 && x.stride_h == 1 && x.stride_w == 1 && x.groups == 1;
}

// F(4x4,3x3): 36 products with one column for each tile of 4x4 outputs. Both sides pass through
// memory as tiles of 6x6 numbers, 36/16 of their size, written and read.
Duration winograd_products(const KernelLaw& law, KernelDirection direction,
                           const ConvolutionShape& x) {
  constexpr double kProducts = 36, kOutputs = 16;
  // A cache keeps part of the transformed tiles.
  constexpr double kShareInMemory = 0.7;
  const bool data = direction == KernelDirection::backward_data;
  const double pixels = x.n * (data ? x.h * x.w : x.p * x.q);
  const double tiles = std::ceil(pixels / kOutputs);
  ProductShape one{x.k, tiles, x.c, kProducts};
  if (data) std::swap(one.m, one.k);
  if (direction == KernelDirection::backward_weights) one = {x.k, x.c, tiles, kProducts};
  // Of the saving the same share is reached as of the 2.25 of F(2x2,3x3).
  const Duration products = 2.25 / law.winograd * product_time(tiles_of(law), one);
  const double passes = 2 * kProducts / kOutputs * kShareInMemory;
  const Bytes transformed = passes * pixels * (x.c + x.k) * element_size(law.precision);
  return factor_of(law, direction) * products + transformed / law.bandwidth;
}

Duration compute(const KernelLaw& law, const KernelQuery& query, const ConvolutionShape& x) {
  if (query.direction == KernelDirection::backward_total) {
    Duration sum = law.launch;
    for (const auto part : {KernelDirection::backward_data, KernelDirection::backward_weights}) {
      sum += compute(law, {x, part}, x);
    }
    return sum;
  }
  TiledProduct tiles = tiles_of(law);
  constexpr double kChannelsOfTensorCores = 8, kWithoutTensorCores = 8;
  const bool idle =
      std::fmod(x.c, kChannelsOfTensorCores) != 0 || std::fmod(x.k, kChannelsOfTensorCores) != 0;
  if (law.tensor_cores && idle) tiles.rate = tiles.rate / kWithoutTensorCores;
  Duration time = factor_of(law, query.direction) *
                  product_time(tiles, implicit_product(law, query.direction, x));
  if (law.winograd > 1 && suits_winograd(x)) {
    const Duration products = winograd_products(law, query.direction, x);
    if (query.direction != KernelDirection::backward_weights) time = time / law.winograd;
    time = std::min(time, products);
  }
  return time;
}

Duration attention_time(const KernelLaw& law, const KernelQuery& query, const AttentionKernel& x) {
  const double rows = std::ceil(x.seq / kAttentionBlock);
  const double blocks = x.batch * x.heads * rows;
  const double dims = x.head_dim + x.v_head_dim;
  const double backward = query.direction == KernelDirection::forward ? 1 : 2.5;
  const double one = 2 * kAttentionBlock * kAttentionBlock * dims * backward;
  const double pairs = x.causal ? rows * (rows + 1) / 2 : rows * rows;
  const double half_dims = dims / 2;
  const double efficiency = half_dims / (half_dims + law.tile) * (1 + law.tile / kAttentionBlock);
  const FlopRate rate = law.rate * efficiency;
  const Duration all = Flops(x.batch * x.heads * pairs * one) / rate;
  const double processors = std::max(law.processors, 1.0);
  const Duration longest = Flops(rows * one * processors) / rate;
  return law.launch + law.block * (blocks / processors) +
         factor_of(law, query.direction) * std::max(all, longest) +
         traffic(query, law.precision) / law.bandwidth;
}

Duration row_time(const KernelLaw& law, const KernelQuery& query, const RowShape& x) {
  const bool wide =
      x.kind == KernelKind::elementwise ? x.op == ElementwiseOp::power_scalar : x.cols > kWideRow;
  return law.launch + law.block * (x.rows / std::max(law.processors, 1.0)) +
         factor_of(law, query.direction) * (wide ? law.wide : 1) *
             (traffic(query, law.precision) / law.bandwidth);
}

}  // namespace

std::size_t size_class(const KernelQuery& query) {
  return flops(query) < Flops(kLargeKernel) ? 0 : 1;
}

Duration KernelLaw::formula(const KernelQuery& query) const {
  EXPECTS(query.kind() == kind);
  if (const auto* x = std::get_if<AttentionKernel>(&query.shape)) {
    return attention_time(*this, query, *x);
  }
  if (const auto* x = std::get_if<RowShape>(&query.shape)) return row_time(*this, query, *x);
  const Duration memory = traffic(query, precision) / bandwidth;
  if (const auto* x = std::get_if<ConvolutionShape>(&query.shape)) {
    return launch + roofline(*this, compute(*this, query, *x), memory);
  }
  const Duration products = compute(*this, query, std::get<ProductShape>(query.shape));
  return launch + roofline(*this, factor_of(*this, query.direction) * products, memory);
}

bool KernelLaw::covers(const KernelQuery& query) const {
  const Flops work = flops(query);
  return direction[static_cast<std::size_t>(query.direction)] > 0 &&
         work >= least_flops / kOutside && work <= most_flops * kOutside;
}

KernelTime KernelLaw::time(const KernelQuery& query) const {
  Duration middle = formula(query);
  bool is_near = residuals.empty();
  if (!residuals.empty()) {
    const ResidualTable::Found found = residuals.at(query);
    middle = std::exp(found.residual) * middle;
    is_near = found.distance <= near;
  }
  const KernelSpread& spread = (is_near ? spread_near : spread_far)[size_class(query)];
  KernelTime result;
  result.extrapolated = !covers(query);
  const double wider = result.extrapolated ? kOutside : 1;
  result.p50 = middle;
  result.p10 = std::exp(wider * spread.low) * middle;
  result.p90 = std::exp(wider * spread.high) * middle;
  return result;
}

}  // namespace rehearse
