#include "tests/fuzz/text_mutator.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace rehearse {

const std::vector<std::string>& odd_numbers() {
  static const std::vector<std::string> kNumbers{"0",
                                                 "-1",
                                                 "1",
                                                 "2",
                                                 "1e308",
                                                 "1e-308",
                                                 "-1e308",
                                                 "1e999",
                                                 "-0.0",
                                                 "nan",
                                                 "NaN",
                                                 "inf",
                                                 "-inf",
                                                 "0x10",
                                                 "007",
                                                 "1_000",
                                                 "1,000",
                                                 "+5",
                                                 "1e",
                                                 ".5",
                                                 "5.",
                                                 "1.5",
                                                 "1e2",
                                                 "65536",
                                                 "1e18",
                                                 "N/A",
                                                 "null",
                                                 "999999",
                                                 "1000001",
                                                 "2147483647",
                                                 "2147483648",
                                                 "4294967296",
                                                 "9223372036854775807",
                                                 "9223372036854775808",
                                                 "18446744073709551615",
                                                 "18446744073709551616",
                                                 "340282366920938463463374607431768211456",
                                                 "\xEF\xBC\x93",
                                                 "0.1e-400",
                                                 "1e-5",
                                                 "100000000"};
  return kNumbers;
}

namespace {

using Span = std::pair<std::size_t, std::size_t>;  // begin, length

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
         c == '-' || c == '+';
}

// Maximal pieces of characters that `belongs` accepts.
template <class Belongs>
std::vector<Span> pieces_of(const std::string& text, Belongs belongs) {
  std::vector<Span> pieces;
  for (std::size_t i = 0; i < text.size();) {
    if (!belongs(text[i])) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < text.size() && belongs(text[i])) ++i;
    pieces.emplace_back(begin, i - begin);
  }
  return pieces;
}

std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.size() - 1, text.find('\n', begin));
    lines.push_back(text.substr(begin, end - begin + 1));
    begin = end + 1;
  }
  return lines;
}

class Damage {
 public:
  Damage(std::string text, RandomStream random, const std::vector<std::string>& words,
         const std::vector<std::string>& others)
      : text_(std::move(text)), random_(random), words_(words), others_(others) {}

  std::string run() {
    int changes = 1;
    while (changes < 6 && chance(0.45)) ++changes;
    for (int i = 0; i < changes; ++i) {
      change();
      if (text_.size() > kLargestInput) text_.resize(kLargestInput);
    }
    return std::move(text_);
  }

 private:
  bool chance(double share) { return random_.uniform() < share; }
  std::size_t below(std::size_t bound) { return random_.below(bound == 0 ? 1 : bound); }
  std::size_t place() { return below(text_.size() + 1); }

  template <class List>
  const auto& any(const List& list) {
    return list[below(list.size())];
  }

  // 1 to `most`, small ones more often.
  std::size_t length(std::size_t most) {
    std::size_t bound = 1;
    while (bound < most && chance(0.7)) bound *= 4;
    return 1 + below(std::min(bound, most));
  }

  void change() {
    const std::size_t kind = below(100);
    if (kind < 25) {
      change_bytes();
    } else if (kind < 50) {
      change_numbers();
    } else if (kind < 70) {
      change_words();
    } else if (kind < 90) {
      change_lines();
    } else {
      change_all();
    }
  }

  void change_bytes() {
    static constexpr std::array<char, 12> kSpecial{'\0', '\xff', '\xc3', '\x80', '\n',   '\r',
                                                   '\t', '\x1b', '"',    '\\',   '\x7f', '#'};
    const std::size_t at = place();
    switch (below(6)) {
      case 0:
        if (at < text_.size()) text_[at] = static_cast<char>(text_[at] ^ (1 << below(8)));
        break;
      case 1:
        if (at < text_.size()) text_[at] = any(kSpecial);
        break;
      case 2:
        text_.insert(at, 1, any(kSpecial));
        break;
      case 3:
        text_.erase(at, length(text_.size() + 1));
        break;
      case 4:
        text_.insert(place(), text_.substr(at, length(4096)));
        break;
      default:
        insert_run(at);
        break;
    }
  }

  void insert_run(std::size_t at) {
    static constexpr std::string_view kRuns(" \t0 9a[{(\"<#\\\n-.,:=/'x;]\0\xff\r", 28);
    text_.insert(at, std::string(length(50'000), any(kRuns)));
  }

  void change_numbers() {
    const std::vector<Span> numbers = pieces_of(text_, is_digit);
    if (numbers.empty()) return change_bytes();
    const auto [begin, size] = any(numbers);
    switch (below(5)) {
      case 0:
        text_.insert(begin, 1, static_cast<char>('0' + below(10)));
        break;
      case 1:
        text_.erase(begin, size);
        break;
      case 2: {
        const auto [other, other_size] = any(numbers);
        text_.replace(begin, size, text_.substr(other, other_size));
        break;
      }
      default:
        text_.replace(begin, size, any(odd_numbers()));
        break;
    }
  }

  void change_words() {
    const std::vector<Span> own = pieces_of(text_, is_word);
    if (own.empty()) return text_.insert(place(), any(words_)), void();
    const auto [begin, size] = any(own);
    switch (below(6)) {
      case 0:
        text_.erase(begin, size);
        break;
      case 1: {
        const auto [other, other_size] = any(own);
        text_.replace(begin, size, text_.substr(other, other_size));
        break;
      }
      case 2:
        text_.insert(begin, any(words_) + (chance(0.5) ? " " : ""));
        break;
      case 3:
        text_.replace(begin, size, any(odd_numbers()));
        break;
      case 4:
        text_.insert(begin + size, text_.substr(begin, size));
        break;
      default:
        text_.replace(begin, size, any(words_));
        break;
    }
  }

  void change_lines() {
    std::vector<std::string> lines = lines_in(text_);
    if (lines.empty()) return change_words();
    const std::size_t at = below(lines.size());
    const auto place_of = [&](std::size_t i) {
      return lines.begin() + static_cast<std::ptrdiff_t>(i);
    };
    switch (below(6)) {
      case 0:
        lines.erase(place_of(at));
        break;
      case 1:
        lines.insert(place_of(below(lines.size())), std::string(lines[at]));
        break;
      case 2:
        std::swap(lines[at], lines[below(lines.size())]);
        break;
      case 3:
        lines.insert(place_of(at), length(2000), std::string(lines[at]));
        break;
      case 4:  // a line that was broken, or two that were joined
        if (chance(0.5))
          lines[at].insert(below(lines[at].size()), "\n");
        else if (lines[at].ends_with('\n'))
          lines[at].back() = ' ';
        break;
      default:  // a block that moved
        std::rotate(place_of(0), place_of(at), lines.end());
        break;
    }
    text_.clear();
    for (const std::string& line : lines) text_ += line;
  }

  // Changes of the file as a whole.
  void change_all() {
    switch (below(9)) {
      case 0:
        text_.resize(below(text_.size() + 1));
        break;
      case 1:
        text_.insert(0, chance(0.7) ? "\xEF\xBB\xBF" : "\xFF\xFE");
        break;
      case 2:
        widen();
        break;
      case 3:
        end_lines_as_windows();
        break;
      case 4:
        nest();
        break;
      case 5:
        join();
        break;
      case 6:
        text_ += text_;
        break;
      case 7:
        for (char& c : text_) {
          if (c == ' ' && chance(0.5)) c = '\t';
        }
        break;
      default:
        if (chance(0.1))
          text_.clear();
        else
          std::erase(text_, chance(0.5) ? '\n' : any(std::string_view(" \"#,:{}[]")));
        break;
    }
  }

  void widen() {
    std::string wide = "\xFF\xFE";
    for (const char c : text_.substr(0, kLargestInput / 2 - 2)) wide += {c, '\0'};
    text_ = std::move(wide);
  }

  void end_lines_as_windows() {
    std::string ended;
    for (const char c : text_) {
      if (c == '\n') ended += '\r';
      ended += c;
    }
    text_ = std::move(ended);
  }

  void nest() {
    static constexpr std::array<std::pair<const char*, const char*>, 8> kBrackets{
        {{"[", "]"},
         {"{\"a\":", "}"},
         {"<graph>", "</graph>"},
         {"<node>", "</node>"},
         {"(", ")"},
         {"n[1-2]", ""},
         {"graph [ ", "] "},
         {"- a:\n ", ""}}};
    const auto [open, close] = any(kBrackets);
    const std::size_t depth = length(10'000);
    std::string before;
    std::string after;
    for (std::size_t i = 0; i < depth; ++i) before += open, after += close;
    const std::size_t at = place();
    text_.insert(at, before);
    if (chance(0.7)) text_.insert(chance(0.5) ? text_.size() : at + before.size(), after);
  }

  void join() {
    if (others_.empty()) return;
    const std::string& other = any(others_);
    const std::size_t at = below(other.size() + 1);
    if (chance(0.3)) {
      text_ = other;
    } else {
      text_ = text_.substr(0, place()) + other.substr(at, chance(0.5) ? other.size() : 200);
    }
  }

  std::string text_;
  RandomStream random_;
  const std::vector<std::string>& words_;
  const std::vector<std::string>& others_;
};

}  // namespace

TextMutator::TextMutator(std::vector<std::string> words, std::vector<std::string> others)
    : words_(std::move(words)), others_(std::move(others)) {
  words_.emplace_back("\"\"");
}

std::string TextMutator::damage(std::string text, RandomStream random) const {
  return Damage(std::move(text), random, words_, others_).run();
}

}  // namespace rehearse
