#include <nlohmann/json.hpp>

#include "scenarios/known_keys.h"

namespace rehearse {

bool is_null(ObjectReader& reader, std::string_view key) {
  return reader.has(key) && reader.raw(key).is_null();
}

bool is_number(ObjectReader& reader, std::string_view key) {
  return reader.has(key) && reader.raw(key).is_number();
}

}  // namespace rehearse
