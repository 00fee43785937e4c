// The values of --vary KEY=v1,v2,…
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rehearse {

struct Variation {
  std::string key;
  std::vector<std::string> values;
};

// Splits at commas outside brackets, braces and quotes: "a=[1,2],3" has the values "[1,2]" and "3".
// Throws Error::input if there is no key, an empty value or an open bracket or quote.
Variation parse_variation(std::string_view text);

// Every combination of one value of each; the last varies fastest. Throws Error::input for a key
// that is given twice and for more than kMostRows combinations.
std::vector<std::vector<std::string>> cross_product(const std::vector<Variation>& variations);

inline constexpr std::size_t kMostRows = 1000;

}  // namespace rehearse
