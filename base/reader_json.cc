#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_reader.h"
#include "base/printable.h"
#include "base/quantity_text.h"
#include "base/suggestion.h"

namespace rehearse {

using nlohmann::json;

ObjectReader::ObjectReader(const json& value, std::string file, std::string path)
    : value_(&value), file_(std::move(file)), path_(std::move(path)) {
  if (!value.is_object()) {
    throw Error::input("expected an object", std::string("found ") + value.type_name(),
                       "write { … }")
        .at(file_, path_.empty() ? "/" : path_);
  }
}

std::string ObjectReader::path_of(std::string_view key) const {
  if (key.empty()) return path_.empty() ? "/" : path_;
  return path_ + "/" + std::string(key);
}

Error ObjectReader::error_at(std::string_view key, std::string what, std::string why,
                             std::string remedy) const {
  return Error::input(std::move(what), std::move(why), std::move(remedy)).at(file_, path_of(key));
}

bool ObjectReader::has(std::string_view key) {
  known_.emplace(key);
  const auto found = value_->find(key);
  return found != value_->end() && !found->is_null();
}

const json& ObjectReader::at(std::string_view key) {
  if (!has(key)) {
    // Keys that are merely alike, memory_capacity and memory_bandwidth, are no misspellings.
    constexpr double kMisspelt = 0.25;
    std::vector<std::string> unread;
    for (const std::string& name : keys()) {
      if (!known_.contains(name)) unread.push_back(name);
    }
    for (const std::string& name : unread) {
      if (nearest(name, {std::string(key)}, kMisspelt)) {
        throw error_at(name, "unknown key '" + name + "'", "'" + std::string(key) + "' is required",
                       "did you mean '" + std::string(key) + "'?");
      }
    }
    throw error_at(key, "this key is missing", "it is required", "add it");
  }
  return *value_->find(key);
}

const json& ObjectReader::raw(std::string_view key) { return at(key); }

std::string ObjectReader::string(std::string_view key) {
  const json& value = at(key);
  if (!value.is_string()) {
    throw error_at(key, "expected a string", std::string("found ") + value.type_name());
  }
  return value.get<std::string>();
}

namespace {

// Whole numbers may be written as 64 or 64.0, never as 64.5.
std::optional<std::int64_t> whole(const json& value) {
  if (value.is_number_unsigned()) {
    const auto wide = value.get<std::uint64_t>();
    if (wide > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<std::int64_t>(wide);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (std::abs(number) < 9e15 && number == std::floor(number)) {
      return static_cast<std::int64_t>(number);
    }
  }
  return std::nullopt;
}

// A value in a message.
std::string shown(const json& value) {
  constexpr std::size_t kLongest = 60;
  return printable(value.dump(-1, ' ', false, json::error_handler_t::replace), kLongest);
}

std::string range_text(double least, double most) {
  const auto plain = [](double value) { return json(value).dump(); };
  const auto tidy = [&](double value) {
    return whole(json(value)) ? std::to_string(static_cast<std::int64_t>(value)) : plain(value);
  };
  if (std::isinf(most) || most >= 9e15) return "it must be at least " + tidy(least);
  return "it must be between " + tidy(least) + " and " + tidy(most);
}

}  // namespace

std::int64_t ObjectReader::integer(std::string_view key, std::int64_t least, std::int64_t most) {
  const json& value = at(key);
  const auto number = whole(value);
  if (!number) {
    throw error_at(key, "expected a whole number", "found " + shown(value));
  }
  if (*number < least || *number > most) {
    throw error_at(key, std::to_string(*number) + " is out of range",
                   range_text(static_cast<double>(least), static_cast<double>(most)));
  }
  return *number;
}

double ObjectReader::number(std::string_view key, double least, double most) {
  const json& value = at(key);
  if (!value.is_number()) {
    throw error_at(key, "expected a number", "found " + shown(value));
  }
  const double number = value.get<double>();
  if (!(number >= least && number <= most)) {
    throw error_at(key, shown(value) + " is out of range", range_text(least, most));
  }
  return number;
}

bool ObjectReader::boolean(std::string_view key) {
  const json& value = at(key);
  if (!value.is_boolean()) {
    throw error_at(key, "expected true or false", "found " + shown(value));
  }
  return value.get<bool>();
}

template <class Parse>
auto ObjectReader::quantity(std::string_view key, const char* example, Parse parse) {
  const json& value = at(key);
  if (value.is_number()) {
    throw error_at(key, shown(value) + " has no unit", "quantities carry their unit",
                   std::string("write for example ") + example);
  }
  const std::string text = string(key);
  try {
    return parse(text);
  } catch (const Error& error) {
    throw error.at(file_, path_of(key));
  }
}

Duration ObjectReader::duration(std::string_view key) {
  return quantity(key, "\"5 ms\"", parse_duration);
}
Bytes ObjectReader::bytes(std::string_view key) { return quantity(key, "\"64 MiB\"", parse_bytes); }
Bandwidth ObjectReader::bandwidth(std::string_view key) {
  return quantity(key, "\"25 GB/s\"", parse_bandwidth);
}
FlopRate ObjectReader::flop_rate(std::string_view key) {
  return quantity(key, "\"9.3 TFLOP/s\"", parse_flop_rate);
}

ObjectReader ObjectReader::object(std::string_view key) { return {at(key), file_, path_of(key)}; }

std::vector<ObjectReader> ObjectReader::objects(std::string_view key) {
  const json& value = at(key);
  if (!value.is_array()) {
    throw error_at(key, "expected an array of objects", std::string("found ") + value.type_name());
  }
  std::vector<ObjectReader> readers;
  for (std::size_t i = 0; i < value.size(); ++i) {
    readers.emplace_back(value[i], file_, path_of(key) + "/" + std::to_string(i));
  }
  return readers;
}

namespace {

// Reads every element of an array through a one-key reader, so that messages name the index.
template <class Element, class Read>
std::vector<Element> elements(const json& value, const std::string& file, const std::string& path,
                              const char* what, Read read) {
  if (!value.is_array()) {
    throw Error::input(std::string("expected an array of ") + what,
                       std::string("found ") + value.type_name())
        .at(file, path);
  }
  std::vector<Element> out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string index = std::to_string(i);
    const json wrapped{{index, value[i]}};
    ObjectReader element(wrapped, file, path);
    out.push_back(read(element, index));
  }
  return out;
}

}  // namespace

std::vector<std::int64_t> ObjectReader::integers(std::string_view key, std::int64_t least,
                                                 std::int64_t most) {
  return elements<std::int64_t>(
      at(key), file_, path_of(key), "whole numbers",
      [&](ObjectReader& element, const std::string& i) { return element.integer(i, least, most); });
}
std::vector<double> ObjectReader::numbers(std::string_view key, double least, double most) {
  return elements<double>(
      at(key), file_, path_of(key), "numbers",
      [&](ObjectReader& element, const std::string& i) { return element.number(i, least, most); });
}
std::vector<std::string> ObjectReader::strings(std::string_view key) {
  return elements<std::string>(
      at(key), file_, path_of(key), "strings",
      [&](ObjectReader& element, const std::string& i) { return element.string(i); });
}

std::size_t ObjectReader::choice(std::string_view key, const std::vector<std::string>& choices) {
  const std::string word = string(key);
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i] == word) return i;
  }
  throw error_at(key, "'" + word + "' is not known", "it can be " + list_of(choices),
                 suggestion(word, choices));
}

std::optional<std::string> ObjectReader::optional_string(std::string_view key) {
  return has(key) ? std::optional(string(key)) : std::nullopt;
}
std::optional<std::int64_t> ObjectReader::optional_integer(std::string_view key, std::int64_t least,
                                                           std::int64_t most) {
  return has(key) ? std::optional(integer(key, least, most)) : std::nullopt;
}
std::optional<double> ObjectReader::optional_number(std::string_view key, double least,
                                                    double most) {
  return has(key) ? std::optional(number(key, least, most)) : std::nullopt;
}
std::optional<bool> ObjectReader::optional_boolean(std::string_view key) {
  return has(key) ? std::optional(boolean(key)) : std::nullopt;
}
std::optional<Duration> ObjectReader::optional_duration(std::string_view key) {
  return has(key) ? std::optional(duration(key)) : std::nullopt;
}
std::optional<Bytes> ObjectReader::optional_bytes(std::string_view key) {
  return has(key) ? std::optional(bytes(key)) : std::nullopt;
}
std::optional<Bandwidth> ObjectReader::optional_bandwidth(std::string_view key) {
  return has(key) ? std::optional(bandwidth(key)) : std::nullopt;
}
std::optional<FlopRate> ObjectReader::optional_flop_rate(std::string_view key) {
  return has(key) ? std::optional(flop_rate(key)) : std::nullopt;
}
std::optional<ObjectReader> ObjectReader::optional_object(std::string_view key) {
  return has(key) ? std::optional(object(key)) : std::nullopt;
}
std::optional<std::size_t> ObjectReader::optional_choice(std::string_view key,
                                                         const std::vector<std::string>& choices) {
  return has(key) ? std::optional(choice(key, choices)) : std::nullopt;
}

void ObjectReader::refuse(std::string_view key, std::string_view why) {
  if (has(key)) {
    throw error_at(key, "'" + std::string(key) + "' does not work yet", std::string(why),
                   "remove it");
  }
}

void ObjectReader::refuse_unless(std::string_view key, std::string_view neutral_json,
                                 std::string_view why) {
  if (has(key) && *value_->find(key) != json::parse(neutral_json)) {
    throw error_at(key,
                   "'" + std::string(key) + "' with another value than " +
                       std::string(neutral_json) + " does not work yet",
                   std::string(why), "remove it");
  }
}

std::vector<std::string> ObjectReader::keys() const {
  std::vector<std::string> names;
  for (const auto& item : value_->items()) names.push_back(item.key());
  return names;
}

void ObjectReader::finish() const {
  for (const auto& item : value_->items()) {
    if (known_.contains(item.key())) continue;
    const std::vector<std::string> known(known_.begin(), known_.end());
    throw error_at(item.key(), "unknown key '" + item.key() + "'",
                   known.empty() ? "" : "known here: " + list_of(known),
                   suggestion(item.key(), known, "remove it"));
  }
}

}  // namespace rehearse
