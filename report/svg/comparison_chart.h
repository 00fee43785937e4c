// A comparison as a picture.
#pragma once

#include <string>
#include <vector>

#include "report/comparison.h"

namespace rehearse {

// A self-contained SVG. With several numbers of workers: one line per row over them (base 2), above
// the time of a step, or the throughput where the rows differ in their batch, with bars from p10 to
// p90; below the efficiency. Rows stand side by side at each number of workers, so that equal ones
// are seen. Of more than kMostLines rows the best at the largest number of workers are told apart,
// the others are grey. The legend has the rows in the order in which their lines end.
// With one number of workers: a dot and a bar for each row.
// `facts` stand under the title (report/svg/chart_heading.h). REQUIRES: at least one row.
std::string comparison_chart_svg(const Comparison& comparison,
                                 const std::vector<std::string>& facts = {});

inline constexpr std::size_t kMostLines = 10;

}  // namespace rehearse
