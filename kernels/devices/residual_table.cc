#include "kernels/devices/residual_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/contract.h"

namespace rehearse {
namespace {

constexpr std::size_t kNearest = 16;
constexpr double kOfDirections = 2, kOfLayouts = 0.4;
constexpr double kOfGrouped = 1.5, kOfDiagonal = 1;

float log_of(double extent) { return static_cast<float>(std::log(std::max(extent, 1.0))); }

// Two axes on which the layouts of operands lie 0.4 apart; one that is not told lies between them.
std::pair<float, float> layout_axes(ProductLayout layout) {
  const auto half = static_cast<float>(kOfLayouts / 2);
  switch (layout) {
    case ProductLayout::nn:
      return {-half, -half};
    case ProductLayout::nt:
      return {-half, half};
    case ProductLayout::tn:
      return {half, -half};
    case ProductLayout::tt:
      return {half, half};
    case ProductLayout::grouped:
      return {static_cast<float>(kOfGrouped), 0.0F};
    case ProductLayout::not_told:
      break;
  }
  return {0.0F, 0.0F};
}

}  // namespace

ResidualTable::Position ResidualTable::position(const KernelQuery& query) {
  const auto direction = static_cast<float>(kOfDirections * static_cast<double>(query.direction));
  if (const auto* x = std::get_if<ProductShape>(&query.shape)) {
    const auto [first, second] = layout_axes(x->layout);
    return {log_of(x->m), log_of(x->n), log_of(x->k), log_of(x->batch_count),
            first,        second,       direction};
  }
  if (const auto* x = std::get_if<ConvolutionShape>(&query.shape)) {
    return {log_of(x->c),
            log_of(x->k),
            log_of(x->h * x->w) / 2,
            log_of(x->n) / 2,
            2 * log_of(x->r * x->s),
            2 * log_of(x->stride_h * x->stride_w),
            log_of(1 + (x->r == 1 ? x->pad_h : 0)),
            direction};
  }
  const auto* x = std::get_if<AttentionKernel>(&query.shape);
  EXPECTS(x != nullptr);
  return {log_of(x->batch),
          log_of(x->seq),
          log_of(x->heads),
          log_of(x->kv_heads) / 2,
          log_of(x->head_dim),
          log_of(x->v_head_dim) / 2,
          static_cast<float>(x->causal ? 0 : kOfDiagonal),
          direction};
}

ResidualTable::ResidualTable(KernelKind kind, std::vector<ResidualEntry> entries,
                             ResidualWeights weights)
    : entries_(std::move(entries)), weights_(weights) {
  EXPECTS(weights_.width > 0 && weights_.weight > 0);
  positions_.reserve(entries_.size());
  for (const ResidualEntry& entry : entries_) {
    EXPECTS(entry.query.kind() == kind);
    positions_.push_back(position(entry.query));
  }
}

ResidualTable::Found ResidualTable::at(const KernelQuery& query,
                                       std::optional<std::size_t> without) const {
  Found found{0, std::numeric_limits<double>::infinity()};
  if (entries_.empty()) return found;
  const Position here = position(query);
  const auto apart = [](const Position& a, const Position& b) {
    float sum = 0;
    for (std::size_t axis = 0; axis < kAxes; ++axis) {
      const float step = a[axis] - b[axis];
      sum += step * step;
    }
    return sum;
  };
  std::array<std::pair<float, std::size_t>, kNearest> nearest;  // the farthest first: a heap
  std::size_t count = 0;
  for (std::size_t at = 0; at < positions_.size(); ++at) {
    const float distance = apart(here, positions_[at]);
    if (count == kNearest && distance >= nearest[0].first) continue;
    if (without && positions_[at] == positions_[*without]) continue;
    if (count == kNearest) {
      std::pop_heap(nearest.begin(), nearest.end());
      --count;
    }
    nearest[count++] = {distance, at};
    std::push_heap(nearest.begin(), nearest.begin() + static_cast<std::ptrdiff_t>(count));
  }
  if (count == 0) return found;
  double sum = 0, weights = weights_.weight;
  float least = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [distance, at] = nearest[i];
    const double reach = 1 + static_cast<double>(distance) / (weights_.width * weights_.width);
    const double weight = 1 / (reach * reach);
    sum += weight * entries_[at].residual;
    weights += weight;
    least = std::min(least, distance);
  }
  found.residual = sum / weights;
  found.distance = std::sqrt(static_cast<double>(least));
  return found;
}

}  // namespace rehearse
