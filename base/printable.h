// Words of a stranger (keys, names, paths) in a message: one line that a terminal can show.
#pragma once

#include <string>
#include <string_view>

namespace rehearse {

// `text` with every byte that is no UTF-8, and every character that controls a terminal or the
// direction of writing, as \xNN. Printable text is returned as it is.
std::string printable(std::string_view text);

// The same, cut after at most `most` bytes of the result, between two characters; "…" marks a cut.
std::string printable(std::string_view text, std::size_t most);

// At most six significant digits, with an exponent where that is shorter: 0.001, 1e-09, 1.5e+300.
std::string short_number(double value);

}  // namespace rehearse
