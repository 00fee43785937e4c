#include "base/svg_page.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/enum_names.h"
#include "base/xml_text.h"

namespace rehearse {
namespace {

// White around the letters, so that words stay readable on top of a coloured area.
constexpr const char* kHalo =
    " stroke=\"white\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\"";

std::string written(double value, int digits = 1) {
  std::array<char, 400> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::fixed, digits);
  return {buffer.data(), end.ptr};
}

std::string attribute(const char* name, double value, int digits = 1) {
  return std::string(" ") + name + "=\"" + written(value, digits) + "\"";
}

std::string attribute(const char* name, std::string_view value) {
  return std::string(" ") + name + "=\"" + std::string(value) + "\"";
}

std::string points_of(const std::vector<Point>& points) {
  std::string words;
  for (const Point& point : points) {
    words += (words.empty() ? "" : " ") + written(point.x) + "," + written(point.y);
  }
  return attribute("points", words);
}

std::string attributes(const Stroke& stroke) {
  std::string words = attribute("stroke", stroke.colour) + attribute("stroke-width", stroke.width);
  if (!stroke.dashes.empty()) words += attribute("stroke-dasharray", stroke.dashes);
  if (stroke.opacity < 1) words += attribute("stroke-opacity", stroke.opacity, 2);
  return words;
}

std::string_view to_text(Anchor anchor) {
  static constexpr auto kNames = enum_names<Anchor>("start", "middle", "end");
  return kNames.text(anchor);
}

}  // namespace

void SvgPage::line(Point a, Point b, const Stroke& stroke) {
  body_ += "<line" + attribute("x1", a.x) + attribute("y1", a.y) + attribute("x2", b.x) +
           attribute("y2", b.y) + attributes(stroke) + "/>\n";
}

void SvgPage::polyline(const std::vector<Point>& points, const Stroke& stroke) {
  body_ += "<polyline" + points_of(points) + " fill=\"none\" stroke-linejoin=\"round\"" +
           attributes(stroke) + "/>\n";
}

void SvgPage::polygon(const std::vector<Point>& points, std::string_view fill, double opacity) {
  body_ += "<polygon" + points_of(points) + attribute("fill", fill);
  if (opacity < 1) body_ += attribute("fill-opacity", opacity, 2);
  body_ += "/>\n";
}

void SvgPage::circle(Point centre, double radius, std::string_view fill, std::string_view stroke) {
  body_ += "<circle" + attribute("cx", centre.x) + attribute("cy", centre.y) +
           attribute("r", radius) + attribute("fill", fill) + attribute("stroke", stroke) + "/>\n";
}

void SvgPage::box(Point corner, double width, double height, std::string_view fill,
                  std::string_view stroke, double opacity) {
  body_ += "<rect" + attribute("x", corner.x) + attribute("y", corner.y) +
           attribute("width", width) + attribute("height", height) + attribute("rx", 3.0) +
           attribute("fill", fill) + attribute("stroke", stroke);
  if (opacity < 1) body_ += attribute("fill-opacity", opacity, 2);
  body_ += "/>\n";
}

void SvgPage::text(Point at, std::string_view words, const Lettering& lettering) {
  body_ += "<text" + attribute("x", at.x) + attribute("y", at.y) +
           attribute("font-size", lettering.size) +
           attribute("text-anchor", to_text(lettering.anchor));
  body_ += lettering.colour.empty() ? std::string(kHalo) : attribute("fill", lettering.colour);
  body_ += ">" + xml_escaped(words) + "</text>\n";
}

void SvgPage::grow_to(double height) { height_ = std::max(height_, height); }

std::string SvgPage::document(std::string_view title) const {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 " + written(width_) +
         " " + written(height_) + "\"" + attribute("width", width_) + attribute("height", height_) +
         " font-family=\"sans-serif\" fill=\"#1d2429\">\n<title>" + xml_escaped(title) +
         "</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" + body_ + "</svg>\n";
}

}  // namespace rehearse
