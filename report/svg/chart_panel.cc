#include "report/svg/chart_panel.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "base/text_width.h"

namespace rehearse {
namespace {

constexpr double kLabelSize = 12;
constexpr double kMark = 3.6;  // half the width of a marker
constexpr std::string_view kGrid = "#e3e7ea";
constexpr std::string_view kAxis = "#5c6770";

double share(double value, double least, double most, bool logarithmic) {
  const double x = std::clamp(value, least, most);
  if (logarithmic) return std::log(x / least) / std::log(most / least);
  return (x - least) / (most - least);
}

}  // namespace

void draw_marker(SvgPage& page, Point at, Marker marker, std::string_view colour) {
  const double r = kMark;
  const auto shape = [&](std::vector<Point> corners) {
    for (Point& corner : corners) corner = {at.x + r * corner.x, at.y + r * corner.y};
    page.polygon(corners, colour);
  };
  switch (marker) {
    case Marker::disc:
      page.circle(at, r, colour, "none");
      break;
    case Marker::square:
      shape({{-0.9, -0.9}, {0.9, -0.9}, {0.9, 0.9}, {-0.9, 0.9}});
      break;
    case Marker::diamond:
      shape({{0, -1.3}, {1.3, 0}, {0, 1.3}, {-1.3, 0}});
      break;
    case Marker::triangle:
      shape({{0, -1.2}, {1.2, 1}, {-1.2, 1}});
      break;
    case Marker::turned_triangle:
      shape({{0, 1.2}, {1.2, -1}, {-1.2, -1}});
      break;
  }
}

ChartPanel::ChartPanel(SvgPage& page, Frame frame, Axis x, Axis y)
    : page_(page), frame_(frame), x_(x), y_(y) {
  EXPECTS(x.least < x.most && y.least < y.most);
  EXPECTS((!x.logarithmic || x.least > 0) && (!y.logarithmic || y.least > 0));
  const double bottom = frame_.y + frame_.height;
  page_.line({frame_.x, frame_.y}, {frame_.x, bottom}, {kAxis});
  page_.line({frame_.x, bottom}, {frame_.x + frame_.width, bottom}, {kAxis});
}

double ChartPanel::pixel_x(double value) const {
  return frame_.x + frame_.inset +
         (frame_.width - 2 * frame_.inset) * share(value, x_.least, x_.most, x_.logarithmic);
}
double ChartPanel::pixel_y(double value) const {
  return frame_.y + frame_.height * (1 - share(value, y_.least, y_.most, y_.logarithmic));
}

void ChartPanel::tick_x(double value, std::string_view label) {
  const double x = pixel_x(value);
  const double bottom = frame_.y + frame_.height;
  page_.line({x, frame_.y}, {x, bottom + 5}, {kGrid});
  const double half = text_width(label, kLabelSize) / 2;
  if (x + half > label_begin_ - 6) return;
  label_begin_ = x - half;
  page_.text({x, bottom + 20}, label, {kLabelSize, Anchor::middle});
}

void ChartPanel::tick_y(double value, std::string_view label) {
  const double y = pixel_y(value);
  page_.line({frame_.x - 5, y}, {frame_.x + frame_.width, y}, {kGrid});
  page_.text({frame_.x - 9, y + 4}, fitted(label, kLabelSize, frame_.x - 12),
             {kLabelSize, Anchor::end});
}

void ChartPanel::title_y(std::string_view words) {
  page_.text({frame_.x, frame_.y - 12}, words, {13});
}

void ChartPanel::title_x(std::string_view words) {
  page_.text({frame_.x + frame_.width / 2, frame_.y + frame_.height + 40}, words,
             {13, Anchor::middle});
}

void ChartPanel::band(const Points& low, const Points& high, std::string_view colour) {
  std::vector<Point> around;
  for (const auto& point : low) around.push_back(place(point));
  for (auto point = high.rbegin(); point != high.rend(); ++point) around.push_back(place(*point));
  page_.polygon(around, colour, 0.22);
}

void ChartPanel::curve(const Points& points, const Stroke& stroke, double shift) {
  std::vector<Point> way;
  for (const auto& point : points) way.push_back(place(point, shift));
  page_.polyline(way, stroke);
}

void ChartPanel::marks(const Points& points, Marker marker, std::string_view colour, double shift) {
  for (const auto& point : points) draw_marker(page_, place(point, shift), marker, colour);
}

void ChartPanel::whiskers(const Points& low, const Points& high, std::string_view colour,
                          double shift) {
  for (std::size_t i = 0; i < std::min(low.size(), high.size()); ++i) {
    const Point a = place(low[i], shift);
    const Point b = place(high[i], shift);
    page_.line(a, b, {colour, 1.4});
    for (const Point& end : {a, b}) {
      page_.line({end.x - 2.5, end.y}, {end.x + 2.5, end.y}, {colour, 1.4});
    }
  }
}

}  // namespace rehearse
