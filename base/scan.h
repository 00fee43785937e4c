// Small steps through a text, for readers that look for a word and what follows it. Unlike
// std::regex they take no stack, however long the text is.
//
//   TextScan scan(line);
//   if (scan.find("rank ") && scan.digits(1, 9)) … scan.taken()
#pragma once

#include <string_view>

namespace rehearse {

class TextScan {
 public:
  explicit TextScan(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool ends() const { return at_ >= text_.size(); }
  // The next character; 0 at the end.
  [[nodiscard]] char next() const { return ends() ? '\0' : text_[at_]; }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  // What the last step passed over.
  [[nodiscard]] std::string_view taken() const { return text_.substr(begin_, at_ - begin_); }

  // Goes behind the next place where the word stands; false, and stays, if there is none.
  bool find(std::string_view word) {
    const std::size_t found = text_.find(word, at_);
    return found != std::string_view::npos && step(found, word.size());
  }
  // Passes over the word, if it stands here.
  bool take(std::string_view word) {
    return text_.substr(at_).starts_with(word) && step(at_, word.size());
  }
  // Passes over as many characters of the set as stand here, `most` at most; false, and stays, if
  // they are fewer than `least`.
  bool take_of(std::string_view set, std::size_t least, std::size_t most = kMost) {
    std::size_t length = 0;
    while (length < most && at_ + length < text_.size() &&
           set.find(text_[at_ + length]) != std::string_view::npos) {
      ++length;
    }
    return length >= least && step(at_, length);
  }
  bool digits(std::size_t least, std::size_t most = kMost) {
    return take_of("0123456789", least, most);
  }
  // The same up to a character of the set, or the end.
  bool take_until(std::string_view set, std::size_t least = 1) {
    const std::size_t stop = text_.find_first_of(set, at_);
    const std::size_t end = stop == std::string_view::npos ? text_.size() : stop;
    return end - at_ >= least && step(at_, end - at_);
  }

 private:
  static constexpr std::size_t kMost = std::string_view::npos;

  bool step(std::size_t begin, std::size_t length) {
    begin_ = begin;
    at_ = begin + length;
    return true;
  }

  std::string_view text_;
  std::size_t at_;
  std::size_t begin_ = 0;
};

}  // namespace rehearse
