// Axes of charts.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "report/svg/chart_panel.h"

namespace rehearse {

// Logarithmic; a single number of workers stands in the middle.
ChartPanel::Axis workers_axis(double least, double most);

// Logarithmic, from 1, 2 or 5 times a power of ten below or at `least` to one above or at `most`;
// REQUIRES: 0 < least <= most.
ChartPanel::Axis log_axis(double least, double most);

// Ticks of log_axis(): at 1, 2 and 5 times powers of ten, or fewer or more of their kind where
// these are more than kMostTicks or very few.
std::vector<double> log_ticks(const ChartPanel::Axis& axis);
inline constexpr std::size_t kMostTicks = 9;

// From 0 to a multiple of a nice step above or at `most`, and its ticks. REQUIRES: most > 0.
ChartPanel::Axis linear_axis(double most);
std::vector<double> linear_ticks(const ChartPanel::Axis& axis);

// Logarithmic where the largest is more than ten times the smallest, else from 0; for values of
// which none is above 0, up to `fallback`.
ChartPanel::Axis value_axis(double least, double most, double fallback);

// From `least` to 1, or to the twentieth above `most` where that is more.
ChartPanel::Axis efficiency_axis(double least, double most);

void tick_values(ChartPanel& panel, const ChartPanel::Axis& axis,
                 const std::function<std::string(double)>& label);
void tick_efficiencies(ChartPanel& panel, const ChartPanel::Axis& axis);

// 1, 2 or 5 times a power of ten: the step that divides `range` into four to ten parts.
// REQUIRES: range > 0.
double nice_step(double range);

// Labels of ticks: "50 ms", "2 GB/s"; "1,200", "20 M".
std::string whole(const std::string& quantity);  // without zeros behind the point
std::string tick_number(double value);
std::string tick_time(double seconds);
std::string tick_rate(double bytes_per_s);

}  // namespace rehearse
