#include "scenarios/known_keys.h"

#include <algorithm>

#include "base/error.h"

namespace rehearse {

void expect_known(ObjectReader& reader, std::initializer_list<std::string_view> known) {
  for (const std::string_view key : known) reader.has(key);
  reader.finish();
}

void refuse_all(const ObjectReader& reader, std::initializer_list<std::string_view> keys,
                std::string_view why) {
  ObjectReader probe = reader;  // so that the keys do not become known ones
  for (const std::string_view key : keys) probe.refuse(key, why);
}

std::size_t working_choice(ObjectReader& reader, std::string_view key,
                           const std::vector<std::string>& works,
                           const std::vector<std::string>& later) {
  const std::string word = reader.string(key);
  if (std::find(later.begin(), later.end(), word) != later.end()) {
    throw reader.error_at(key, "'" + word + "' does not work yet", "", "use " + list_of(works));
  }
  return reader.choice(key, works);
}

}  // namespace rehearse
