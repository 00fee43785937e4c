#include "apps/word_list.h"

#include <algorithm>

namespace rehearse {

std::string without_blanks_around(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
}

std::vector<std::string> words_between_commas(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    words.push_back(without_blanks_around(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return words;
}

}  // namespace rehearse
