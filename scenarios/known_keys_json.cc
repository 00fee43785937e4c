#include <nlohmann/json.hpp>

#include "base/error.h"
#include "scenarios/known_keys.h"

namespace rehearse {

bool is_number(ObjectReader& reader, std::string_view key) {
  return reader.has(key) && reader.raw(key).is_number();
}

bool is_text(ObjectReader& reader, std::string_view key) {
  return reader.has(key) && reader.raw(key).is_string();
}

void expect_object(ObjectReader& reader, std::string_view key, const ShortForm& form) {
  if (!reader.has(key)) return;
  const nlohmann::json& value = reader.raw(key);
  if (value.is_object()) return;
  const auto& keys = value.is_string()   ? form.of_text
                     : value.is_number() ? form.of_number
                                         : form.of_list;
  const std::string shown =
      value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).substr(0, 60);
  std::vector<std::string> objects;
  for (const std::string_view inner : keys) {
    objects.push_back("{\"" + std::string(inner) + "\": " + shown + "}");
  }
  throw reader.error_at(key, "expected an object", "found " + shown,
                        objects.empty() ? "write { … }" : "write " + list_of(objects));
}

}  // namespace rehearse
