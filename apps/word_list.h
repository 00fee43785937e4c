// Lists of words on the command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rehearse {

std::string without_blanks_around(std::string_view text);

// "1, 2,4" has the words "1", "2" and "4"; blanks around a word do not matter.
std::vector<std::string> words_between_commas(std::string_view text);

}  // namespace rehearse
