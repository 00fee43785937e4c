// Lists of names with ranges, as Slurm's hostlists.
#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "topologies/shapes/switch_graph.h"

namespace rehearse {
namespace {

constexpr double kMostNames = 1'000'000;
constexpr std::size_t kMostDigits = 9;
constexpr std::size_t kLongestName = 255;  // without its numbers
constexpr std::size_t kMostBrackets = 16;

[[noreturn]] void refuse(const std::string& list, std::string why) {
  constexpr std::size_t kMostShown = 60;
  throw Error::input("'" + (list.size() > kMostShown ? list.substr(0, kMostShown) + "…" : list) +
                         "' is not a list of names",
                     std::move(why), "write for example n[0-3,7]");
}

std::int64_t number(const std::string& digits, const std::string& list) {
  if (digits.empty() || digits.size() > kMostDigits) refuse(list, "a range needs whole numbers");
  for (const char c : digits) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
      refuse(list, "a range needs whole numbers");
    }
  }
  return std::stoll(digits);
}

struct Range {
  std::int64_t from, to;
  std::size_t digits;  // "08-10" is 08, 09, 10: as many digits as the first number has
};

// What stands between two brackets.
std::vector<Range> ranges_of(const std::string& inside, const std::string& list) {
  std::vector<Range> ranges;
  std::size_t begin = 0;
  while (begin <= inside.size()) {
    const std::size_t end = std::min(inside.find(',', begin), inside.size());
    const std::string range = inside.substr(begin, end - begin);
    const std::size_t dash = range.find('-');
    const std::string first = range.substr(0, dash);
    const std::int64_t from = number(first, list);
    const std::int64_t to = dash == std::string::npos ? from : number(range.substr(dash + 1), list);
    if (to < from) refuse(list, "a range runs upwards");
    ranges.push_back({from, to, first.size()});
    begin = end + 1;
  }
  return ranges;
}

// One name with any number of brackets, cut into plain text and the ranges that follow it.
struct Piece {
  std::string plain;
  std::vector<Range> ranges;  // empty behind the last bracket
};

std::vector<Piece> pieces_of(const std::string& item, const std::string& list) {
  std::vector<Piece> pieces;
  std::size_t at = 0;
  while (at < item.size()) {
    if (pieces.size() == kMostBrackets) refuse(list, "a name has 16 brackets at most");
    const std::size_t open = item.find('[', at);
    if (open == std::string::npos) {
      pieces.push_back({item.substr(at), {}});
      break;
    }
    const std::size_t close = item.find(']', open);
    if (close == std::string::npos) refuse(list, "a bracket is open");
    pieces.push_back(
        {item.substr(at, open - at), ranges_of(item.substr(open + 1, close - open - 1), list)});
    at = close + 1;
  }
  std::size_t plain = 0;
  for (const Piece& piece : pieces) plain += piece.plain.size();
  if (plain > kLongestName) refuse(list, "a name has 255 characters at most");
  return pieces;
}

double count_of(const std::vector<Piece>& pieces) {
  double count = 1;
  for (const Piece& piece : pieces) {
    if (piece.ranges.empty()) continue;
    double here = 0;
    for (const Range& range : piece.ranges) here += static_cast<double>(range.to - range.from + 1);
    count *= here;
  }
  return count;
}

void expand(const std::vector<Piece>& pieces, std::vector<std::string>& out) {
  std::vector<std::string> heads{""};
  for (const Piece& piece : pieces) {
    std::vector<std::string> longer;
    for (const std::string& head : heads) {
      if (piece.ranges.empty()) longer.push_back(head + piece.plain);
      for (const Range& range : piece.ranges) {
        for (std::int64_t i = range.from; i <= range.to; ++i) {
          const std::string digits = std::to_string(i);
          const std::size_t zeros = range.digits - std::min(range.digits, digits.size());
          longer.push_back(head + piece.plain + std::string(zeros, '0') + digits);
        }
      }
    }
    heads = std::move(longer);
  }
  out.insert(out.end(), heads.begin(), heads.end());
}

template <class Visit>
void each_item(const std::string& list, Visit visit) {
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size()) {
      if (list[i] == '[') ++depth;
      if (list[i] == ']') --depth;
      if (depth < 0 || depth > 1) refuse(list, "its brackets do not match");
      const bool parts = list[i] == ',' || std::isspace(static_cast<unsigned char>(list[i])) != 0;
      if (!parts || depth > 0) continue;
    }
    if (i > begin) visit(pieces_of(list.substr(begin, i - begin), list));
    begin = i + 1;
  }
}

}  // namespace

double host_list_size(const std::string& list) {
  double count = 0;
  each_item(list, [&](const std::vector<Piece>& pieces) { count += count_of(pieces); });
  return count;
}

std::vector<std::string> expand_host_list(const std::string& list) {
  if (host_list_size(list) > kMostNames) refuse(list, "a million names at most");
  std::vector<std::string> out;
  each_item(list, [&](const std::vector<Piece>& pieces) { expand(pieces, out); });
  return out;
}

}  // namespace rehearse
