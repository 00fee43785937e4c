#include <cctype>

#include "base/error.h"
#include "topologies/switch_graph.h"

namespace rehearse {
namespace {

constexpr std::size_t kMostNames = 1'000'000;
constexpr std::size_t kMostDigits = 9;

[[noreturn]] void refuse(const std::string& list, std::string why) {
  throw Error::input("'" + list + "' is not a list of names", std::move(why),
                     "write for example n[0-3,7]");
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

// "08-10" is 08, 09, 10: as many digits as the first number has.
void expand_range(const std::string& range, const std::string& list,
                  std::vector<std::string>& out) {
  const std::size_t dash = range.find('-');
  const std::string first = range.substr(0, dash);
  const std::int64_t from = number(first, list);
  const std::int64_t to = dash == std::string::npos ? from : number(range.substr(dash + 1), list);
  if (to < from) refuse(list, "a range runs upwards");
  if (out.size() + static_cast<std::size_t>(to - from) >= kMostNames) {
    refuse(list, "a million names at most");
  }
  for (std::int64_t i = from; i <= to; ++i) {
    const std::string digits = std::to_string(i);
    const std::size_t zeros = digits.size() < first.size() ? first.size() - digits.size() : 0;
    out.push_back(std::string(zeros, '0') + digits);
  }
}

// One name with any number of brackets.
void expand_item(const std::string& item, const std::string& list, std::vector<std::string>& out) {
  std::vector<std::string> heads{""};
  std::size_t at = 0;
  while (at < item.size()) {
    const std::size_t open = item.find('[', at);
    const std::string plain = item.substr(at, open == std::string::npos ? open : open - at);
    std::vector<std::string> middles{""};
    at = item.size();
    if (open != std::string::npos) {
      const std::size_t close = item.find(']', open);
      if (close == std::string::npos) refuse(list, "a bracket is open");
      middles.clear();
      std::size_t begin = open + 1;
      while (begin <= close) {
        const std::size_t end = std::min(item.find(',', begin), close);
        expand_range(item.substr(begin, end - begin), list, middles);
        begin = end + 1;
      }
      at = close + 1;
    }
    if (out.size() + heads.size() * middles.size() > kMostNames) {
      refuse(list, "a million names at most");
    }
    std::vector<std::string> longer;
    for (const std::string& head : heads) {
      for (const std::string& middle : middles) longer.push_back(head + plain + middle);
    }
    heads = std::move(longer);
  }
  out.insert(out.end(), heads.begin(), heads.end());
}

}  // namespace

std::vector<std::string> expand_host_list(const std::string& list) {
  std::vector<std::string> out;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size()) {
      if (list[i] == '[') ++depth;
      if (list[i] == ']') --depth;
      if (depth < 0 || depth > 1) refuse(list, "its brackets do not match");
      if (list[i] != ',' || depth > 0) continue;
    }
    if (i == begin) refuse(list, "a name is empty");
    expand_item(list.substr(begin, i - begin), list, out);
    begin = i + 1;
  }
  return out;
}

}  // namespace rehearse
