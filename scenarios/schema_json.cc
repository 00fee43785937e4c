#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/contract.h"
#include "base/error.h"
#include "base/quantity_text.h"
#include "base/suggestion.h"
#include "scenarios/pattern.h"
#include "scenarios/scenario.h"
#include "scenarios/schema.h"

namespace rehearse {
namespace {

using nlohmann::json;

const std::set<std::string>& checked_keywords() {
  static const std::set<std::string> words{
      "type",  "const",    "enum",    "properties",       "required", "additionalProperties",
      "items", "minItems", "pattern", "minimum",          "maximum",  "exclusiveMinimum",
      "anyOf", "oneOf",    "$ref",    "exclusiveMaximum", "$defs"};
  return words;
}

const std::set<std::string>& annotations() {
  static const std::set<std::string> words{"$schema",     "$id",     "$comment", "title",
                                           "description", "default", "examples"};
  return words;
}

std::string shown(const json& value) {
  constexpr std::size_t kLongest = 60;
  const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "…";
}

bool has_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "number") return value.is_number();
  ENSURES(type == "integer");
  if (!value.is_number()) return false;
  return value.is_number_integer() || value.get<double>() == std::floor(value.get<double>());
}

class SchemaChecker {
 public:
  SchemaChecker(const json& schema, const std::string& file) : root_(schema), file_(file) {}

  void check(const json& schema, const json& value, const std::string& path) const {
    if (schema.is_boolean()) {
      if (!schema.get<bool>()) fail(path, "nothing is allowed here", "", "remove it");
      return;
    }
    for (const auto& [word, argument] : schema.items()) {
      EXPECTS(checked_keywords().contains(word) || annotations().contains(word));
    }
    if (const auto ref = schema.find("$ref"); ref != schema.end()) check(target(*ref), value, path);
    check_any(schema, value, path);
    check_type(schema, value, path);
    check_alternatives(schema, value, path);
    if (value.is_number()) check_number(schema, value, path);
    if (value.is_string()) check_string(schema, value, path);
    if (value.is_array()) check_array(schema, value, path);
    if (value.is_object()) check_object(schema, value, path);
  }

 private:
  [[noreturn]] void fail(const std::string& path, std::string what, std::string why,
                         std::string remedy = "") const {
    throw Error::input(std::move(what), std::move(why), std::move(remedy))
        .at(file_, path.empty() ? "/" : path);
  }

  [[nodiscard]] const json& target(const json& ref) const {
    const std::string& name = ref.get_ref<const std::string&>();
    EXPECTS(name.starts_with("#/$defs/"));
    return root_.at("$defs").at(name.substr(8));
  }

  void check_any(const json& schema, const json& value, const std::string& path) const {
    if (const auto constant = schema.find("const");
        constant != schema.end() && *constant != value) {
      fail(path, "expected " + shown(*constant), "found " + shown(value));
    }
    const auto choices = schema.find("enum");
    if (choices == schema.end()) return;
    if (std::find(choices->begin(), choices->end(), value) != choices->end()) return;
    std::vector<std::string> words;
    for (const json& choice : *choices) {
      words.push_back(choice.is_string() ? choice.get<std::string>() : shown(choice));
    }
    fail(path, shown(value) + " is not known", "it can be " + list_of(words),
         value.is_string() ? suggestion(value.get<std::string>(), words) : "");
  }

  void check_type(const json& schema, const json& value, const std::string& path) const {
    const auto type = schema.find("type");
    if (type == schema.end()) return;
    std::vector<std::string> words;
    if (type->is_string()) words.push_back(type->get<std::string>());
    if (type->is_array()) words = type->get<std::vector<std::string>>();
    for (const std::string& word : words) {
      if (has_type(value, word)) return;
    }
    fail(path, "expected " + list_of(words), "found " + shown(value));
  }

  // Where no alternative holds, the one that gets deepest into the value tells why: it is the
  // likeliest to have been meant.
  void check_alternatives(const json& schema, const json& value, const std::string& path) const {
    for (const char* word : {"anyOf", "oneOf"}) {
      const auto list = schema.find(word);
      if (list == schema.end()) continue;
      int holds = 0;
      std::optional<Error> deepest;
      for (const json& alternative : *list) {
        try {
          check(alternative, value, path);
          ++holds;
        } catch (const Error& error) {
          if (!deepest || error.json_path().size() > deepest->json_path().size()) deepest = error;
        }
      }
      if (holds == 0) throw *deepest;
      if (holds > 1 && std::string(word) == "oneOf") {
        fail(path, shown(value) + " fits " + std::to_string(holds) + " alternatives",
             "exactly one is allowed");
      }
    }
  }

  void check_number(const json& schema, const json& value, const std::string& path) const {
    const double number = value.get<double>();
    const auto limit = [&](const char* word, auto holds, const char* words) {
      const auto bound = schema.find(word);
      if (bound == schema.end() || holds(number, bound->get<double>())) return;
      fail(path, shown(value) + " is out of range", words + shown(*bound));
    };
    limit("minimum", std::greater_equal<>(), "it must be at least ");
    limit("maximum", std::less_equal<>(), "it must be at most ");
    limit("exclusiveMinimum", std::greater<>(), "it must be more than ");
    limit("exclusiveMaximum", std::less<>(), "it must be less than ");
  }

  void check_string(const json& schema, const json& value, const std::string& path) const {
    const auto pattern = schema.find("pattern");
    if (pattern == schema.end()) return;
    constexpr std::size_t kLongest = 1000;
    const std::string& text = value.get_ref<const std::string&>();
    if (text.size() <= kLongest && Pattern(pattern->get<std::string>()).matches(text)) return;
    const std::string what = schema.value("title", "what is expected here");
    const json examples = schema.value("examples", json::array());
    fail(path, shown(value) + " is not " + what, "",
         examples.empty() ? "" : "write for example " + shown(examples.front()));
  }

  void check_array(const json& schema, const json& value, const std::string& path) const {
    if (const auto least = schema.find("minItems");
        least != schema.end() && value.size() < least->get<std::size_t>()) {
      fail(path, "too few entries", "at least " + shown(*least) + " are needed");
    }
    const auto items = schema.find("items");
    if (items == schema.end()) return;
    for (std::size_t i = 0; i < value.size(); ++i) {
      check(*items, value[i], path + "/" + std::to_string(i));
    }
  }

  [[nodiscard]] static bool is_required(const json& schema, const std::string& key) {
    const auto required = schema.find("required");
    return required != schema.end() &&
           std::find(required->begin(), required->end(), key) != required->end();
  }

  void check_object(const json& schema, const json& value, const std::string& path) const {
    const json properties = schema.value("properties", json::object());
    const auto more = schema.find("additionalProperties");
    for (const auto& [key, member] : value.items()) {
      const std::string place = path + "/" + key;
      if (const auto known = properties.find(key); known != properties.end()) {
        // Readers take null for the absence of a key that need not be there.
        if (!member.is_null() || is_required(schema, key)) check(*known, member, place);
      } else if (more != schema.end()) {
        if (more->is_boolean() && !more->get<bool>()) refuse_key(properties, key, place);
        check(*more, member, place);
      }
    }
    const auto required = schema.find("required");
    if (required == schema.end()) return;
    for (const json& key : *required) {
      const std::string name = key.get<std::string>();
      if (!value.contains(name)) {
        fail(path + "/" + name, "this key is missing", "it is required", "add it");
      }
    }
  }

  void refuse_key(const json& properties, const std::string& key, const std::string& place) const {
    std::vector<std::string> known;
    for (const auto& [name, schema] : properties.items()) known.push_back(name);
    fail(place, "unknown key '" + key + "'", known.empty() ? "" : "known here: " + list_of(known),
         suggestion(key, known, "remove it"));
  }

  const json& root_;
  const std::string& file_;
};

}  // namespace

JsonDocument load_schema(const std::string& name) {
  const std::string path = scenarios_folder() + "/schema/" + name + ".schema.json";
  try {
    return JsonDocument::parse_file(path);
  } catch (const Error& error) {
    throw Error::environment("a schema of this installation cannot be read", error.what(),
                             "restore the folder or unset REHEARSE_SCENARIOS");
  }
}

void expect_schema(const JsonDocument& schema, const JsonDocument& instance) {
  SchemaChecker(schema.value(), instance.name()).check(schema.value(), instance.value(), "");
}

}  // namespace rehearse
