#include "scenarios/known_keys.h"

#include <algorithm>

#include "base/error.h"
#include "base/suggestion.h"
#include "scenarios/key_hints.h"

namespace rehearse {

void expect_known(ObjectReader& reader, const std::vector<std::string_view>& known) {
  for (const std::string_view key : known) reader.has(key);
  for (const std::string& key : reader.keys()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::vector<std::string> words(known.begin(), known.end());
    std::sort(words.begin(), words.end());
    throw reader.error_at(key, "unknown key '" + key + "'", "known here: " + list_of(words),
                          key_hint(key, words));
  }
}

std::size_t working_choice(ObjectReader& reader, std::string_view key,
                           const std::vector<std::string>& works,
                           const std::vector<std::string>& later, std::string_view why_later) {
  const std::string word = reader.string(key);
  const auto found = std::find(works.begin(), works.end(), word);
  if (found != works.end()) return static_cast<std::size_t>(found - works.begin());
  throw unknown_word(word, works, later, std::string(why_later))
      .at(reader.file(), reader.path() + "/" + std::string(key));
}

}  // namespace rehearse
