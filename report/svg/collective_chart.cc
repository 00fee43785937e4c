#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "base/numbers.h"
#include "base/quantity_text.h"
#include "base/text_width.h"
#include "report/collective_report.h"
#include "report/svg/chart_axes.h"
#include "report/svg/chart_heading.h"
#include "report/svg/chart_panel.h"
#include "report/svg/series_style.h"
#include "report/text/telling_names.h"

namespace rehearse {
namespace {

constexpr double kWidth = 780;
constexpr double kLeft = 100;
constexpr double kPanelWidth = 650;
constexpr double kPanelHeight = 250;
constexpr double kLegendLine = 20;
constexpr std::size_t kMostLogs = 5;  // in the picture
constexpr const char* kColour = "#0072b2";

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
  double least = 0, most = 0;
  const auto widen = [&](const Points& points) {
    for (const auto& [x, y] : points) {
      if (!(y > 0)) continue;
      least = least > 0 ? std::min(least, y) : y;
      most = std::max(most, y);
    }
  };
  widen(panel.low);
  widen(panel.middle);
  widen(panel.high);
  for (const Points& points : panel.measured) widen(points);
  if (panel.middle.size() == 1) return value_axis(least, most, 1);
  return least > 0 ? log_axis(least, most) : ChartPanel::Axis{1e-9, 1, true};
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

// Of a log: no two have the colour or the marker of another or of the prediction.
SeriesStyle style_of_log(std::size_t nth) { return series_style(nth + 1); }

class CollectiveChart {
 public:
  explicit CollectiveChart(const CollectiveReport& report) : report_(report), page_(kWidth, 0) {
    title_ = to_text(report.operation) + " on " + grouped(report.ranks) + " ranks, " +
             grouped(report.ranks_per_node) + " on a node";
    y_ = draw_heading(page_, title_,
                      {report.network, "stack " + report.stack, "fidelity " + report.fidelity}) +
         28;
  }

  std::string drawn() {
    legend();
    const Panel time = times(report_);
    panel(time, "Time", tick_time);
    y_ += 84;
    panel(bandwidths(report_, time), "Bus bandwidth", tick_rate);
    page_.grow_to(y_ + 60);
    return page_.document(title_ + ": " + report_.network);
  }

 private:
  void panel(const Panel& data, const char* title,
             const std::function<std::string(double)>& label) {
    const auto& rows = report_.prediction.rows;
    const ChartPanel::Axis sizes = workers_axis(rows.front().bytes, rows.back().bytes);
    const ChartPanel::Axis axis = axis_of(data);
    ChartPanel panel(page_, {kLeft, y_, kPanelWidth, kPanelHeight, 12}, sizes, axis);
    panel.title_y(title);
    panel.title_x("Size of the message as nccl-tests count it");
    tick_values(panel, axis, label);
    tick_sizes(panel, sizes);
    if (data.middle.size() == 1) {
      panel.whiskers(data.low, data.high, kColour);
    } else {
      panel.band(data.low, data.high, kColour);
      panel.curve(data.middle, {kColour, 2});
    }
    panel.marks(data.middle, Marker::disc, kColour);
    for (std::size_t i = 0; i < std::min(data.measured.size(), kMostLogs); ++i) {
      const SeriesStyle style = style_of_log(i);
      panel.marks(data.measured[i], style.marker, style.colour);
    }
    y_ += kPanelHeight;
  }

  void legend() {
    const bool several = report_.prediction.rows.size() > 1;
    if (several) page_.line({kLeft, y_ - 4}, {kLeft + 30, y_ - 4}, {kColour, 2});
    draw_marker(page_, {kLeft + 15, y_ - 4}, Marker::disc, kColour);
    page_.text({kLeft + 38, y_}, "predicted, p50", {12});
    if (several) {
      page_.box({kLeft + 168, y_ - 10}, 30, 12, kColour, "none", 0.22);
    } else {
      page_.line({kLeft + 183, y_ - 11}, {kLeft + 183, y_ + 3}, {kColour, 1.4});
    }
    page_.text({kLeft + 206, y_}, "p10 – p90", {12});
    const double room = kWidth - kLeft - 38 - kChartMargin;
    std::vector<std::string> files;
    for (const MeasuredCollective& log : report_.against) files.push_back(log.file);
    const std::vector<std::string> names = telling_names(files);
    for (std::size_t i = 0; i < names.size(); ++i) {
      y_ += kLegendLine;
      if (i == kMostLogs) {
        page_.text({kLeft + 38, y_},
                   "and " + grouped(names.size() - kMostLogs) + " logs more, not drawn", {12});
        break;
      }
      const SeriesStyle style = style_of_log(i);
      draw_marker(page_, {kLeft + 15, y_ - 4}, style.marker, style.colour);
      const std::string error = ": mean error " + percent(report_.against[i].mean_abs_error);
      page_.text({kLeft + 38, y_}, fitted(names[i], 12, room - text_width(error, 12)) + error,
                 {12});
    }
    y_ += 44;
  }

  const CollectiveReport& report_;
  SvgPage page_;
  std::string title_;
  double y_ = 0;
};

}  // namespace

std::string collective_chart_svg(const CollectiveReport& report) {
  EXPECTS(!report.prediction.rows.empty());
  return CollectiveChart(report).drawn();
}

}  // namespace rehearse
