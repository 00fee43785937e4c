#include "topologies/files/slurm_lines.h"

#include <cctype>

#include "base/error.h"

namespace rehearse {
namespace {

bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_of_key(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

// A '#' behind an even number of backslashes begins a comment.
void strip_comment(std::string& line) {
  bool odd = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '#' && !odd) return line.erase(i), void();
    odd = line[i] == '\\' && !odd;
  }
}

// Takes away the backslash that joins the next line; false if there is none.
bool strip_continuation(std::string& line) {
  std::size_t end = line.size();
  while (end > 0 && is_blank(line[end - 1])) --end;
  std::size_t slashes = 0;
  while (slashes < end && line[end - 1 - slashes] == '\\') ++slashes;
  if (slashes % 2 == 0) return false;
  line.erase(end - 1);
  return true;
}

std::string without_escapes(const std::string& line) {
  std::string result;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && ++i == line.size()) break;
    result += line[i];
  }
  return result;
}

[[noreturn]] void refuse(const std::string& line, std::size_t at) {
  std::size_t end = at;
  while (end < line.size() && !is_blank(line[end])) ++end;
  constexpr std::size_t kMostShown = 60;
  throw Error::input("'" + line.substr(at, std::min(end - at, kMostShown)) + "' is not KEY=VALUE");
}

}  // namespace

std::vector<SlurmLine> slurm_lines(const std::string& text) {
  std::vector<SlurmLine> lines;
  SlurmLine current{0, ""};
  std::size_t begin = 0;
  for (int number = 1; begin < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    strip_comment(line);
    const bool goes_on = strip_continuation(line);
    if (current.number == 0) current.number = number;
    current.text += line;
    if (goes_on && begin < text.size()) continue;
    current.text = without_escapes(current.text);
    while (!current.text.empty() && is_blank(current.text.back())) current.text.pop_back();
    if (!current.text.empty()) lines.push_back(std::move(current));
    current = {0, ""};
  }
  return lines;
}

std::vector<SlurmPair> slurm_pairs(const std::string& line) {
  std::vector<SlurmPair> pairs;
  std::size_t at = 0;
  const auto skip_blanks = [&] {
    while (at < line.size() && is_blank(line[at])) ++at;
  };
  for (skip_blanks(); at < line.size(); skip_blanks()) {
    const std::size_t first = at;
    SlurmPair pair;
    for (; at < line.size() && is_of_key(line[at]); ++at) {
      pair.key += line[at];
      pair.lower += static_cast<char>(std::tolower(static_cast<unsigned char>(line[at])));
    }
    skip_blanks();
    if (pair.key.empty() || at == line.size() || line[at] != '=') refuse(line, first);
    ++at;
    skip_blanks();
    const bool quoted = at < line.size() && line[at] == '"';
    std::size_t end = at;
    if (quoted) {
      end = line.find('"', at + 1);
      if (end == std::string::npos) {
        throw Error::input("the quotes behind '" + pair.key + "=' do not close");
      }
      pair.value = line.substr(at + 1, end - at - 1);
      ++end;
      if (end < line.size() && !is_blank(line[end])) refuse(line, at);
    } else {
      while (end < line.size() && !is_blank(line[end])) ++end;
      pair.value = line.substr(at, end - at);
    }
    if (end == at) refuse(line, first);
    at = end;
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

}  // namespace rehearse
