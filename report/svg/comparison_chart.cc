#include "report/svg/comparison_chart.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include "base/contract.h"
#include "base/numbers.h"
#include "base/text_width.h"
#include "report/comparison_rows.h"
#include "report/svg/chart_axes.h"
#include "report/svg/chart_heading.h"
#include "report/svg/series_style.h"

namespace rehearse {
namespace {

static_assert(kMostLines <= kSeriesStyles);

constexpr double kLeft = 90;
constexpr double kPanelWidth = 620;
constexpr double kLegendX = kLeft + kPanelWidth + 30;
constexpr double kLegendLine = 20;
constexpr double kNameX = kLegendX + 44;
constexpr double kLeastName = 220;  // pixels, for the names of the legend
constexpr double kMostName = 420;
constexpr std::size_t kMostGrey = 300;  // lines
constexpr std::string_view kGrey = "#b6bec4";

using Points = ChartPanel::Points;

struct Line {
  std::size_t row = 0;
  bool is_named = false;
  SeriesStyle style;
  Points low, value, high, efficiency;
  double shift = 0;
};

class ComparisonChart {
 public:
  ComparisonChart(const Comparison& comparison, const std::vector<std::string>& facts)
      : comparison_(comparison),
        value_(charted_value(comparison)),
        names_(row_names(comparison)),
        page_(page_width(), 0) {
    y_ = draw_heading(page_, title(), facts) + 44;
    collect();
  }

  std::string drawn() {
    const double legend_top = y_;
    ChartPanel upper = values_panel(300);
    y_ += 300;
    const bool efficiencies = std::ranges::all_of(comparison_.rows, [](const ComparedRow& row) {
      return row.prediction.points.front().has_samples;
    });
    if (efficiencies) {
      y_ += 74;
      draw_efficiencies();
    } else {
      upper.title_x(name_of_workers(comparison_));
    }
    page_.grow_to(std::max(y_ + 60, draw_legend(legend_top) + 20));
    return page_.document(title());
  }

 private:
  [[nodiscard]] const std::string& title() const {
    return comparison_.rows.front().prediction.scenario;
  }

  [[nodiscard]] double name_width() const {
    double widest = kLeastName;
    for (const std::string& name : names_) widest = std::max(widest, text_width(name, 12));
    return std::min(widest, kMostName);
  }
  [[nodiscard]] double page_width() const { return kNameX + name_width() + kChartMargin; }

  [[nodiscard]] double cost_at_end(std::size_t row) const {
    return value_.cost(comparison_.rows[row].prediction.points.back());
  }

  // The named rows keep their order; grey lines come first, below the others.
  void collect() {
    std::vector<std::size_t> order(comparison_.rows.size());
    std::iota(order.begin(), order.end(), 0U);
    if (order.size() > kMostLines) {
      std::ranges::stable_sort(order, {}, [&](std::size_t row) { return cost_at_end(row); });
    }
    const auto named = std::min(order.size(), kMostLines);
    std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(named));
    const std::size_t drawn = std::min(order.size(), kMostLines + kMostGrey);
    for (std::size_t i = named; i < drawn; ++i) lines_.push_back(line_of(order[i]));
    for (std::size_t i = 0; i < named; ++i) {
      Line line = line_of(order[i]);
      line.is_named = true;
      line.style = series_style(i);
      line.shift = (static_cast<double>(i) - 0.5 * static_cast<double>(named - 1)) * step(named);
      lines_.push_back(std::move(line));
    }
  }

  [[nodiscard]] Line line_of(std::size_t row) const {
    Line line;
    line.row = row;
    for (const PredictedPoint& point : comparison_.rows[row].prediction.points) {
      const auto x = static_cast<double>(point.workers);
      const Quantiles q = value_.of(point);
      line.low.emplace_back(x, q.p10);
      line.value.emplace_back(x, q.p50);
      line.high.emplace_back(x, q.p90);
      line.efficiency.emplace_back(x, point.efficiency);
    }
    return line;
  }

  [[nodiscard]] std::set<double> counts() const {
    std::set<double> counts;
    for (const ComparedRow& row : comparison_.rows) {
      for (const PredictedPoint& p : row.prediction.points) {
        counts.insert(static_cast<double>(p.workers));
      }
    }
    return counts;
  }
  [[nodiscard]] ChartPanel::Axis workers() const {
    const std::set<double> all = counts();
    return workers_axis(*all.begin(), *all.rbegin());
  }

  // From one row to the next at a number of workers: together they take a third of the room
  // between two of these, as far as they are spread evenly.
  [[nodiscard]] double step(std::size_t named) const {
    const auto gaps = static_cast<double>(std::max<std::size_t>(counts().size() - 1, 1));
    return std::min(6.0, kPanelWidth / gaps / 3 / static_cast<double>(named));
  }

  [[nodiscard]] ChartPanel::Frame frame(double height) const {
    const double farthest = lines_.back().shift;
    return {kLeft, y_, kPanelWidth, height, farthest + 12};
  }

  void tick_workers(ChartPanel& panel) const {
    const std::set<double> all = counts();
    for (auto x = all.rbegin(); x != all.rend(); ++x) panel.tick_x(*x, grouped(*x));
  }

  ChartPanel values_panel(double height) {
    double least = lines_.front().value.front().second;
    double most = 0;
    for (const Line& line : lines_) {
      for (const auto& [x, y] : line.is_named ? line.low : line.value) least = std::min(least, y);
      for (const auto& [x, y] : line.is_named ? line.high : line.value) most = std::max(most, y);
    }
    const ChartPanel::Axis axis = value_axis(least, most, 1);
    ChartPanel panel(page_, frame(height), workers(), axis);
    panel.title_y(value_.title() + ": p50, bars p10 – p90");
    tick_values(panel, axis, [&](double y) { return value_.text(y); });
    tick_workers(panel);
    draw(panel, &Line::value);
    for (const Line& line : lines_) {
      if (line.is_named) panel.whiskers(line.low, line.high, line.style.colour, line.shift);
    }
    return panel;
  }

  void draw_efficiencies() {
    constexpr double kHeight = 220;
    double least = 1, most = 0;
    for (const Line& line : lines_) {
      for (const auto& [x, y] : line.efficiency) {
        least = std::min(least, y);
        most = std::max(most, y);
      }
    }
    // The part that is used, from a whole tenth on.
    const ChartPanel::Axis axis =
        efficiency_axis(std::clamp(std::floor(least * 10) / 10, 0.0, 0.9), most);
    ChartPanel panel(page_, frame(kHeight), workers(), axis);
    panel.title_y("Efficiency");
    panel.title_x("Workers");
    tick_efficiencies(panel, axis);
    tick_workers(panel);
    draw(panel, &Line::efficiency);
    y_ += kHeight;
  }

  void draw(ChartPanel& panel, Points Line::*points) const {
    for (const Line& line : lines_) {
      const Stroke stroke =
          line.is_named ? Stroke{line.style.colour, 2, line.style.dashes} : Stroke{kGrey, 0.8};
      panel.curve(line.*points, stroke, line.shift);
    }
    for (const Line& line : lines_) {
      if (line.is_named)
        panel.marks(line.*points, line.style.marker, line.style.colour, line.shift);
    }
  }

  // Returns the y of its end.
  double draw_legend(double y) {
    const double room = page_.width() - kLegendX - kChartMargin;
    page_.text({kLegendX, y}, fitted(names_of_keys(comparison_), 13, room), {13});
    std::vector<const Line*> named;
    for (const Line& line : lines_) {
      if (line.is_named) named.push_back(&line);
    }
    // From above.
    std::ranges::stable_sort(named, std::greater<>(),
                             [](const Line* line) { return line->value.back().second; });
    for (const Line* line : named) {
      y += kLegendLine;
      draw_sample(page_, {kLegendX, y - 4}, line->style);
      page_.text({kNameX, y}, fitted(names_[line->row], 12, name_width()), {12});
    }
    if (named.size() > 1) {
      y += 6;
      y = draw_words(y, room, "Rows stand side by side at each number of workers.");
    }
    const std::size_t others = comparison_.rows.size() - named.size();
    if (others == 0) return y;
    y += kLegendLine;
    page_.line({kLegendX, y - 4}, {kLegendX + 34, y - 4}, {kGrey, 0.8});
    page_.text({kNameX, y}, "and " + grouped(others) + " rows more", {12});
    return draw_words(y, room,
                      "Named: the best " + grouped(named.size()) +
                          " at the largest number of workers" +
                          (others > kMostGrey ? "; grey: the next " + grouped(kMostGrey) : ""));
  }

  // Returns the y of the last line.
  double draw_words(double y, double room, const std::string& words) {
    for (const std::string& line : wrapped(words, 12, room, 3)) {
      y += kLegendLine - 3;
      page_.text({kLegendX, y}, line, {12});
    }
    return y;
  }

  const Comparison& comparison_;
  ChartedValue value_;
  std::vector<std::string> names_;
  SvgPage page_;
  std::vector<Line> lines_;
  double y_ = 0;
};

}  // namespace

std::string comparison_chart_svg(const Comparison& comparison,
                                 const std::vector<std::string>& facts) {
  EXPECTS(!comparison.rows.empty());
  std::vector<std::string> all = facts;
  const std::string& fidelity = comparison.rows.front().prediction.fidelity;
  if (std::ranges::all_of(comparison.rows, [&](const ComparedRow& row) {
        return row.prediction.fidelity == fidelity;
      })) {
    all.push_back("fidelity " + fidelity);
  }
  if (has_single_points(comparison)) return comparison_dots_svg(comparison, all);
  return ComparisonChart(comparison, all).drawn();
}

}  // namespace rehearse
