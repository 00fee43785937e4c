#include "kernels/devices/csv_text.h"

#include "base/error.h"

namespace rehearse {

// Up to the comma or line end behind it, which stays.
std::string CsvText::cell() {
  std::string cell;
  if (at_ >= text_.size() || text_[at_] != '"') {
    const std::size_t end = std::min(text_.find_first_of(",\n", at_), text_.size());
    cell = text_.substr(at_, end - at_);
    at_ = end;
    if (!cell.empty() && cell.back() == '\r') cell.pop_back();
    return cell;
  }
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == '\n') ++next_line_;
    if (text_[at_] != '"') {
      cell += text_[at_];
    } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
      cell += text_[++at_];
    } else {
      ++at_;
      if (at_ < text_.size() && text_[at_] == '\r') ++at_;
      if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n') break;
      return cell;
    }
  }
  const bool open = at_ >= text_.size();
  throw Error::input(open ? "a quote does not close" : "characters stand behind a closing quote",
                     "line " + std::to_string(line_))
      .at(name_, "");
}

bool CsvText::next() {
  while (at_ < text_.size()) {
    line_ = next_line_;
    cells_.clear();
    while (true) {
      cells_.push_back(cell());
      if (at_ >= text_.size()) break;
      if (text_[at_++] == '\n') {
        ++next_line_;
        break;
      }
    }
    if (cells_.size() > 1 || !cells_.front().empty()) return true;
  }
  return false;
}

}  // namespace rehearse
