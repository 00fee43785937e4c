// One set of axes of a chart.
//
//   ChartPanel panel(page, {80, 40, 600, 200}, {1, 1024, true}, {0, 1, false});
//   panel.tick_y(0.5, "50 %");
//   panel.curve({{1, 1}, {1024, 0.8}}, {"#2f6fb3", 2});
//
// Ticks first: what is drawn later lies on top.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/svg_page.h"

namespace rehearse {

enum class Marker { disc, square, diamond, triangle, turned_triangle };

inline constexpr std::string_view kDashed = "6 5";

// Around a point of the page.
void draw_marker(SvgPage& page, Point at, Marker marker, std::string_view colour);

class ChartPanel {
 public:
  struct Frame {
    double x = 0, y = 0, width = 0, height = 0;  // pixels; y of the upper edge
    double inset = 0;                            // the x axis keeps so far from both sides
  };
  struct Axis {
    double least = 0, most = 1;
    bool logarithmic = false;  // REQUIRES then: least > 0
  };
  using Points = std::vector<std::pair<double, double>>;

  // REQUIRES: least < most on both axes; the page outlives the panel.
  ChartPanel(SvgPage& page, Frame frame, Axis x, Axis y);

  // A tick whose label would touch the one to its right is drawn without its label.
  // REQUIRES: ticks are given from right to left.
  void tick_x(double value, std::string_view label);
  void tick_y(double value, std::string_view label);
  // Above the upper left corner; below the middle.
  void title_y(std::string_view words);
  void title_x(std::string_view words);

  // Values that lie beyond an axis are drawn at its end.
  [[nodiscard]] double pixel_x(double value) const;
  [[nodiscard]] double pixel_y(double value) const;

  void band(const Points& low, const Points& high, std::string_view colour);
  // `shift`: pixels to the right, for curves that lie on each other.
  void curve(const Points& points, const Stroke& stroke, double shift = 0);
  void marks(const Points& points, Marker marker, std::string_view colour, double shift = 0);
  // Upright bars from low to high.
  void whiskers(const Points& low, const Points& high, std::string_view colour, double shift = 0);

 private:
  [[nodiscard]] Point place(const Points::value_type& point, double shift = 0) const {
    return {pixel_x(point.first) + shift, pixel_y(point.second)};
  }

  SvgPage& page_;
  Frame frame_;
  Axis x_, y_;
  double label_begin_ = 1e9;  // left edge of the last label on the x axis
};

}  // namespace rehearse
