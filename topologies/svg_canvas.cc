#include "topologies/svg_canvas.h"

#include <array>
#include <charconv>
#include <cmath>
#include <numbers>

#include "base/xml_text.h"

namespace rehearse {
namespace {

// White around the letters, so that words stay readable on top of lines.
constexpr const char* kHalo =
    " stroke=\"white\" stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\"";

std::string tenth(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::fixed, 1);
  return {buffer.data(), end.ptr};
}

std::string attribute(const char* name, double value) {
  return std::string(" ") + name + "=\"" + tenth(value) + "\"";
}

std::string attribute(const char* name, std::string_view value) {
  return std::string(" ") + name + "=\"" + std::string(value) + "\"";
}

}  // namespace

Point on_circle(Point centre, double radius, double turns) {
  const double angle = 2 * std::numbers::pi * turns;
  return {centre.x + radius * std::sin(angle), centre.y - radius * std::cos(angle)};
}

void SvgCanvas::line(Point a, Point b, std::string_view colour, double width) {
  body_ += "<line" + attribute("x1", a.x) + attribute("y1", a.y) + attribute("x2", b.x) +
           attribute("y2", b.y) + attribute("stroke", colour) + attribute("stroke-width", width) +
           "/>\n";
}

void SvgCanvas::circle(Point centre, double radius, std::string_view fill,
                       std::string_view stroke) {
  body_ += "<circle" + attribute("cx", centre.x) + attribute("cy", centre.y) +
           attribute("r", radius) + attribute("fill", fill) + attribute("stroke", stroke) + "/>\n";
}

void SvgCanvas::box(Point corner, double width, double height, std::string_view fill,
                    std::string_view stroke) {
  body_ += "<rect" + attribute("x", corner.x) + attribute("y", corner.y) +
           attribute("width", width) + attribute("height", height) + attribute("rx", 3.0) +
           attribute("fill", fill) + attribute("stroke", stroke) + "/>\n";
}

void SvgCanvas::text(Point at, std::string_view words, double size, std::string_view anchor) {
  body_ += "<text" + attribute("x", at.x) + attribute("y", at.y) + attribute("font-size", size) +
           attribute("text-anchor", anchor) + kHalo + ">" + xml_escaped(words) + "</text>\n";
}

std::string SvgCanvas::document(std::string_view title) const {
  const std::string size = tenth(width_) + " " + tenth(height_);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 " + size + "\"" +
         attribute("width", width_) + attribute("height", height_) +
         " font-family=\"sans-serif\" fill=\"#1d2429\">\n<title>" + xml_escaped(title) +
         "</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" + body_ + "</svg>\n";
}

std::string_view colour_of(LinkClass cls) {
  static constexpr std::array<std::string_view, kLinkClasses> kColours{
      "#8a6fb0", "#8d99a4", "#2f6fb3", "#2f6fb3", "#2a9d8f",
      "#d99a26", "#c8553d", "#2f6fb3", "#2f6fb3"};
  return kColours[static_cast<std::size_t>(cls)];
}

std::string count_of(std::int64_t count, std::string_view noun, std::string_view plural) {
  return std::to_string(count) + " " + std::string(count == 1 ? noun : plural);
}

}  // namespace rehearse
