#include "report/comparison_rows.h"

#include <algorithm>
#include <map>
#include <set>

#include "report/svg/chart_axes.h"
#include "report/text/telling_names.h"

namespace rehearse {

std::vector<std::string> row_names(const Comparison& comparison) {
  std::vector<std::string> names(comparison.rows.size());
  for (std::size_t key = 0; key < comparison.varied.size(); ++key) {
    std::vector<std::string> values;
    for (const ComparedRow& row : comparison.rows) values.push_back(row.values[key]);
    const std::vector<std::string> told = telling_names(values);
    for (std::size_t i = 0; i < names.size(); ++i) names[i] += (key == 0 ? "" : ", ") + told[i];
  }
  return names;
}

std::string names_of_keys(const Comparison& comparison) {
  std::string names;
  for (const std::string& key : short_keys(comparison.varied)) {
    names += (names.empty() ? "" : ", ") + key;
  }
  return names;
}

std::string ChartedValue::title() const {
  return is_time ? "Time of a step" : "Samples per second";
}

std::string ChartedValue::text(double value) const {
  return is_time ? tick_time(value) : tick_number(value);
}

Quantiles ChartedValue::of(const PredictedPoint& point) const {
  const Quantiles& time = point.step_time;
  if (is_time) return time;
  const auto at = [&](double seconds) {
    return seconds > 0 ? point.samples_per_s * time.p50 / seconds : point.samples_per_s;
  };
  return {at(time.p90), point.samples_per_s, at(time.p10)};
}

double ChartedValue::cost(const PredictedPoint& point) const {
  return is_time ? point.step_time.p50 : -point.samples_per_s;
}

ChartedValue charted_value(const Comparison& comparison) {
  std::map<std::int64_t, std::set<std::int64_t>> batches;
  for (const ComparedRow& row : comparison.rows) {
    for (const PredictedPoint& p : row.prediction.points) batches[p.workers].insert(p.global_batch);
  }
  const auto is_one = [](const auto& entry) { return entry.second.size() == 1; };
  return {std::ranges::all_of(batches, is_one)};
}

bool has_single_points(const Comparison& comparison) {
  return std::ranges::all_of(
      comparison.rows, [](const ComparedRow& row) { return row.prediction.points.size() == 1; });
}

std::string name_of_workers(const Comparison& comparison) {
  return comparison.rows.front().prediction.points.front().has_samples ? "Workers" : "Ranks";
}

}  // namespace rehearse
