#include "report/svg/learning_chart.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/contract.h"
#include "base/numbers.h"
#include "base/quantity_text.h"
#include "report/svg/chart_axes.h"
#include "report/svg/chart_heading.h"
#include "report/svg/chart_panel.h"
#include "report/svg/series_style.h"

namespace rehearse {
namespace {

constexpr double kWidth = 760;
constexpr double kLeft = 90;
constexpr double kPanelWidth = 640;
constexpr double kPanelHeight = 220;
constexpr double kLegendLine = 20;

using Points = ChartPanel::Points;

struct Range {
  double least = 0, most = 0;
};

Range range_of(const std::vector<Points>& all) {
  Range range{INFINITY, 0};
  for (const Points& points : all) {
    for (const auto& [x, y] : points) {
      range.least = std::min(range.least, y);
      range.most = std::max(range.most, y);
    }
  }
  return range;
}

class LearningChart {
 public:
  LearningChart(const std::vector<NamedEmulation>& runs, const std::vector<std::string>& facts)
      : runs_(runs), page_(kWidth, 0) {
    y_ = draw_heading(page_, runs.front().emulation.scenario, facts) + 12;
    for (const NamedEmulation& run : runs) {
      for (const EmulatedPoint& point : run.emulation.curve) end_ = std::max(end_, point.seconds);
    }
    EXPECTS(end_ > 0);
    legend();
  }

  std::string draw() {
    std::vector<Points> losses;
    std::vector<Points> accuracies;
    for (const NamedEmulation& run : runs_) {
      Points& loss = losses.emplace_back();
      Points& accuracy = accuracies.emplace_back();
      for (const EmulatedPoint& point : run.emulation.curve) {
        if (std::isfinite(point.loss)) loss.emplace_back(point.seconds, point.loss);
        if (point.test_accuracy) accuracy.emplace_back(point.seconds, *point.test_accuracy);
      }
    }
    const Range loss = range_of(losses);
    if (loss.most > 0) {
      const auto axis = value_axis(std::max(loss.least, loss.most * 1e-4), loss.most, 1);
      panel("Training loss", axis, losses, [](double value) { return significant(value, 3); });
    }
    if (const Range accuracy = range_of(accuracies); accuracy.most > 0) {
      panel("Accuracy on the test set", {0, 1, false}, accuracies,
            [](double value) { return percent(value); });
    }
    page_.grow_to(y_);
    return page_.document(runs_.front().emulation.scenario);
  }

 private:
  void legend() {
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      y_ += kLegendLine;
      draw_sample(page_, {kLeft, y_ - 4}, series_style(i));
      page_.text({kLeft + 44, y_}, runs_[i].name, {});
    }
    y_ += 34;
  }

  void panel(std::string_view title, const ChartPanel::Axis& axis, const std::vector<Points>& all,
             const std::function<std::string(double)>& label) {
    const ChartPanel::Axis time = linear_axis(end_);
    ChartPanel panel(page_, {kLeft, y_, kPanelWidth, kPanelHeight}, time, axis);
    panel.title_y(title);
    panel.title_x("Predicted time");
    std::vector<double> ticks = linear_ticks(time);
    std::ranges::reverse(ticks);
    for (const double tick : ticks) panel.tick_x(tick, tick == 0 ? "0" : tick_time(tick));
    tick_values(panel, axis, label);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const SeriesStyle style = series_style(i);
      panel.curve(all[i], {style.colour, 2, style.dashes});
    }
    y_ += kPanelHeight + 78;
  }

  const std::vector<NamedEmulation>& runs_;
  SvgPage page_;
  double y_ = 0;
  double end_ = 0;
};

}  // namespace

std::string learning_chart_svg(const std::vector<NamedEmulation>& runs,
                               const std::vector<std::string>& facts) {
  EXPECTS(!runs.empty());
  return LearningChart(runs, facts).draw();
}

}  // namespace rehearse
