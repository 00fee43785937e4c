// The keys an object may have, checked before its values: a misspelt key is then named as such, and
// not reported as the absence of the right one.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/json_reader.h"

namespace rehearse {

// Throws Error::input for any other key, and says what it may have been meant for (key_hints.h).
void expect_known(ObjectReader& reader, const std::vector<std::string_view>& known);

// A value that must be one of `works`; those of `later` are refused as not working yet, for the
// reason `why_later`. Returns the index.
std::size_t working_choice(ObjectReader& reader, std::string_view key,
                           const std::vector<std::string>& works,
                           const std::vector<std::string>& later, std::string_view why_later);

// Throws Error::input if another value than an object stands at the key. Keys of the object that
// could hold such a value make the remedy: 'write {"per_worker": 128} or {"global": 128}'.
struct ShortForm {
  std::initializer_list<std::string_view> of_text, of_number = {}, of_list = {};
};
void expect_object(ObjectReader& reader, std::string_view key, const ShortForm& form);

// Whether the key is there and its value is a number.
bool is_number(ObjectReader& reader, std::string_view key);

// Whether the key is there and its value is a text.
bool is_text(ObjectReader& reader, std::string_view key);

}  // namespace rehearse
