#include "calibrate/fits/kernel_judgement.h"

#include <array>
#include <cmath>

#include "base/stats.h"

namespace rehearse {
namespace {

using Sizes = std::vector<double>;

std::optional<ErrorSizes> sizes_of(const Sizes& sizes) {
  if (sizes.empty()) return std::nullopt;
  return ErrorSizes{sizes.size(), quantile(sizes, 0.5), quantile(sizes, 0.9)};
}

bool belongs(const KernelLaw& law, const KernelRow& row) {
  return row.query.kind() == law.kind && row.precision == law.precision &&
         row.library == law.library;
}

Judgement judge(const KernelLaw& law, const std::vector<KernelRow>& rows,
                const DeviceFacts& facts) {
  std::vector<KernelRow> fitted;
  for (const KernelRow& row : rows) {
    if (!row.held_out && belongs(law, row)) fitted.push_back(row);
  }
  std::optional<Roofline> roofline;
  if (facts.peak[static_cast<std::size_t>(law.precision)]) roofline = fit_roofline(fitted, facts);
  std::array<Sizes, 2> sizes, yardstick;
  Sizes microseconds;
  Judgement result;
  result.law = &law;
  std::size_t inside = 0;
  for (const KernelRow& row : rows) {
    if (!row.held_out || !belongs(law, row)) continue;
    const KernelTime time = law.time(row.query);
    const std::size_t size = law.kind == KernelKind::gemm ? size_class(row.query) : 1;
    const auto error = [&](Duration predicted) { return std::abs(predicted / row.time - 1); };
    sizes[size].push_back(error(time.p50));
    if (roofline) yardstick[size].push_back(error(roofline->time(row.query, law.precision)));
    if (size == 0) microseconds.push_back(1e6 * std::abs((time.p50 - row.time).value()));
    ++result.held;
    if (time.p10 <= row.time && row.time <= time.p90) ++inside;
  }
  result.small = sizes_of(sizes[0]);
  result.large = sizes_of(sizes[1]);
  result.roofline_small = sizes_of(yardstick[0]);
  result.roofline_large = sizes_of(yardstick[1]);
  if (!microseconds.empty()) result.small_microseconds = quantile(microseconds, 0.5);
  if (result.held > 0) {
    result.inside = static_cast<double>(inside) / static_cast<double>(result.held);
  }
  return result;
}

}  // namespace

std::vector<Judgement> judge(const KernelLaws& laws, const std::vector<KernelRow>& rows,
                             const DeviceFacts& facts) {
  std::vector<Judgement> all;
  for (const KernelLaw& law : laws.laws) {
    Judgement one = judge(law, rows, facts);
    if (one.held > 0) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace rehearse
