// Reads the SVG that this project writes and looks for words that cannot be read.
#pragma once

#include <string>
#include <vector>

namespace rehearse {

// One line for each fault, empty if there is none:
//   * words over other words, or beyond the page;
//   * words on a line, unless a filled box or circle that holds all of the words lies between;
//   * words across the edge of a box, a circle or a polygon.
// Words are boxes: as wide as base/text_width.h says, from 0.72 of the size above the base line to
// 0.2 below it. Throws std::runtime_error for what is no such SVG.
std::vector<std::string> unreadable_words(const std::string& svg);

// The words of all text elements, in their order.
std::vector<std::string> words_of(const std::string& svg);

}  // namespace rehearse
