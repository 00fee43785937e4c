// A comparison at one number of workers: a line of text, a dot and a bar for each row.
#include <algorithm>
#include <numeric>
#include <set>

#include "base/numbers.h"
#include "base/quantity_text.h"
#include "base/text_width.h"
#include "report/comparison_rows.h"
#include "report/svg/chart_axes.h"
#include "report/svg/chart_heading.h"

namespace rehearse {
namespace {

constexpr double kWidth = 860;
constexpr double kPitch = 24;
constexpr double kMostName = 320;  // pixels
constexpr double kValue = 90;      // room for the value on the right
constexpr std::size_t kMostRows = 40;
constexpr const char* kColour = "#0072b2";

// As they come; of too many the best.
std::vector<std::size_t> drawn_rows(const Comparison& comparison, const ChartedValue& value) {
  std::vector<std::size_t> rows(comparison.rows.size());
  std::iota(rows.begin(), rows.end(), 0U);
  if (rows.size() <= kMostRows) return rows;
  std::ranges::stable_sort(rows, {}, [&](std::size_t i) {
    return value.cost(comparison.rows[i].prediction.points.front());
  });
  rows.resize(kMostRows);
  return rows;
}

// "on 64 workers"; empty if the rows differ.
std::string at_workers(const Comparison& comparison) {
  std::set<std::int64_t> counts;
  for (const ComparedRow& row : comparison.rows) {
    counts.insert(row.prediction.points.front().workers);
  }
  if (counts.size() > 1) return "";
  const bool ranks = name_of_workers(comparison) == "Ranks";
  return ", " + grouped(*counts.begin()) + (ranks ? " rank" : " worker") +
         (*counts.begin() == 1 ? "" : "s");
}

ChartPanel::Axis axis_of(const Comparison& comparison, const std::vector<std::size_t>& rows,
                         const ChartedValue& value) {
  double least = 0, most = 0;
  for (const std::size_t i : rows) {
    const Quantiles q = value.of(comparison.rows[i].prediction.points.front());
    least = least > 0 ? std::min(least, q.p10) : q.p10;
    most = std::max({most, q.p50, q.p90});
  }
  return value_axis(least, most, 1);
}

}  // namespace

std::string comparison_dots_svg(const Comparison& comparison,
                                const std::vector<std::string>& facts) {
  const ChartedValue value = charted_value(comparison);
  const std::vector<std::size_t> rows = drawn_rows(comparison, value);
  const std::vector<std::string> names = row_names(comparison);
  const std::string title = comparison.rows.front().prediction.scenario;
  SvgPage page(kWidth, 0);
  double y = draw_heading(page, title, facts) + 30;
  double widest = text_width(names_of_keys(comparison), 13);
  for (const std::size_t i : rows) widest = std::max(widest, text_width(names[i], 12));
  widest = std::min(widest, kMostName);
  const double left = kChartMargin + widest + 14;
  page.text({kChartMargin, y}, fitted(names_of_keys(comparison), 13, widest), {13});
  page.text({left, y}, value.title() + at_workers(comparison) + ": p50, bars p10 – p90", {13});
  y += 10;

  const double height = kPitch * static_cast<double>(rows.size());
  const ChartPanel::Axis axis = axis_of(comparison, rows, value);
  ChartPanel panel(page, {left, y, kWidth - left - kValue - kChartMargin, height}, axis,
                   {0, 1, false});
  std::vector<double> ticks = axis.logarithmic ? log_ticks(axis) : linear_ticks(axis);
  std::ranges::reverse(ticks);
  for (const double tick : ticks) panel.tick_x(tick, value.text(tick));
  for (std::size_t n = 0; n < rows.size(); ++n) {
    const PredictedPoint& point = comparison.rows[rows[n]].prediction.points.front();
    const double middle = y + kPitch * (static_cast<double>(n) + 0.5);
    const Quantiles q = value.of(point);
    const Point low{panel.pixel_x(q.p10), middle};
    const Point high{panel.pixel_x(q.p90), middle};
    page.line(low, high, {kColour, 1.6});
    for (const Point& end : {low, high}) {
      page.line({end.x, end.y - 4}, {end.x, end.y + 4}, {kColour, 1.6});
    }
    draw_marker(page, {panel.pixel_x(q.p50), middle}, Marker::disc, kColour);
    page.text({kChartMargin, middle + 4}, fitted(names[rows[n]], 12, widest), {12});
    const std::string words = value.is_time ? to_text(Duration(q.p50)) : readable(q.p50);
    page.text({kWidth - kChartMargin, middle + 4}, fitted(words, 12, kValue - 6),
              {12, Anchor::end});
  }
  y += height + 44;
  if (rows.size() < names.size()) {
    page.text({kChartMargin, y},
              "The best " + grouped(rows.size()) + " of " + grouped(names.size()) +
                  " rows, the best first.",
              {12});
    y += 20;
  }
  page.grow_to(y);
  return page.document(title);
}

}  // namespace rehearse
