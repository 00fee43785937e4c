// A sheet on which pictures of networks are drawn, in SVG.
#pragma once

#include <string>
#include <string_view>

#include "topologies/network.h"

namespace rehearse {

struct Point {
  double x = 0;
  double y = 0;
};

inline constexpr double kPictureWidth = 1200;

// The point that many turns, clockwise, from the top of a circle.
Point on_circle(Point centre, double radius, double turns);

class SvgCanvas {
 public:
  SvgCanvas(double width, double height) : width_(width), height_(height) {}

  void line(Point a, Point b, std::string_view colour, double width = 1);
  void circle(Point centre, double radius, std::string_view fill, std::string_view stroke);
  void box(Point corner, double width, double height, std::string_view fill,
           std::string_view stroke);
  // `anchor`: start, middle or end. `y` is the base line.
  void text(Point at, std::string_view words, double size = 13, std::string_view anchor = "middle");

  // The document; `title` is also its accessible title.
  [[nodiscard]] std::string document(std::string_view title) const;

  [[nodiscard]] double width() const { return width_; }
  [[nodiscard]] double height() const { return height_; }

 private:
  double width_, height_;
  std::string body_;
};

inline constexpr std::string_view kSwitchFill = "#264653";
inline constexpr std::string_view kNodeFill = "#dfe5ea";
inline constexpr std::string_view kGroupFill = "#f6f8f9";
inline constexpr std::string_view kOutline = "#5c6770";

std::string_view colour_of(LinkClass cls);

// "1 node", "4 nodes"
std::string count_of(std::int64_t count, std::string_view noun, std::string_view plural);

}  // namespace rehearse
