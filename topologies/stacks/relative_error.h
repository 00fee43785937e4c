// Relative standard errors of the parameters of a stack.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rehearse {

class ObjectReader;

// The standard error of ln(parameter), as predictions draw it (predict/uncertainty.h). Above 2 the
// value is not known at all: its p10 and p90 are exp(2 · 2 · 1.28) = 170 times apart.
inline constexpr double kMostRelativeError = 2;

// Throws Error::input, with that reason, for what is out of range.
std::optional<double> read_relative_error(ObjectReader& reader, std::string_view key);

// A standard deviation of ln(rate) above this is a factor of e^3 = 20 between nodes one deviation
// apart: a mistake, no fabric. It holds for what an error may make of a spread, too: the largest of
// ten equally likely values, 1.64 standard errors above the median.
inline constexpr double kMostRateSpread = 3;

// Throws Error::input at `key` where the error makes more of the spread than kMostRateSpread.
void expect_known_spread(const ObjectReader& reader, std::string_view key, double spread,
                         double relative_error);

}  // namespace rehearse
