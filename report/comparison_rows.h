// What the charts of a comparison have in common.
#pragma once

#include <string>
#include <vector>

#include "report/comparison.h"
#include "report/svg/chart_panel.h"

namespace rehearse {

// The values of each row, shortened so that they still tell (report/text/telling_names.h): "8,
// a/net".
std::vector<std::string> row_names(const Comparison& comparison);

// The names of what varies, in the order of the values: "per_worker, preset".
std::string names_of_keys(const Comparison& comparison);

// Step times where all rows do the same work in a step of as many workers; else throughput.
struct ChartedValue {
  bool is_time = true;

  [[nodiscard]] std::string title() const;
  [[nodiscard]] std::string text(double value) const;  // of a tick
  // At the quantiles of the step time: the low one is the smaller value.
  [[nodiscard]] Quantiles of(const PredictedPoint& point) const;
  // For sorting: less is better.
  [[nodiscard]] double cost(const PredictedPoint& point) const;
};
ChartedValue charted_value(const Comparison& comparison);

// Whether every row has one number of workers only.
bool has_single_points(const Comparison& comparison);

// "Ranks" of collectives without a model, else "Workers".
std::string name_of_workers(const Comparison& comparison);

// One line per row with its interval, for has_single_points(): values to the right.
std::string comparison_dots_svg(const Comparison& comparison,
                                const std::vector<std::string>& facts);

}  // namespace rehearse
