#include "apps/vary.h"

#include <set>

#include "apps/word_list.h"
#include "base/error.h"

namespace rehearse {
namespace {

Error bad(std::string_view text, const std::string& why) {
  return Error::input("--vary '" + std::string(text) + "' cannot be read", why,
                      "write KEY=value,value,…");
}

}  // namespace

Variation parse_variation(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) throw bad(text, "it has no '='");
  if (equals == 0) throw bad(text, "it has no key");
  Variation result{std::string(text.substr(0, equals)), {""}};
  int depth = 0;
  bool quoted = false;
  bool escape = false;
  for (const char c : text.substr(equals + 1)) {
    if (!quoted && depth == 0 && c == ',') {
      result.values.emplace_back();
      continue;
    }
    result.values.back() += c;
    if (quoted) {
      if (!escape && c == '"') quoted = false;
      escape = !escape && c == '\\';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      if (--depth < 0) throw bad(text, "a bracket closes that was not opened");
    }
  }
  if (quoted) throw bad(text, "a quote is not closed");
  if (depth > 0) throw bad(text, "a bracket is not closed");
  result.key = without_blanks_around(result.key);
  if (result.key.empty()) throw bad(text, "it has no key");
  for (std::string& value : result.values) {
    value = without_blanks_around(value);
    if (value.empty()) {
      throw Error::input("--vary '" + std::string(text) + "' cannot be read", "a value is empty",
                         "write KEY=value,value,… in one word, or in quotes if there are blanks");
    }
  }
  return result;
}

std::vector<std::vector<std::string>> cross_product(const std::vector<Variation>& variations) {
  std::set<std::string> keys;
  std::vector<std::vector<std::string>> rows{{}};
  for (const Variation& variation : variations) {
    if (!keys.insert(variation.key).second) {
      throw Error::input("--vary " + variation.key + " is given twice", "",
                         "list all its values in one");
    }
    if (rows.size() * variation.values.size() > kMostRows) {
      throw Error::input("--vary asks for more than " + std::to_string(kMostRows) + " predictions",
                         "", "vary fewer keys or values");
    }
    std::vector<std::vector<std::string>> longer;
    for (const auto& row : rows) {
      for (const std::string& value : variation.values) {
        longer.push_back(row);
        longer.back().push_back(value);
      }
    }
    rows = std::move(longer);
  }
  return rows;
}

}  // namespace rehearse
