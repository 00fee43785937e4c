// Axes of charts over the number of workers.
#pragma once

#include <functional>
#include <string>

#include "report/chart_panel.h"

namespace rehearse {

// Logarithmic; a single number of workers stands in the middle.
ChartPanel::Axis workers_axis(double least, double most);

// Whole decades around both, at least one. REQUIRES: 0 < least <= most.
ChartPanel::Axis decades(double least, double most);

// One tick for each decade.
void tick_decades(ChartPanel& panel, const ChartPanel::Axis& axis,
                  const std::function<std::string(double)>& label);

// 1, 2 or 5 times a power of ten: the step that divides `range` into four to ten parts.
// REQUIRES: range > 0.
double nice_step(double range);

}  // namespace rehearse
