#include "base/suggestion.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/json_reader.h"

namespace rehearse {
namespace {

constexpr std::size_t kMostWords = 4;
constexpr std::size_t kShortestBeginning = 3;

// "Batch-Norm" and "batch norm" are "batch_norm".
std::string folded(std::string_view word) {
  std::string text;
  for (const char c : word) {
    const bool separates = c == '-' || c == ' ' || c == '.';
    text += separates ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

std::string without_separators(std::string text) {
  std::erase(text, '_');
  return text;
}

std::string quoted_list(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  for (const std::string& word : words) quoted.push_back("'" + word + "'");
  return list_of(quoted);
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::vector<std::string> likely(std::string_view word, const std::vector<std::string>& known) {
  const std::string mine = folded(word);
  const std::string letters = without_separators(mine);
  std::vector<std::string> longer;
  std::optional<std::string> shorter;
  for (const std::string& name : known) {
    const std::string other = folded(name);
    if (!letters.empty() && without_separators(other) == letters) return {name};
    if (mine.size() >= kShortestBeginning && other.starts_with(mine)) longer.push_back(name);
    const bool begins = other.size() >= kShortestBeginning && mine.starts_with(other + "_");
    if (begins && (!shorter || name.size() > shorter->size())) shorter = name;
  }
  if (longer.size() > kMostWords) longer.resize(kMostWords);
  if (!longer.empty()) return longer;
  if (shorter) return {*shorter};
  const auto near = nearest(word, known);
  return near ? std::vector<std::string>{*near} : std::vector<std::string>{};
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known,
                       std::string otherwise) {
  const std::vector<std::string> words = likely(word, known);
  return words.empty() ? std::move(otherwise) : "did you mean " + quoted_list(words) + "?";
}

Error unknown_word(std::string_view word, const std::vector<std::string>& works,
                   const std::vector<std::string>& later, const std::string& why_later,
                   const std::string& lacks) {
  const std::string use = "use " + list_of(works);
  const std::string shown = "'" + std::string(word) + "'";
  if (contains(later, word)) return Error::input(shown + " does not work yet", why_later, use);
  std::vector<std::string> all = works;
  all.insert(all.end(), later.begin(), later.end());
  const std::vector<std::string> meant = likely(word, all);
  const bool none_works =
      !meant.empty() && std::all_of(meant.begin(), meant.end(),
                                    [&](const std::string& one) { return contains(later, one); });
  if (none_works) {
    const std::string they = meant.size() == 1 ? "it does" : "they do";
    return Error::input(shown + " " + lacks,
                        "did you mean " + quoted_list(meant) + "? " + they + " not work yet" +
                            (why_later.empty() ? "" : ": " + why_later),
                        use);
  }
  return Error::input(shown + " " + lacks, "it can be " + list_of(works), suggestion(word, all));
}

}  // namespace rehearse
