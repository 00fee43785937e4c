#include "calibrate/importers/undecorated.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace rehearse {
namespace {

// Tags are no longer than this.
constexpr std::size_t kLongestTag = 160;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

// "\x1b[1;32m", "\x1b]0;title\a": length, from the escape on.
std::size_t escape_sequence(std::string_view text) {
  if (text.size() < 2) return 1;
  if (text[1] == ']') {
    const std::size_t end = text.find('\a');
    return end == std::string_view::npos ? 2 : end + 1;
  }
  if (text[1] != '[') return 2;
  std::size_t length = 2;
  while (length < text.size() && (text[length] < '@' || text[length] > '~')) ++length;
  return std::min(length + 1, text.size());
}

std::string printable(std::string_view line) {
  constexpr std::string_view kHardSpace = "\xc2\xa0";
  std::string result;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == '\x1b') {
      i += escape_sequence(line.substr(i));
    } else if (line.substr(i).starts_with(kHardSpace)) {
      result += ' ';
      i += kHardSpace.size();
    } else {
      const auto byte = static_cast<unsigned char>(line[i]);
      if (byte >= ' ' || byte == '\t') result += line[i];
      ++i;
    }
  }
  return result;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// Reads a text from its beginning on.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool ends() const { return at_ == text_.size(); }
  [[nodiscard]] char next() const { return ends() ? '\0' : text_[at_]; }

  bool take(char c) {
    if (next() != c || ends()) return false;
    ++at_;
    return true;
  }
  bool take_any(std::string_view set) {
    if (ends() || set.find(next()) == std::string_view::npos) return false;
    ++at_;
    return true;
  }
  bool digits(std::size_t least, std::size_t most) {
    std::size_t count = 0;
    while (count < most && is_digit(next())) {
      ++at_;
      ++count;
    }
    return count >= least;
  }
  bool letters(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i, ++at_) {
      if (!is_letter(next())) return false;
    }
    return true;
  }
  // One or more.
  bool blanks() {
    if (!take(' ')) return false;
    while (take(' ')) {
    }
    return true;
  }
  // "12:00:01" and a fraction
  bool clock() {
    if (!digits(1, 2) || !take(':') || !digits(2, 2) || !take(':') || !digits(2, 2)) return false;
    if (take_any(".,")) digits(1, 9);
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// Of the functions below each gives the length of what it knows at the beginning, or 0. The text
// begins without white space.

std::size_t quotation(std::string_view text) {
  if (text.front() == '|') return 1;
  return text.front() == '>' && (text.size() == 1 || text[1] == ' ' || text[1] == '>' ||
                                 text[1] == '#' || is_digit(text[1]))
             ? 1
             : 0;
}

std::size_t stream_tag(std::string_view text) {
  const std::string_view head = text.substr(0, kLongestTag);
  for (const std::string_view tag : {"<stdout>", "<stderr>", "<stddiag>"}) {
    const std::size_t found = head.find(tag);
    if (found == std::string_view::npos) continue;
    const std::size_t end = found + tag.size();
    return end < text.size() && text[end] == ':' ? end + 1 : end;
  }
  return 0;
}

// "2024-03-21T11:50:20.123Z", "2024-03-21 11:50:20,123"
std::size_t iso_time(std::string_view text) {
  Scanner scan(text);
  const bool date = scan.digits(4, 4) && scan.take_any("-/") && scan.digits(2, 2) &&
                    scan.take_any("-/") && scan.digits(2, 2) && scan.take_any("T _") &&
                    scan.clock();
  if (!date) return 0;
  if (!scan.take('Z') && scan.take_any("+-")) {
    scan.digits(2, 2);
    scan.take(':');
    scan.digits(2, 2);
  }
  scan.take(':');
  return scan.at();
}

// "Thu Mar 21 11:50:20 2024", "Thu Mar 21 11:50:20 UTC 2024"
std::size_t ctime(std::string_view text) {
  Scanner scan(text);
  if (!scan.letters(3) || !scan.blanks() || !scan.letters(3) || !scan.blanks()) return 0;
  if (!scan.digits(1, 2) || !scan.blanks() || !scan.clock() || !scan.blanks()) return 0;
  if (is_letter(scan.next())) {
    while (is_letter(scan.next())) scan.letters(1);
    scan.blanks();
  }
  if (!scan.digits(4, 4)) return 0;
  scan.take(':');
  return scan.at();
}

// "Mar 21 11:50:20 node1 job[77]:"
std::size_t syslog(std::string_view text) {
  Scanner scan(text);
  if (!scan.letters(3) || !scan.blanks() || !scan.digits(1, 2) || !scan.blanks()) return 0;
  if (!scan.clock() || !scan.blanks()) return 0;
  const std::size_t end = text.substr(0, kLongestTag).find(": ", scan.at());
  return end == std::string_view::npos ? scan.at() : end + 1;
}

std::size_t clock_alone(std::string_view text) {
  Scanner scan(text);
  if (!scan.clock()) return 0;
  scan.take(':');
  return scan.ends() || scan.next() == ' ' || scan.next() == '\t' ? scan.at() : 0;
}

// "[0]", "[pod/name/container]", "[2024-03-21 11:50:20]"
std::size_t brackets(std::string_view text) {
  if (text.front() != '[' || text.size() < 2 || text[1] == ' ') return 0;
  const std::size_t end = text.substr(0, kLongestTag).find(']');
  if (end == std::string_view::npos) return 0;
  return end + 1 < text.size() && text[end + 1] == ':' ? end + 2 : end + 1;
}

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-' ||
         c == '/' || c == '@';
}

// "0: ", "node1: ", "launcher-0  | "
std::size_t label(std::string_view text) {
  std::size_t end = 0;
  bool numbered = false;
  for (; end < text.size() && end < kLongestTag && is_name(text[end]); ++end) {
    numbered = numbered || is_digit(text[end]);
  }
  if (end == 0 || end >= text.size()) return 0;
  if (text[end] == ':') {
    const bool stands_apart = end + 1 == text.size() || text[end + 1] == ' ' ||
                              text[end + 1] == '\t' || text[end + 1] == '#';
    return stands_apart && (numbered || text.starts_with("localhost")) ? end + 1 : 0;
  }
  const std::size_t bar = text.find_first_not_of(' ', end);
  return bar != std::string_view::npos && text[bar] == '|' ? bar + 1 : 0;
}

std::size_t word(std::string_view text) {
  for (const std::string_view known :
       {"INFO:", "INFO", "DEBUG:", "DEBUG", "stdout F", "stderr F", "stdout P", "stderr P"}) {
    if (text.starts_with(known) && text.size() > known.size() && text[known.size()] == ' ') {
      return known.size();
    }
  }
  return 0;
}

constexpr std::array kDecorations{quotation,   stream_tag, iso_time, ctime, syslog,
                                  clock_alone, brackets,   label,    word};

std::size_t decoration(std::string_view text) {
  if (text.empty() || text.front() == '#') return 0;
  for (const auto& known : kDecorations) {
    if (const std::size_t length = known(text); length > 0) return length;
  }
  return 0;
}

}  // namespace

std::string undecorated(std::string_view line) {
  std::string all = printable(line);
  std::string_view rest = trimmed(all);
  const bool table = rest.size() > 1 && rest.front() == '|' && rest.back() == '|';
  if (table) {
    std::replace(all.begin(), all.end(), '|', ' ');
    rest = trimmed(all);
  }
  for (std::size_t length; (length = decoration(rest)) > 0;) {
    rest = trimmed(rest.substr(length));
  }
  return std::string(rest);
}

}  // namespace rehearse
