#include "report/scaling_chart.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "base/quantity_text.h"
#include "report/chart_axes.h"
#include "report/chart_panel.h"
#include "report/numbers.h"

namespace rehearse {
namespace {

constexpr double kWidth = 760;
constexpr double kHeight = 680;
constexpr const char* kMeasureColour = "#2f6fb3";
constexpr const char* kIdealColour = "#8d99a4";

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

ChartPanel::Axis workers_axis(const Prediction& prediction) {
  auto least = static_cast<double>(prediction.points.front().workers);
  auto most = least;
  for (const PredictedPoint& point : prediction.points) {
    least = std::min(least, static_cast<double>(point.workers));
    most = std::max(most, static_cast<double>(point.workers));
  }
  return rehearse::workers_axis(least, most);
}

ChartPanel::Axis throughput_axis(const Series& s) {
  double least = s.middle.front().second;
  double most = least;
  for (const Points* points : {&s.low, &s.middle, &s.high, &s.ideal}) {
    for (const auto& [x, y] : *points) {
      if (y > 0) least = std::min(least, y);
      most = std::max(most, y);
    }
  }
  return least > 0 ? decades(least, most) : ChartPanel::Axis{0.1, 1, true};
}

void draw(ChartPanel& panel, const Prediction& prediction, const Series& s) {
  for (auto point = prediction.points.rbegin(); point != prediction.points.rend(); ++point) {
    panel.tick_x(static_cast<double>(point->workers), grouped(point->workers));
  }
  panel.curve(s.ideal, kIdealColour, kDashed);
  panel.band(s.low, s.high, kMeasureColour);
  panel.curve(s.middle, kMeasureColour);
  panel.dots(s.middle, kMeasureColour);
}

std::string around(const Prediction& prediction, double height, const std::string& body) {
  const std::string size = fixed(kWidth, 0) + " " + fixed(height, 0);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 " + size +
         "\" width=\"" + fixed(kWidth, 0) + "\" height=\"" + fixed(height, 0) +
         "\" font-family=\"sans-serif\" fill=\"#1d2429\">\n"
         "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" +
         svg_text(90, 34, prediction.scenario, 17, "start") + body + "</svg>\n";
}

// Of collectives without a model: their time alone.
std::string times_svg(const Prediction& prediction) {
  Series s;
  double least = 0, most = 0;
  for (const PredictedPoint& point : prediction.points) {
    const auto x = static_cast<double>(point.workers);
    s.low.emplace_back(x, point.step_time.p10);
    s.middle.emplace_back(x, point.step_time.p50);
    s.high.emplace_back(x, point.step_time.p90);
    const double low = point.step_time.p10;
    if (low > 0 && (least == 0 || low < least)) least = low;
    most = std::max(most, point.step_time.p90);
  }
  const ChartPanel::Axis times = least > 0 ? decades(least, most) : ChartPanel::Axis{1e-6, 1, true};
  ChartPanel panel({90, 74, 640, 320}, workers_axis(prediction), times);
  panel.title_y("Time, p50 and p10 – p90");
  panel.title_x("Ranks");
  tick_decades(panel, times, [](double y) { return to_text(Duration(y)); });
  for (auto point = prediction.points.rbegin(); point != prediction.points.rend(); ++point) {
    panel.tick_x(static_cast<double>(point->workers), grouped(point->workers));
  }
  panel.band(s.low, s.high, kMeasureColour);
  panel.curve(s.middle, kMeasureColour);
  panel.dots(s.middle, kMeasureColour);
  return around(prediction, 460, panel.svg());
}

std::string legend(double y) {
  const std::string line =
      "<line y1=\"" + fixed(y - 4, 1) + "\" y2=\"" + fixed(y - 4, 1) + "\" stroke-width=\"2\" ";
  return line + "x1=\"90\" x2=\"120\" stroke=\"" + kMeasureColour + "\"/>\n" +
         svg_text(128, y, "predicted, p50", 12, "start") + "<rect x=\"258\" y=\"" +
         fixed(y - 10, 1) + "\" width=\"30\" height=\"12\" fill=\"" + kMeasureColour +
         "\" fill-opacity=\"0.22\"/>\n" +
         svg_text(296, y, "p10 – p90 of a run's mean", 12, "start") + line +
         "x1=\"480\" x2=\"510\" stroke=\"" + kIdealColour + "\" stroke-dasharray=\"6 5\"/>\n" +
         svg_text(518, y, "ideal: the smallest point, scaled", 12, "start");
}

}  // namespace

std::string scaling_chart_svg(const Prediction& prediction) {
  EXPECTS(!prediction.points.empty());
  if (!prediction.points.front().has_samples) return times_svg(prediction);
  const ChartPanel::Axis workers = workers_axis(prediction);

  const Series throughput = series(prediction, &PredictedPoint::samples_per_s, false);
  const ChartPanel::Axis rate = throughput_axis(throughput);
  ChartPanel upper({90, 104, 640, 260}, workers, rate);
  upper.title_y("Samples per second");
  tick_decades(upper, rate, [](double y) { return y < 1 ? significant(y, 1) : grouped(y); });
  draw(upper, prediction, throughput);

  const Series efficiency = series(prediction, &PredictedPoint::efficiency, true);
  double most = 1;
  for (const auto& [x, y] : efficiency.high) most = std::max(most, y);
  most = std::min(std::ceil(most * 5) / 5, 10.0);
  ChartPanel lower({90, 434, 640, 180}, workers, {0, most, false});
  lower.title_y("Efficiency");
  const double step = most > 2 ? 1 : 0.2;
  for (double value = 0; value <= most * 1.001; value += step) {
    lower.tick_y(value, fixed(100 * value, 0) + " %");
  }
  lower.title_x("Workers");
  draw(lower, prediction, efficiency);

  return around(prediction, kHeight, legend(62) + upper.svg() + lower.svg());
}

}  // namespace rehearse
