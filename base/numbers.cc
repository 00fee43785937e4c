#include "base/numbers.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/quantity_text.h"

namespace rehearse {

std::string fixed(double value, int decimals) {
  std::array<char, 400> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::fixed, decimals);
  std::string text(buffer.data(), end.ptr);
  // No "-0.0".
  if (text.starts_with('-') && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string percent(double share) { return fixed(100 * share, 1) + " %"; }

std::string signed_percent(double share) {
  const std::string text = percent(share);
  return text.starts_with('-') ? text : "+" + text;
}

std::string grouped(double value) {
  std::string text = fixed(std::round(value), 0);
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  if (text.find_first_not_of("0123456789", first) != std::string::npos) return text;  // inf, nan
  for (std::size_t at = text.size(); at > first + 3;) text.insert(at -= 3, ",");
  return text;
}

std::string milliseconds(double seconds) {
  const double ms = 1e3 * seconds;
  return fixed(ms, ms != 0 && std::abs(ms) < 10 ? 3 : 1);
}

std::string readable(double value) {
  return std::abs(value) < 100 ? significant(value) : grouped(value);
}

std::string exact(double value) {
  std::array<char, 40> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end.ptr};
}

}  // namespace rehearse
