// One set of axes of a chart, in SVG.
//
//   ChartPanel panel({80, 40, 600, 200}, {1, 1024, true}, {0, 1, false});
//   panel.tick_y(0.5, "50 %");
//   panel.curve({{1, 1}, {1024, 0.8}}, "#2f6fb3");
//   svg += panel.svg();
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rehearse {

class ChartPanel {
 public:
  struct Frame {
    double x = 0, y = 0, width = 0, height = 0;  // pixels; y of the upper edge
  };
  struct Axis {
    double least = 0, most = 1;
    bool logarithmic = false;  // REQUIRES then: least > 0
  };
  using Points = std::vector<std::pair<double, double>>;

  // REQUIRES: least < most on both axes.
  ChartPanel(Frame frame, Axis x, Axis y);

  // A tick whose label would touch the one to its right is drawn without its label.
  // REQUIRES: ticks are given from right to left.
  void tick_x(double value, std::string_view label);
  void tick_y(double value, std::string_view label);
  void title_y(std::string_view words);
  void title_x(std::string_view words);

  void band(const Points& low, const Points& high, std::string_view colour);
  // `dashes`: lengths of strokes and gaps, as SVG has them; empty: a full line.
  void curve(const Points& points, std::string_view colour, std::string_view dashes = {});
  void dots(const Points& points, std::string_view colour);

  [[nodiscard]] std::string svg() const;

 private:
  [[nodiscard]] double pixel_x(double value) const;
  [[nodiscard]] double pixel_y(double value) const;
  [[nodiscard]] std::string path(const Points& points) const;

  Frame frame_;
  Axis x_, y_;
  double label_begin_ = 1e9;  // left edge of the last label on the x axis
  std::string grid_, body_;
};

inline constexpr std::string_view kDashed = "6 5";

// An SVG text element; anchor: start, middle or end.
std::string svg_text(double x, double y, std::string_view words, double size,
                     std::string_view anchor);

}  // namespace rehearse
