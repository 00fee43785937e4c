#include "report/text/telling_names.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace rehearse {
namespace {

constexpr std::size_t kLong = 24;     // bytes: shorter words stay whole
constexpr std::size_t kContext = 12;  // of what is alike, beside what differs

bool is_path(std::string_view name) {
  return name.find('/') != std::string_view::npos &&
         name.find_first_of(" {}[]\"") == std::string_view::npos && name.find("://") == name.npos;
}

// ".json" of "net.json"; empty for ".profile", "v1.5/net" and "resnet".
std::string_view ending(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view file = slash == path.npos ? path : path.substr(slash + 1);
  const std::size_t point = file.rfind('.');
  return point == file.npos || point == 0 ? std::string_view{} : file.substr(point);
}

// The last `parts` parts of a path.
std::string_view tail(std::string_view path, std::size_t parts) {
  std::size_t begin = path.size();
  for (; parts > 0 && begin != std::string_view::npos; --parts) {
    begin = begin == 0 ? std::string_view::npos : path.rfind('/', begin - 1);
  }
  return begin == std::string_view::npos ? path : path.substr(begin + 1);
}

std::vector<std::string> short_paths(const std::vector<std::string>& names) {
  const std::set<std::string> different(names.begin(), names.end());
  const std::string_view shared = ending(names.front());
  const bool one_ending = !shared.empty() && std::ranges::all_of(names, [&](const auto& name) {
    return ending(name) == shared;
  });
  std::vector<std::string> result;
  for (const std::string& name : names) {
    std::size_t parts = 1;
    const auto is_alone = [&] {
      const std::string_view own = tail(name, parts);
      return std::ranges::none_of(different, [&](const std::string& other) {
        return other != name && tail(other, parts) == own;
      });
    };
    while (tail(name, parts).size() < name.size() && !is_alone()) ++parts;
    std::string_view own = tail(name, parts);
    if (one_ending) own.remove_suffix(shared.size());
    result.emplace_back(own);
  }
  return result;
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

// What all names begin with and end with, in bytes.
std::vector<std::string> differences(const std::vector<std::string>& names) {
  const std::string& first = names.front();
  std::size_t head = first.size();
  std::size_t end = first.size();
  for (const std::string& name : names) {
    std::size_t same = 0;
    while (same < std::min(head, name.size()) && name[same] == first[same]) ++same;
    head = same;
  }
  for (const std::string& name : names) {
    const std::size_t most = std::min({end, name.size() - head, first.size() - head});
    std::size_t same = 0;
    while (same < most && name[name.size() - 1 - same] == first[first.size() - 1 - same]) ++same;
    end = same;
  }
  std::vector<std::string> result;
  for (const std::string& name : names) {
    std::size_t from = head > kContext ? head - kContext : 0;
    std::size_t to = name.size() - (end > kContext ? end - kContext : 0);
    while (from > 0 && continues_character(name[from])) --from;
    while (to < name.size() && continues_character(name[to])) ++to;
    while (from > 0 && from < to && name[from] == ' ') ++from;
    while (to < name.size() && from < to && name[to - 1] == ' ') --to;
    result.push_back((from > 0 ? "…" : "") + name.substr(from, to - from) +
                     (to < name.size() ? "…" : ""));
  }
  return result;
}

}  // namespace

std::vector<std::string> telling_names(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  if (std::ranges::all_of(names, is_path)) return short_paths(names);
  std::vector<std::string> result = names;
  // Paths among words: each stands for itself.
  const bool all_long =
      std::ranges::all_of(names, [](const std::string& name) { return name.size() > kLong; });
  const bool all_same =
      std::ranges::all_of(names, [&](const std::string& name) { return name == names.front(); });
  if (all_long && !all_same) return differences(names);
  for (std::string& name : result) {
    if (is_path(name)) name = short_paths({name}).front();
  }
  // A path must not become the name of another.
  const std::set<std::string> before(names.begin(), names.end());
  const std::set<std::string> after(result.begin(), result.end());
  return after.size() == before.size() ? result : names;
}

}  // namespace rehearse
