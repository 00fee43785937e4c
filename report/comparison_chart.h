// A comparison as a picture.
#pragma once

#include <string>

#include "report/comparison.h"

namespace rehearse {

// A self-contained SVG with one line per row (the first kMostLines), over the number of workers
// (base 2): above the time of a step, or the throughput where the rows differ in their batch; below
// the efficiency. The legend has the values of the rows, the best at the largest number of workers
// first. REQUIRES: at least one row.
std::string comparison_chart_svg(const Comparison& comparison);

inline constexpr std::size_t kMostLines = 32;

}  // namespace rehearse
