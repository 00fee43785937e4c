#include "report/chart_panel.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "base/xml_text.h"
#include "report/numbers.h"

namespace rehearse {
namespace {

constexpr double kLabelSize = 12;
constexpr double kCharacterWidth = 0.62;  // of the font size, generously

double share(double value, double least, double most, bool logarithmic) {
  const double x = std::clamp(value, least, most);
  if (logarithmic) return std::log(x / least) / std::log(most / least);
  return (x - least) / (most - least);
}

std::string line(double x1, double y1, double x2, double y2, std::string_view colour) {
  return "<line x1=\"" + fixed(x1, 1) + "\" y1=\"" + fixed(y1, 1) + "\" x2=\"" + fixed(x2, 1) +
         "\" y2=\"" + fixed(y2, 1) + "\" stroke=\"" + std::string(colour) + "\"/>\n";
}

}  // namespace

std::string svg_text(double x, double y, std::string_view words, double size,
                     std::string_view anchor) {
  return "<text x=\"" + fixed(x, 1) + "\" y=\"" + fixed(y, 1) + "\" font-size=\"" + fixed(size, 0) +
         "\" text-anchor=\"" + std::string(anchor) + "\">" + xml_escaped(words) + "</text>\n";
}

ChartPanel::ChartPanel(Frame frame, Axis x, Axis y) : frame_(frame), x_(x), y_(y) {
  EXPECTS(x.least < x.most && y.least < y.most);
  EXPECTS((!x.logarithmic || x.least > 0) && (!y.logarithmic || y.least > 0));
}

double ChartPanel::pixel_x(double value) const {
  return frame_.x + frame_.width * share(value, x_.least, x_.most, x_.logarithmic);
}
double ChartPanel::pixel_y(double value) const {
  return frame_.y + frame_.height * (1 - share(value, y_.least, y_.most, y_.logarithmic));
}

void ChartPanel::tick_x(double value, std::string_view label) {
  const double x = pixel_x(value);
  const double bottom = frame_.y + frame_.height;
  grid_ += line(x, frame_.y, x, bottom + 5, "#e3e7ea");
  const double half = kLabelSize * kCharacterWidth * static_cast<double>(label.size()) / 2;
  if (x + half > label_begin_ - 4) return;
  label_begin_ = x - half;
  grid_ += svg_text(x, bottom + 19, label, kLabelSize, "middle");
}

void ChartPanel::tick_y(double value, std::string_view label) {
  const double y = pixel_y(value);
  grid_ += line(frame_.x - 5, y, frame_.x + frame_.width, y, "#e3e7ea");
  grid_ += svg_text(frame_.x - 9, y + 4, label, kLabelSize, "end");
}

void ChartPanel::title_y(std::string_view words) {
  grid_ += svg_text(frame_.x, frame_.y - 10, words, 13, "start");
}

void ChartPanel::title_x(std::string_view words) {
  grid_ +=
      svg_text(frame_.x + frame_.width / 2, frame_.y + frame_.height + 39, words, 13, "middle");
}

std::string ChartPanel::path(const Points& points) const {
  std::string result;
  for (const auto& [x, y] : points) {
    result += (result.empty() ? "" : " ") + fixed(pixel_x(x), 1) + "," + fixed(pixel_y(y), 1);
  }
  return result;
}

void ChartPanel::band(const Points& low, const Points& high, std::string_view colour) {
  Points around = low;
  around.insert(around.end(), high.rbegin(), high.rend());
  body_ += "<polygon points=\"" + path(around) + "\" fill=\"" + std::string(colour) +
           "\" fill-opacity=\"0.22\" stroke=\"none\"/>\n";
}

void ChartPanel::curve(const Points& points, std::string_view colour, std::string_view dashes) {
  body_ += "<polyline points=\"" + path(points) + "\" fill=\"none\" stroke=\"" +
           std::string(colour) + "\" stroke-width=\"2\"" +
           (dashes.empty() ? "" : " stroke-dasharray=\"" + std::string(dashes) + "\"") + "/>\n";
}

void ChartPanel::dots(const Points& points, std::string_view colour) {
  for (const auto& [x, y] : points) {
    body_ += "<circle cx=\"" + fixed(pixel_x(x), 1) + "\" cy=\"" + fixed(pixel_y(y), 1) +
             "\" r=\"3.5\" fill=\"" + std::string(colour) + "\"/>\n";
  }
}

std::string ChartPanel::svg() const {
  const double bottom = frame_.y + frame_.height;
  return grid_ + line(frame_.x, frame_.y, frame_.x, bottom, "#5c6770") +
         line(frame_.x, bottom, frame_.x + frame_.width, bottom, "#5c6770") + body_;
}

}  // namespace rehearse
