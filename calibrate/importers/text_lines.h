// The lines of a benchmark's output, and complaints that name them.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "calibrate/message_pieces.h"

namespace rehearse {

struct TextLine {
  int number;        // from 1
  std::string text;  // without white space at either end

  [[nodiscard]] bool is_comment() const { return text.starts_with('#'); }
  // Separated by white space.
  [[nodiscard]] std::vector<std::string> fields() const;
};

// All lines that are not blank.
std::vector<TextLine> lines_of(const std::string& text);

// "FILE: line 7: WHAT: WHY"
Error line_error(const std::string& file, const TextLine& line, const std::string& what,
                 const std::string& why = "");

// A number that is not negative and finite, written as C++ does. Throws Error::input.
double read_number(const std::string& field, const std::string& file, const TextLine& line);

// Appends a point behind the others. Throws Error::input unless its size is greater than theirs and
// its time positive.
void append_point(std::vector<MessagePoint>& points, MessagePoint point, const std::string& file,
                  const TextLine& line);

// Throws Error::input when there are fewer than two points to fit.
MessageFit fit_imported(const std::vector<MessagePoint>& points, const std::string& file);

}  // namespace rehearse
