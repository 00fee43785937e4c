// A page of a picture, in SVG: lines, boxes, words.
//
//   SvgPage page(760, 400);
//   page.line({10, 10}, {90, 10}, {"#2f6fb3", 2});
//   page.text({50, 30}, "a line", {.size = 13});
//   write(page.document("A line"));
//
// Lengths are pixels, y points down. Numbers are written with one digit after the point, so that
// equal pictures are equal bytes. What is drawn later lies on top.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rehearse {

struct Point {
  double x = 0;
  double y = 0;
};

struct Stroke {
  std::string_view colour;
  double width = 1;
  std::string_view dashes = {};  // lengths of strokes and gaps, as SVG has them; empty: a full line
  double opacity = 1;
};

enum class Anchor { start, middle, end };

struct Lettering {
  double size = 13;
  Anchor anchor = Anchor::start;
  std::string_view colour = {};  // empty: nearly black
};

class SvgPage {
 public:
  SvgPage(double width, double height) : width_(width), height_(height) {}

  void line(Point a, Point b, const Stroke& stroke);
  void polyline(const std::vector<Point>& points, const Stroke& stroke);
  void polygon(const std::vector<Point>& points, std::string_view fill, double opacity = 1);
  void circle(Point centre, double radius, std::string_view fill, std::string_view stroke);
  // `corner`: the upper left one.
  void box(Point corner, double width, double height, std::string_view fill,
           std::string_view stroke, double opacity = 1);
  // `at.y` is the base line. A character that XML does not allow is written as U+FFFD.
  void text(Point at, std::string_view words, const Lettering& lettering);

  // The document; `title` is its accessible title.
  [[nodiscard]] std::string document(std::string_view title) const;

  [[nodiscard]] double width() const { return width_; }
  [[nodiscard]] double height() const { return height_; }
  // The page ends there if it ended above.
  void grow_to(double height);

 private:
  double width_, height_;
  std::string body_;
};

}  // namespace rehearse
