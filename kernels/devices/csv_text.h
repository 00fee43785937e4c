// Rows of a CSV text (RFC 4180): cells between commas, in quotes where they hold commas or line
// ends.
//
//   CsvText csv(text, "kernels.csv");
//   while (csv.next()) use(csv.cells(), csv.line());
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rehearse {

class CsvText {
 public:
  // `text` must outlive the object; `name` stands for the file in messages.
  CsvText(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {}

  // Goes to the next row that is not empty; false at the end. Throws Error::input where a quote
  // does not close.
  bool next();

  [[nodiscard]] const std::vector<std::string>& cells() const { return cells_; }
  // Of the first character of the row, counted from 1.
  [[nodiscard]] std::size_t line() const { return line_; }

 private:
  std::string cell();

  std::string_view text_;
  std::string name_;
  std::size_t at_ = 0;
  std::size_t line_ = 1, next_line_ = 1;
  std::vector<std::string> cells_;
};

}  // namespace rehearse
