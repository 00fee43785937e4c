#include "calibrate/importers/text_lines.h"

#include <charconv>
#include <cmath>
#include <sstream>

namespace rehearse {
namespace {

constexpr const char* kBlank = " \t\r\f\v";

}  // namespace

std::vector<std::string> TextLine::fields() const {
  std::istringstream stream(text);
  std::vector<std::string> result;
  for (std::string field; stream >> field;) result.push_back(field);
  return result;
}

std::vector<TextLine> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<TextLine> lines;
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    const std::size_t begin = line.find_first_not_of(kBlank);
    if (begin == std::string::npos) continue;
    lines.push_back({number, line.substr(begin, line.find_last_not_of(kBlank) - begin + 1)});
  }
  return lines;
}

Error line_error(const std::string& file, const TextLine& line, const std::string& what,
                 const std::string& why) {
  return Error::input(what, why).at(file, "line " + std::to_string(line.number));
}

double read_number(const std::string& field, const std::string& file, const TextLine& line) {
  double value = 0;
  const char* end = field.data() + field.size();
  const auto [stop, error] = std::from_chars(field.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value) || value < 0) {
    throw line_error(file, line, "'" + field + "' is not a number that this benchmark prints");
  }
  return value;
}

void append_point(std::vector<MessagePoint>& points, MessagePoint point, const std::string& file,
                  const TextLine& line) {
  if (point.time <= Duration(0) || !std::isfinite(point.time.value())) {
    throw line_error(file, line, "a message cannot take no time, or for ever");
  }
  if (!points.empty() && point.size <= points.back().size) {
    throw line_error(file, line, "sizes do not ascend", "the file holds more than one run");
  }
  points.push_back(point);
}

MessageFit fit_imported(const std::vector<MessagePoint>& points, const std::string& file) {
  if (points.size() < 2) {
    throw Error::input("fewer than two sizes were measured", "a latency and a bandwidth need two")
        .at(file, "");
  }
  return fit_messages(points);
}

}  // namespace rehearse
