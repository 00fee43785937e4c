// Tables of text with aligned columns.
//
//   TextTable table({{"workers", Align::right}, {"link", Align::left}});
//   table.add({"16", "group 0 switch 3"});
//   table.text();   // header, rule and rows, one per line, two spaces between columns
#pragma once

#include <string>
#include <vector>

namespace rehearse {

enum class Align { left, right };

class TextTable {
 public:
  struct Column {
    std::string header;
    Align align = Align::right;
  };

  explicit TextTable(std::vector<Column> columns);

  void add(std::vector<std::string> cells);  // REQUIRES: one cell per column
  [[nodiscard]] std::string text() const;    // widths count characters, not bytes

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace rehearse
