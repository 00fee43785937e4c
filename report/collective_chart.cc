#include <algorithm>
#include <array>
#include <cmath>

#include "base/contract.h"
#include "base/quantity_text.h"
#include "report/chart_axes.h"
#include "report/chart_panel.h"
#include "report/collective_report.h"
#include "report/numbers.h"

namespace rehearse {
namespace {

constexpr double kWidth = 760;
constexpr double kLegend = 60;  // y of its first line
constexpr double kLegendLine = 20;
constexpr double kPanelHeight = 250;
constexpr std::size_t kMostLogs = 5;  // in the picture
constexpr std::size_t kLongestName = 80;
constexpr const char* kColour = "#2f6fb3";
// Okabe and Ito's colours that are not blue.
constexpr std::array<std::string_view, kMostLogs> kLogColours{"#d55e00", "#009e73", "#cc79a7",
                                                              "#e69f00", "#4d4d4d"};

using Points = ChartPanel::Points;

struct Panel {
  Points low, middle, high;
  std::vector<Points> measured;
};

Panel times(const CollectiveReport& report) {
  Panel panel;
  for (const CollectiveRow& row : report.prediction.rows) {
    panel.low.emplace_back(row.bytes, row.time.p10);
    panel.middle.emplace_back(row.bytes, row.time.p50);
    panel.high.emplace_back(row.bytes, row.time.p90);
  }
  for (const MeasuredCollective& log : report.against) {
    Points& points = panel.measured.emplace_back();
    for (const MeasuredCollective::Row& row : log.rows) {
      points.emplace_back(row.bytes, row.measured);
    }
  }
  return panel;
}

// The times of a panel as bus bandwidths in bytes/s.
Panel bandwidths(const CollectiveReport& report, Panel panel) {
  const auto turn = [&](Points& points) {
    for (auto& [bytes, y] : points) y = report.bus_bandwidth(bytes, y);
  };
  turn(panel.low);
  turn(panel.middle);
  turn(panel.high);
  for (Points& points : panel.measured) turn(points);
  return panel;
}

ChartPanel::Axis axis_of(const Panel& panel) {
  double least = panel.middle.front().second;
  double most = least;
  const auto widen = [&](const Points& points) {
    for (const auto& [x, y] : points) {
      if (!(y > 0)) continue;
      least = std::min(least, y);
      most = std::max(most, y);
    }
  };
  widen(panel.low);
  widen(panel.middle);
  widen(panel.high);
  for (const Points& points : panel.measured) widen(points);
  return least > 0 ? decades(least, most) : ChartPanel::Axis{1e-9, 1, true};
}

// Powers of two from large to small; every other one has a label where there are many.
void tick_sizes(ChartPanel& panel, const ChartPanel::Axis& sizes) {
  const double last = std::floor(std::log2(sizes.most));
  const double first = std::ceil(std::log2(sizes.least));
  const int step = last - first > 12 ? 5 : last - first > 6 ? 2 : 1;
  for (int power = static_cast<int>(last); power >= first; --power) {
    if (power % step == 0) panel.tick_x(std::exp2(power), binary_size(std::exp2(power)));
  }
}

// "10.0 ms" of a decade becomes "10 ms".
std::string whole(const std::string& quantity) {
  const std::size_t point = quantity.find('.');
  const std::size_t blank = quantity.find(' ');
  if (point > blank || quantity.find_first_not_of('0', point + 1) != blank) return quantity;
  return quantity.substr(0, point) + quantity.substr(blank);
}

std::string drawn(const ChartPanel::Frame& frame, const ChartPanel::Axis& sizes, const Panel& data,
                  const std::string& title, const std::function<std::string(double)>& label) {
  const ChartPanel::Axis axis = axis_of(data);
  ChartPanel panel(frame, sizes, axis);
  panel.title_y(title);
  panel.title_x("Bytes");
  tick_decades(panel, axis, label);
  tick_sizes(panel, sizes);
  panel.band(data.low, data.high, kColour);
  panel.curve(data.middle, kColour);
  panel.dots(data.middle, kColour);
  for (std::size_t i = 0; i < std::min(data.measured.size(), kMostLogs); ++i) {
    panel.dots(data.measured[i], kLogColours[i]);
  }
  return panel.svg();
}

// The end of a name says more than its beginning; a character of UTF-8 is not cut.
std::string shortened(const std::string& name) {
  if (name.size() <= kLongestName) return name;
  std::size_t begin = name.size() - kLongestName;
  while (begin < name.size() && (static_cast<unsigned char>(name[begin]) & 0xC0) == 0x80) ++begin;
  return "…" + name.substr(begin);
}

std::string dot(double y, std::string_view colour) {
  return "<circle cx=\"105\" cy=\"" + fixed(y - 4, 1) + "\" r=\"3.5\" fill=\"" +
         std::string(colour) + "\"/>\n";
}

std::string legend(const CollectiveReport& report) {
  double y = kLegend;
  std::string text = "<line x1=\"90\" x2=\"120\" y1=\"" + fixed(y - 4, 1) + "\" y2=\"" +
                     fixed(y - 4, 1) + "\" stroke-width=\"2\" stroke=\"" + kColour + "\"/>\n" +
                     dot(y, kColour) + svg_text(128, y, "predicted, p50", 12, "start") +
                     "<rect x=\"258\" y=\"" + fixed(y - 10, 1) +
                     "\" width=\"30\" height=\"12\" fill=\"" + kColour +
                     "\" fill-opacity=\"0.22\"/>\n" + svg_text(296, y, "p10 – p90", 12, "start");
  for (std::size_t i = 0; i < report.against.size(); ++i) {
    y += kLegendLine;
    if (i == kMostLogs) {
      return text +
             svg_text(128, y,
                      "and " + grouped(report.against.size() - kMostLogs) + " logs more, not drawn",
                      12, "start");
    }
    const MeasuredCollective& log = report.against[i];
    text += dot(y, kLogColours[i]) +
            svg_text(128, y, shortened(log.file) + ": mean error " + percent(log.mean_abs_error),
                     12, "start");
  }
  return text;
}

}  // namespace

std::string collective_chart_svg(const CollectiveReport& report) {
  EXPECTS(!report.prediction.rows.empty());
  const ChartPanel::Axis sizes =
      workers_axis(report.prediction.rows.front().bytes, report.prediction.rows.back().bytes);
  const double lines = static_cast<double>(std::min(report.against.size(), kMostLogs + 1));
  const double top = kLegend + lines * kLegendLine + 44;
  const double below = top + kPanelHeight + 86;
  const double height = below + kPanelHeight + 60;
  const Panel time = times(report);
  const std::string upper = drawn({90, top, 640, kPanelHeight}, sizes, time, "Time",
                                  [](double y) { return whole(to_text(Duration(y))); });
  const std::string lower =
      drawn({90, below, 640, kPanelHeight}, sizes, bandwidths(report, time), "Bus bandwidth",
            [](double y) { return whole(to_text(Bandwidth(y))); });
  const std::string title = to_text(report.operation) + " on " + grouped(report.ranks) +
                            " ranks, " + grouped(report.ranks_per_node) +
                            " on a node: " + report.network + ", " + report.stack;
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 " +
         fixed(kWidth, 0) + " " + fixed(height, 0) + "\" width=\"" + fixed(kWidth, 0) +
         "\" height=\"" + fixed(height, 0) +
         "\" font-family=\"sans-serif\" fill=\"#1d2429\">\n"
         "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" +
         svg_text(90, 34, title, title.size() > 70 ? 13 : 16, "start") + legend(report) + upper +
         lower + "</svg>\n";
}

}  // namespace rehearse
