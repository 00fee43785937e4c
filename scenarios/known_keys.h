// The keys an object may have, checked before its values: a misspelt key is then named as such, and
// not reported as the absence of the right one.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/json_reader.h"

namespace rehearse {

// Throws Error::input, with the nearest of `known`, for any other key.
void expect_known(ObjectReader& reader, std::initializer_list<std::string_view> known);

// Refuses keys of the contract that do not work yet; they are not suggested to anybody.
void refuse_all(const ObjectReader& reader, std::initializer_list<std::string_view> keys,
                std::string_view why);

// A value that must be one of `works`; those of `later` are refused as not working yet.
std::size_t working_choice(ObjectReader& reader, std::string_view key,
                           const std::vector<std::string>& works,
                           const std::vector<std::string>& later);

// Whether the key is there and its value is of the type.
bool is_null(ObjectReader& reader, std::string_view key);
bool is_number(ObjectReader& reader, std::string_view key);

}  // namespace rehearse
