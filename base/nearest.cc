#include <algorithm>
#include <numeric>
#include <utility>

#include "base/json_reader.h"

namespace rehearse {
namespace {

// Letters put in, left out, mistaken or taken in the wrong order ("sdg"), each counted as one
// (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last, row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    before = std::exchange(last, row);
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = last[j] + (a[i] == b[j] ? 0 : 1);
      row[j + 1] = std::min({row[j] + 1, last[j + 1] + 1, replaced});
      if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j]) {
        row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
      }
    }
  }
  return row.back();
}

// Of two words as near: the one that begins alike ("lagged" of "lagd", not "easgd"), else the one
// of the word's length, as a letter is mistaken more often than left out.
bool likelier(std::string_view word, std::string_view candidate, std::string_view best) {
  const auto begins_alike = [&](std::string_view other) {
    return !word.empty() && !other.empty() && word.front() == other.front();
  };
  if (begins_alike(candidate) != begins_alike(best)) return begins_alike(candidate);
  return candidate.size() == word.size() && best.size() != word.size();
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known,
                                   double share) {
  constexpr std::size_t kLongestWord = 64;  // longer words are no misspellings of ours
  if (word.size() > kLongestWord) return std::nullopt;
  std::optional<std::string> best;
  // "set" is two letters from "svg" and no misspelling of it.
  const std::size_t least = word.size() <= 3 ? 1 : 2;
  std::size_t best_distance =
      std::max(least, static_cast<std::size_t>(share * static_cast<double>(word.size()))) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    const bool as_near = best && distance == best_distance && likelier(word, candidate, *best);
    if (distance < best_distance || as_near) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string list_of(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace rehearse
