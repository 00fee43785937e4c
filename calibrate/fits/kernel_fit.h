// Laws of a device, fitted to its measured kernels.
//
//   const KernelFit fit = fit_kernels(table.of("t4"), facts);
//   fit.laws.laws;             // one for each kind, precision and library
//
// Every law minimises the mean of |ln(law / measured)|, rounded below 5 % (of convolutions that of
// ln(1 + (error / 0.15)^2), which outliers hardly move), by the simplex method from several starts.
// Rows that are held out (kernels/devices/kernel_table.h) enter nothing. Of products three forms
// are tried - the plain roofline, and tiles with and without a split sum - and of convolutions
// those with and without Winograd; the form is the one of the least error in a fourfold
// cross-validation. Where a device has more than 300 rows that are fitted or held out, residuals of
// products, convolutions and attention are interpolated, with the width of least error when each
// shape is left out in turn. Intervals are the quantiles of the errors of the kernels that were
// left out.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "kernels/devices/device_profile.h"
#include "kernels/devices/kernel_laws.h"
#include "kernels/devices/kernel_table.h"

namespace rehearse {

// What a data sheet says.
struct DeviceFacts {
  double processors = 0;  // 0: not known
  bool is_cpu = false;
  std::array<std::optional<FlopRate>, kPrecisions> peak{};
  std::optional<Bandwidth> memory_bandwidth;
};

DeviceFacts facts_of(const DeviceProfile& device);

struct KernelFit {
  KernelLaws laws;
  std::vector<std::string> too_few;  // groups of fewer than 8 rows, without a law
};

// REQUIRES: the rows are of one device. Equal rows give equal laws.
KernelFit fit_kernels(const std::vector<KernelRow>& rows, const DeviceFacts& facts,
                      const std::string& source);

// One law, to rows of one kind, precision and library that are all fitted.
// REQUIRES: at least 4 rows.
KernelLaw fit_kernel_law(const std::vector<KernelRow>& rows, const DeviceFacts& facts,
                         bool interpolate);

// t = t0 + max(FLOP / (eF peak), bytes / (eB bandwidth)), the yardstick: its three numbers from a
// grid of 11 x 17 x 9, least mean |ln(law / measured)|. As a law without tiles and edges rounded.
struct Roofline {
  Duration launch;
  FlopRate rate;
  Bandwidth bandwidth;

  [[nodiscard]] Duration time(const KernelQuery& query, Precision precision) const;
};
// REQUIRES: rows not empty, of one precision; peak and memory bandwidth known.
Roofline fit_roofline(const std::vector<KernelRow>& rows, const DeviceFacts& facts);

}  // namespace rehearse
