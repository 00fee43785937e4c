#include "calibrate/importers/text_lines.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "calibrate/importers/undecorated.h"

namespace rehearse {
namespace {

constexpr std::size_t kMostPoints = 1000;  // the fit takes time with their third power
constexpr double kLargest = 1LL << 50;     // bytes
constexpr Duration kLongest(86400);

// Whole field; infinite and NaN, too.
std::optional<double> value_of(const std::string& field) {
  double value = 0;
  const char* end = field.data() + field.size();
  const auto [stop, error] = std::from_chars(field.data(), end, value);
  if (error == std::errc::result_out_of_range && stop == end) return HUGE_VAL;
  if (error != std::errc() || stop != end) return {};
  return value;
}

}  // namespace

std::vector<std::string> TextLine::fields() const {
  constexpr std::string_view kBlank = " \t";
  std::vector<std::string> result;
  std::size_t end = std::min(text.size(), text.find_first_not_of('#'));
  for (;;) {
    const std::size_t begin = text.find_first_not_of(kBlank, end);
    if (begin == std::string::npos) return result;
    end = std::min(text.size(), text.find_first_of(kBlank, begin));
    result.push_back(text.substr(begin, end - begin));
  }
}

bool TextLine::is_row() const {
  if (is_comment()) return false;
  const std::vector<std::string> words = fields();
  return words.size() >= 2 && value_of(words[0]) && value_of(words[1]);
}

std::vector<TextLine> lines_of(const std::string& text) {
  std::vector<TextLine> lines;
  int number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = std::min(text.size(), text.find('\n', begin));
    ++number;
    std::string line = undecorated(std::string_view(text).substr(begin, end - begin));
    if (!line.empty()) lines.push_back({number, std::move(line)});
    begin = end + 1;
  }
  return lines;
}

Error line_error(const std::string& file, const TextLine& line, const std::string& what,
                 const std::string& why, const std::string& remedy) {
  return Error::input(what, why, remedy).at(file, "line " + std::to_string(line.number));
}

double read_number(const std::string& field, const std::string& file, const TextLine& line) {
  const std::optional<double> value = value_of(field);
  if (!value || !std::isfinite(*value) || *value < 0) {
    throw line_error(file, line,
                     "'" + field.substr(0, 40) + "' is not a number that this benchmark prints");
  }
  return *value;
}

Bytes read_size(const std::string& field, const std::string& file, const TextLine& line) {
  const double value = read_number(field, file, line);
  if (value != std::floor(value) || value > kLargest) {
    throw line_error(file, line, "'" + field.substr(0, 40) + "' is not a number of bytes",
                     "sizes are whole and at most 2^50");
  }
  return Bytes(value);
}

void append_point(std::vector<MessagePoint>& points, MessagePoint point, const std::string& file,
                  const TextLine& line) {
  if (!(point.time > Duration(0)) || !(point.time < kLongest)) {
    throw line_error(file, line, "a message cannot take no time, or a day");
  }
  if (!points.empty() && point.size <= points.back().size) {
    throw line_error(file, line, "sizes do not ascend", "", "sort the rows");
  }
  if (points.size() == kMostPoints) {
    throw line_error(file, line, "a table of more than " + std::to_string(kMostPoints) + " sizes");
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
