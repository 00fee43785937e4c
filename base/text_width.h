// How much room words take in a picture, and how they are made to fit.
//
// Words are UTF-8; a byte that is none counts as a character of its own. Widths are those of DejaVu
// Sans, which is wider than the other usual fonts without serifs, so words that fit by these
// functions fit with Arial, Helvetica or Liberation Sans too. They are estimates: kerning and
// ligatures are left out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rehearse {

// The character at `at`, which moves behind it; U+FFFD for bytes that are no UTF-8.
// REQUIRES: at < words.size().
char32_t next_character(std::string_view words, std::size_t& at);

// In the unit of `size`, the size of the font.
double text_width(std::string_view words, double size);

// The words, or as many from their beginning and their end as fit around an ellipsis. At least one
// character stays.
std::string fitted(std::string_view words, double size, double width);

// At most `most_lines` lines, broken at spaces; what does not fit is shortened as by fitted().
// REQUIRES: most_lines >= 1.
std::vector<std::string> wrapped(std::string_view words, double size, double width,
                                 std::size_t most_lines);

}  // namespace rehearse
