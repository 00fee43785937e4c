// The lines of a benchmark's output, and complaints that name them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "calibrate/machine/message_pieces.h"

namespace rehearse {

struct TextLine {
  int number;        // from 1
  std::string text;  // without what others put around it (calibrate/importers/undecorated.h)

  [[nodiscard]] bool is_comment() const { return text.starts_with('#'); }
  // Separated by white space, of a comment without its mark.
  [[nodiscard]] std::vector<std::string> fields() const;
  // A row of numbers: it begins with two of them, whatever their signs.
  [[nodiscard]] bool is_row() const;
};

// All lines that are not blank.
std::vector<TextLine> lines_of(const std::string& text);

// "FILE: line 7: WHAT: WHY: REMEDY"
Error line_error(const std::string& file, const TextLine& line, const std::string& what,
                 const std::string& why = "", const std::string& remedy = "");

// A number that is finite and not negative, written as C++ does. Throws Error::input.
double read_number(const std::string& field, const std::string& file, const TextLine& line);

// A whole number of bytes, at most 2^50. Throws Error::input.
Bytes read_size(const std::string& field, const std::string& file, const TextLine& line);

// Appends a point behind the others. Throws Error::input unless its size is greater than theirs,
// its time between 0 and a day, and the points are not too many.
void append_point(std::vector<MessagePoint>& points, MessagePoint point, const std::string& file,
                  const TextLine& line);

// Throws Error::input when there are fewer than two points to fit.
MessageFit fit_imported(const std::vector<MessagePoint>& points, const std::string& file);

}  // namespace rehearse
