#include "report/comparison_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "base/contract.h"
#include "base/quantity_text.h"
#include "report/chart_axes.h"
#include "report/numbers.h"

namespace rehearse {
namespace {

constexpr double kPanelWidth = 620;
constexpr double kLegendX = 90 + kPanelWidth + 30;
constexpr double kLegendLine = 20;
constexpr std::size_t kLongestLabel = 48;

// Okabe and Ito's colours, which colour-blind people tell apart, without the yellow. Strokes change
// from row to row too, so that a line shows through another that lies on it; 35 pairs.
constexpr std::array<std::string_view, 7> kColours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                   "#56b4e9", "#e69f00", "#4d4d4d"};
constexpr std::array<std::string_view, 5> kStrokes{"", "7 4", "2 3", "10 3 2 3", "14 6"};

struct Line {
  std::string label;
  std::string_view colour, dashes;
  ChartPanel::Points value, efficiency;
};

// Whether all rows do the same work in a step of as many workers.
bool same_batches(const Comparison& comparison) {
  std::map<std::int64_t, std::set<std::int64_t>> batches;
  for (const ComparedRow& row : comparison.rows) {
    for (const PredictedPoint& p : row.prediction.points) batches[p.workers].insert(p.global_batch);
  }
  return std::all_of(batches.begin(), batches.end(),
                     [](const auto& entry) { return entry.second.size() == 1; });
}

// The first characters; a character of UTF-8 is not cut.
std::string shortened(const std::string& text) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (++characters > kLongestLabel) return text.substr(0, i) + "…";
  }
  return text;
}

std::string label_of(const ComparedRow& row) {
  std::string label;
  for (const std::string& value : row.values) label += (label.empty() ? "" : ", ") + value;
  return shortened(label);
}

std::vector<Line> lines_of(const Comparison& comparison, bool times) {
  std::vector<Line> lines;
  for (const ComparedRow& row : comparison.rows) {
    if (lines.size() == kMostLines) break;
    const std::size_t i = lines.size();
    Line line{label_of(row), kColours[i % kColours.size()], kStrokes[i % kStrokes.size()], {}, {}};
    for (const PredictedPoint& point : row.prediction.points) {
      const auto x = static_cast<double>(point.workers);
      line.value.emplace_back(x, times ? point.step_time.p50 : point.samples_per_s);
      line.efficiency.emplace_back(x, point.efficiency);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

struct Range {
  double least = 0, most = 0;
};

Range range_of(const std::vector<Line>& lines, ChartPanel::Points Line::*points,
               double ChartPanel::Points::value_type::*coordinate) {
  const double first = (lines.front().*points).front().*coordinate;
  Range range{first, first};
  for (const Line& line : lines) {
    for (const auto& point : line.*points) {
      range.least = std::min(range.least, point.*coordinate);
      range.most = std::max(range.most, point.*coordinate);
    }
  }
  return range;
}

using Pair = ChartPanel::Points::value_type;

// From 0, or by decades where the largest is far from the smallest.
ChartPanel values_panel(const std::vector<Line>& lines, const ChartPanel::Axis& workers,
                        bool times) {
  const ChartPanel::Frame frame{90, 84, kPanelWidth, 300};
  const Range range = range_of(lines, &Line::value, &Pair::second);
  const auto text = [&](double y) { return times ? to_text(Duration(y)) : readable(y); };
  if (range.least > 0 && range.most > 10 * range.least) {
    const ChartPanel::Axis axis = decades(range.least, range.most);
    ChartPanel panel(frame, workers, axis);
    tick_decades(panel, axis, text);
    return panel;
  }
  const double most = range.most > 0 ? range.most : 1;
  const double step = nice_step(most);
  const double top = step * std::ceil(most / step);
  ChartPanel panel(frame, workers, {0, top, false});
  for (int i = 0; i * step <= top * 1.001; ++i) {
    panel.tick_y(i * step, text(i * step));
  }
  return panel;
}

ChartPanel efficiency_panel(const std::vector<Line>& lines, const ChartPanel::Axis& workers) {
  const Range range = range_of(lines, &Line::efficiency, &Pair::second);
  // The part that is used: whole tenths around all values.
  const double low = std::clamp(std::floor(range.least * 10) / 10, 0.0, 0.9);
  const double high = std::clamp(std::ceil(range.most * 10 - 1e-6) / 10, low + 0.1, 10.0);
  ChartPanel panel({90, 444, kPanelWidth, 220}, workers, {low, high, false});
  const double step = std::max(0.02, nice_step(high - low));
  for (int i = 0; low + i * step <= high * 1.001; ++i) {
    panel.tick_y(low + i * step, fixed(100 * (low + i * step), 0) + " %");
  }
  panel.title_y("Efficiency");
  panel.title_x("Workers");
  return panel;
}

void draw(ChartPanel& panel, const std::vector<Line>& lines, ChartPanel::Points Line::*points) {
  std::set<double, std::greater<>> workers;
  for (const Line& line : lines) {
    for (const auto& [x, y] : line.*points) workers.insert(x);
  }
  for (const double x : workers) panel.tick_x(x, grouped(x));
  for (const Line& line : lines) {
    panel.curve(line.*points, line.colour, line.dashes);
    panel.dots(line.*points, line.colour);
  }
}

// The order in which the lines end, from above.
std::string legend(std::vector<Line> lines, const Comparison& comparison, bool times) {
  std::stable_sort(lines.begin(), lines.end(), [&](const Line& a, const Line& b) {
    const double x = a.value.back().second;
    const double y = b.value.back().second;
    return times ? x < y : x > y;
  });
  std::string keys;
  for (const std::string& key : short_keys(comparison.varied)) {
    keys += (keys.empty() ? "" : ", ") + key;
  }
  double y = 84;
  std::string text = svg_text(kLegendX, y, shortened(keys), 13, "start");
  for (const Line& line : lines) {
    y += kLegendLine;
    text += "<line x1=\"" + fixed(kLegendX, 0) + "\" x2=\"" + fixed(kLegendX + 34, 0) + "\" y1=\"" +
            fixed(y - 4, 0) + "\" y2=\"" + fixed(y - 4, 0) + "\" stroke-width=\"2\" stroke=\"" +
            std::string(line.colour) + "\" stroke-dasharray=\"" +
            (line.dashes.empty() ? "none" : std::string(line.dashes)) + "\"/>\n" +
            svg_text(kLegendX + 42, y, line.label, 12, "start");
  }
  if (comparison.rows.size() > lines.size()) {
    text += svg_text(kLegendX, y + kLegendLine,
                     "and " + grouped(comparison.rows.size() - lines.size()) + " rows more", 12,
                     "start");
  }
  return text;
}

}  // namespace

std::string comparison_chart_svg(const Comparison& comparison) {
  EXPECTS(!comparison.rows.empty());
  const bool times = same_batches(comparison);
  const std::vector<Line> lines = lines_of(comparison, times);
  const Range counts = range_of(lines, &Line::value, &Pair::first);
  const ChartPanel::Axis workers = workers_axis(counts.least, counts.most);
  const bool efficiencies =
      std::all_of(comparison.rows.begin(), comparison.rows.end(),
                  [](const ComparedRow& row) { return row.prediction.points.front().has_samples; });
  ChartPanel upper = values_panel(lines, workers, times);
  upper.title_y(times ? "Time of a step, p50" : "Samples per second");
  draw(upper, lines, &Line::value);
  ChartPanel lower = efficiency_panel(lines, workers);
  draw(lower, lines, &Line::efficiency);
  if (!efficiencies) upper.title_x("Workers");

  std::size_t longest = 0;
  for (const Line& line : lines) longest = std::max(longest, line.label.size());
  const double width = kLegendX + 42 + std::max(200.0, 7.0 * static_cast<double>(longest)) + 20;
  const double height = std::max(efficiencies ? 730.0 : 450.0,
                                 84 + kLegendLine * static_cast<double>(lines.size() + 3));
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 " + fixed(width, 0) +
         " " + fixed(height, 0) + "\" width=\"" + fixed(width, 0) + "\" height=\"" +
         fixed(height, 0) +
         "\" font-family=\"sans-serif\" fill=\"#1d2429\">\n"
         "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" +
         svg_text(90, 34, comparison.rows.front().prediction.scenario, 17, "start") +
         legend(lines, comparison, times) + upper.svg() + (efficiencies ? lower.svg() : "") +
         "</svg>\n";
}

}  // namespace rehearse
