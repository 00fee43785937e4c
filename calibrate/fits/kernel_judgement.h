// How wrong fitted laws are about kernels that they have not seen.
#pragma once

#include <optional>
#include <vector>

#include "calibrate/fits/kernel_fit.h"
#include "kernels/devices/kernel_law.h"
#include "kernels/devices/kernel_table.h"

namespace rehearse {

// Sizes of relative errors of the median, |predicted / measured - 1|.
struct ErrorSizes {
  std::size_t rows = 0;
  double median = 0, p90 = 0;
};

struct Judgement {
  const KernelLaw* law = nullptr;
  std::size_t held = 0;
  // Products: of at least 1 GFLOP, and smaller; other kinds: all are `large`.
  std::optional<ErrorSizes> large, small;
  std::optional<ErrorSizes> roofline_large, roofline_small;  // of the yardstick, on the same rows
  double small_microseconds = 0;                             // median size of the error
  double inside = 0;  // share of the kernels within p10 and p90
};

// One entry for each law that has rows which were held out.
std::vector<Judgement> judge(const KernelLaws& laws, const std::vector<KernelRow>& rows,
                             const DeviceFacts& facts);

}  // namespace rehearse
