// Numbers as tables show them. None depends on the locale.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>

namespace rehearse {

std::string fixed(double value, int decimals);  // 3.14
std::string percent(double share);              // 0.934 -> "93.4 %"
std::string signed_percent(double share);       // 0.05 -> "+5.0 %"
std::string milliseconds(double seconds);       // 0.3124 -> "312.4"

std::string grouped(double value);   // 1281167.3 -> "1,281,167"
std::string readable(double value);  // three digits at least: 0.0123, 45.7, 1,027

std::string exact(double value);  // the shortest that reads back as the same number

std::string grouped(std::integral auto value) { return grouped(static_cast<double>(value)); }

}  // namespace rehearse
