#include "report/text/text_table.h"

#include <algorithm>
#include <utility>

#include "base/contract.h"

namespace rehearse {
namespace {

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // not a continuation byte of UTF-8
  }));
}

}  // namespace

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {
  EXPECTS(!columns_.empty());
}

void TextTable::add(std::vector<std::string> cells) {
  EXPECTS(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
  std::vector<std::size_t> width;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t widest = characters(columns_[c].header);
    for (const auto& row : rows_) widest = std::max(widest, characters(row[c]));
    width.push_back(widest);
  }
  std::string result;
  const auto line = [&](auto&& cell) {
    std::string text;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const std::string& words = cell(c);
      const std::string padding(width[c] - characters(words), ' ');
      if (c > 0) text += "  ";
      text += columns_[c].align == Align::right ? padding + words : words + padding;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    result += text + "\n";
  };
  line([&](std::size_t c) -> const std::string& { return columns_[c].header; });
  std::size_t whole = 2 * (columns_.size() - 1);
  for (const std::size_t w : width) whole += w;
  result += std::string(whole, '-') + "\n";
  for (const auto& row : rows_) {
    line([&](std::size_t c) -> const std::string& { return row[c]; });
  }
  return result;
}

}  // namespace rehearse
