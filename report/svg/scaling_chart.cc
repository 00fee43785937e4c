#include "report/svg/scaling_chart.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "base/numbers.h"
#include "base/quantity_text.h"
#include "base/text_width.h"
#include "report/svg/chart_axes.h"
#include "report/svg/chart_heading.h"
#include "report/svg/chart_panel.h"

namespace rehearse {
namespace {

constexpr double kWidth = 760;
constexpr double kLeft = 90;
constexpr double kPanelWidth = 640;
constexpr const char* kColour = "#2f6fb3";
constexpr const char* kIdealColour = "#6c7780";

using Points = ChartPanel::Points;

struct Series {
  Points low, middle, high, ideal;
};

// A value of a point at its p50 becomes one at p10 or p90 by the ratio of the step times.
double scaled(double value, const PredictedPoint& point, double step_time) {
  return step_time > 0 ? value * point.step_time.p50 / step_time : value;
}

Series series(const Prediction& prediction, double PredictedPoint::*value, bool per_worker) {
  Series result;
  const PredictedPoint& first = prediction.points.front();
  for (const PredictedPoint& point : prediction.points) {
    const auto x = static_cast<double>(point.workers);
    const double ratio = per_worker ? 1 : x / static_cast<double>(first.workers);
    result.low.emplace_back(x, scaled(point.*value, point, point.step_time.p90));
    result.middle.emplace_back(x, point.*value);
    result.high.emplace_back(x, scaled(point.*value, point, point.step_time.p10));
    result.ideal.emplace_back(x, first.*value * ratio);
  }
  return result;
}

Series times(const Prediction& prediction) {
  Series result;
  for (const PredictedPoint& point : prediction.points) {
    const auto x = static_cast<double>(point.workers);
    result.low.emplace_back(x, point.step_time.p10);
    result.middle.emplace_back(x, point.step_time.p50);
    result.high.emplace_back(x, point.step_time.p90);
  }
  return result;
}

struct Range {
  double least = 0, most = 0;  // of the values above 0; both 0 if there are none
};

Range range_of(const Series& s) {
  Range range;
  for (const Points* points : {&s.low, &s.middle, &s.high, &s.ideal}) {
    for (const auto& [x, y] : *points) {
      if (!(y > 0)) continue;
      range.least = range.least > 0 ? std::min(range.least, y) : y;
      range.most = std::max(range.most, y);
    }
  }
  return range;
}

// Logarithmic, and for a single point from 0.
ChartPanel::Axis axis_of(const Series& s, double fallback) {
  const Range range = range_of(s);
  if (s.middle.size() == 1) return value_axis(range.least, range.most, fallback);
  return range.least > 0 ? log_axis(range.least, range.most)
                         : ChartPanel::Axis{fallback / 10, fallback, true};
}

class ScalingChart {
 public:
  ScalingChart(const Prediction& prediction, std::vector<std::string> facts)
      : prediction_(prediction), page_(kWidth, 0) {
    facts.push_back("fidelity " + prediction.fidelity);
    y_ = draw_heading(page_, prediction.scenario, facts) + 28;
  }

  std::string throughput() {
    legend(true);
    const Series rates = series(prediction_, &PredictedPoint::samples_per_s, false);
    const ChartPanel::Axis rate = axis_of(rates, 1);
    ChartPanel upper = panel(260, rate);
    upper.title_y("Samples per second");
    tick_values(upper, rate, tick_number);
    draw(upper, rates);
    y_ += 70;
    const Series efficiency = series(prediction_, &PredictedPoint::efficiency, true);
    const ChartPanel::Axis share = efficiency_axis(0, range_of(efficiency).most);
    ChartPanel lower = panel(180, share);
    lower.title_y("Efficiency");
    tick_efficiencies(lower, share);
    draw(lower, efficiency);
    lower.title_x("Workers");
    return finished();
  }

  // Of collectives without a model.
  std::string time() {
    legend(false);
    const Series series = times(prediction_);
    const ChartPanel::Axis axis = axis_of(series, 1e-6);
    ChartPanel only = panel(320, axis);
    only.title_y("Time");
    only.title_x("Ranks");
    tick_values(only, axis, [](double y) { return tick_time(y); });
    draw(only, series);
    return finished();
  }

 private:
  // Below what is drawn already.
  ChartPanel panel(double height, const ChartPanel::Axis& y) {
    std::vector<double> counts;
    for (const PredictedPoint& p : prediction_.points) {
      counts.push_back(static_cast<double>(p.workers));
    }
    const auto [least, most] = std::ranges::minmax(counts);
    const ChartPanel::Frame frame{kLeft, y_, kPanelWidth, height, 12};
    y_ += height;
    return {page_, frame, workers_axis(least, most), y};
  }

  void draw(ChartPanel& panel, const Series& s) const {
    for (auto point = prediction_.points.rbegin(); point != prediction_.points.rend(); ++point) {
      panel.tick_x(static_cast<double>(point->workers), grouped(point->workers));
    }
    if (s.middle.size() == 1) {
      panel.whiskers(s.low, s.high, kColour);
    } else {
      if (!s.ideal.empty()) panel.curve(s.ideal, {kIdealColour, 1.5, kDashed});
      panel.band(s.low, s.high, kColour);
      panel.curve(s.middle, {kColour, 2});
    }
    panel.marks(s.middle, Marker::disc, kColour);
  }

  // Entries follow each other.
  void legend(bool ideal) {
    double x = kLeft;
    const bool several = prediction_.points.size() > 1;
    const auto words = [&](const std::string& text) {
      page_.text({x + 38, y_}, text, {12});
      x += 38 + text_width(text, 12) + 24;
    };
    if (several) page_.line({x, y_ - 4}, {x + 30, y_ - 4}, {kColour, 2});
    draw_marker(page_, {x + 15, y_ - 4}, Marker::disc, kColour);
    words("predicted, p50");
    if (several) {
      page_.box({x, y_ - 10}, 30, 12, kColour, "none", 0.22);
    } else {
      page_.line({x + 15, y_ - 11}, {x + 15, y_ + 3}, {kColour, 1.4});
    }
    words(prediction_.points.front().has_samples ? "p10 – p90 of a run's mean" : "p10 – p90");
    if (ideal && several) {
      page_.line({x, y_ - 4}, {x + 30, y_ - 4}, {kIdealColour, 1.5, kDashed});
      words("ideal: the smallest point, scaled");
    }
    y_ += 42;
  }

  std::string finished() {
    page_.grow_to(y_ + 60);
    return page_.document(prediction_.scenario);
  }

  const Prediction& prediction_;
  SvgPage page_;
  double y_ = 0;
};

}  // namespace

std::string scaling_chart_svg(const Prediction& prediction, const std::vector<std::string>& facts) {
  EXPECTS(!prediction.points.empty());
  ScalingChart chart(prediction, facts);
  return prediction.points.front().has_samples ? chart.throughput() : chart.time();
}

}  // namespace rehearse
