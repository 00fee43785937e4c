// Time against memory of the layouts of a search.
#include <algorithm>

#include "base/numbers.h"
#include "base/quantity_text.h"
#include "report/search_report.h"
#include "report/svg/chart_axes.h"
#include "report/svg/chart_heading.h"
#include "report/svg/chart_panel.h"
#include "report/svg/series_style.h"
#include "scenarios/layout_words.h"

namespace rehearse {
namespace {

constexpr double kWidth = 760;
constexpr double kLeft = 90;
constexpr double kPanelWidth = 640;
constexpr double kPanelHeight = 320;

struct Range {
  double least = 0, most = 0;

  void add(double value) {
    least = least > 0 ? std::min(least, value) : value;
    most = std::max(most, value);
  }
};

}  // namespace

std::string search_chart_svg(const SearchResult& result, const std::vector<std::string>& facts) {
  const WorkersSearch& found = told_point(result);
  // Where layouts differ in their batch, the time of as many samples as the best takes.
  const double batch = static_cast<double>(found.best.front().point.global_batch);
  const auto scaled = [&](double seconds, std::int64_t samples) {
    return seconds * batch / static_cast<double>(samples);
  };
  ChartPanel::Points front, best;
  Range memory, time;
  for (const RankedLayout& ranked : found.pareto) {
    front.emplace_back(ranked.memory, scaled(ranked.seconds, ranked.global_batch));
  }
  for (const FoundLayout& one : found.best) {
    best.emplace_back(one.point.memory.total().value(),
                      scaled(one.point.step_time.p50, one.point.global_batch));
  }
  for (const auto* points : {&front, &best}) {
    for (const auto& [x, y] : *points) memory.add(x), time.add(y);
  }
  SvgPage page(kWidth, 0);
  double y = draw_heading(page, result.scenario, facts) + 30;
  const std::vector<std::string> names{"No layout takes less time and less memory (estimated)",
                                       "The best " + grouped(found.best.size()) + " of " +
                                           grouped(found.fitting) + " layouts that fit, predicted"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    draw_sample(page, {kLeft, y - 4}, series_style(i));
    page.text({kLeft + 44, y}, names[i], {12});
    y += 20;
  }
  y += 24;
  const ChartPanel::Axis x_axis = linear_axis(memory.most);
  const ChartPanel::Axis y_axis = value_axis(time.least, time.most, 1);
  ChartPanel panel(page, {kLeft, y, kPanelWidth, kPanelHeight}, x_axis, y_axis);
  panel.title_y("Time of a step");
  panel.title_x("Memory of the fullest device");
  std::vector<double> ticks = linear_ticks(x_axis);
  std::ranges::reverse(ticks);
  for (const double tick : ticks) panel.tick_x(tick, tick == 0 ? "0" : whole(to_text(Bytes(tick))));
  tick_values(panel, y_axis, tick_time);
  const SeriesStyle line = series_style(0), dots = series_style(1);
  panel.curve(front, {line.colour, 2, line.dashes});
  panel.marks(front, line.marker, line.colour);
  panel.marks(best, dots.marker, dots.colour);
  page.grow_to(y + kPanelHeight + 60);
  return page.document(result.scenario);
}

}  // namespace rehearse
