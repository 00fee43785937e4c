#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/json_reader.h"
#include "base/quantity_text.h"
#include "base/text_file.h"

namespace rehearse {
namespace {

using nlohmann::json;

constexpr int kDeepestNesting = 64;

// Builds the value through nlohmann's event interface, so that depth and duplicate keys are refused
// while parsing and not after the stack is gone.
class StrictBuilder : public nlohmann::json_sax<json> {
 public:
  explicit StrictBuilder(std::string name) : name_(std::move(name)) {}

  json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override {
    if (!std::isfinite(value)) fail("a number is not finite", "");
    return add(value);
  }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    if (open_.back()->contains(value)) fail("key '" + value + "' stands twice", "remove one");
    key_ = std::move(value);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& cause) override {
    std::string why = cause.what();
    if (const auto start = why.find("] "); start != std::string::npos) why.erase(0, start + 2);
    fail("not valid JSON near byte " + std::to_string(position), "", why);
  }

 private:
  [[noreturn]] void fail(std::string what, std::string remedy, std::string why = "") const {
    throw Error::input(std::move(what), std::move(why), std::move(remedy)).at(name_, "");
  }
  json* place(json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    json& slot = parent[key_];
    slot = std::move(value);
    return &slot;
  }
  template <class Value>
  bool add(Value&& value) {
    place(json(std::forward<Value>(value)));
    return true;
  }
  bool open(json value) {
    if (open_.size() >= kDeepestNesting) {
      fail("nested deeper than " + std::to_string(kDeepestNesting) + " levels", "");
    }
    open_.push_back(place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::string name_;
  json root_;
  std::vector<json*> open_;
  std::string key_;
};

json parse_strict(std::string_view text, const std::string& name) {
  if (text.size() > kLargestTextFile) {
    throw Error::input("the file is larger than " + to_text(Bytes(kLargestTextFile)),
                       "scenarios, profiles and records are small", "check the file name")
        .at(name, "");
  }
  StrictBuilder builder(name);
  json::sax_parse(text.begin(), text.end(), &builder, json::input_format_t::json, true, true);
  return builder.take();
}

}  // namespace

JsonDocument::JsonDocument(std::unique_ptr<json> value, std::string name)
    : value_(std::move(value)), name_(std::move(name)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

JsonDocument JsonDocument::parse_text(std::string_view text, std::string name) {
  auto value = std::make_unique<json>(parse_strict(text, name));
  return {std::move(value), std::move(name)};
}

JsonDocument JsonDocument::adopt(json value, std::string name) {
  return {std::make_unique<json>(std::move(value)), std::move(name)};
}

JsonDocument JsonDocument::parse_file(const std::string& path) {
  return parse_text(read_text_file(path), path);
}

ObjectReader JsonDocument::root() const { return {*value_, name_, ""}; }

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// The member of an array, or of an object that may have to be made of what was there.
json& member(json& parent, const std::string& name, const std::string& shown) {
  if (parent.is_array()) {
    const bool digits = name.find_first_not_of("0123456789") == std::string::npos;
    const std::size_t index = digits && name.size() < 10 ? std::stoul(name) : parent.size();
    if (index >= parent.size()) {
      throw Error::input(shown + ": '" + name + "' is no index of that array");
    }
    return parent[index];
  }
  if (!parent.is_object()) parent = json::object();
  return parent[name];
}

}  // namespace

void JsonDocument::set(std::string_view assignment) {
  const auto equals = assignment.find('=');
  const std::string shown = "--set " + std::string(assignment);
  const std::string key(trimmed(assignment.substr(0, equals)));
  if (equals == std::string_view::npos || key.empty()) {
    throw Error::input(shown + " is not KEY=VALUE", "", "write --set training.batch.per_worker=32");
  }
  const std::string_view text = trimmed(assignment.substr(equals + 1));
  json value =
      json::accept(text.begin(), text.end()) ? parse_strict(text, shown) : json(std::string(text));
  json* parent = nullptr;
  json* at = value_.get();
  std::stringstream dotted{key};
  std::string part;
  int depth = 0;
  while (std::getline(dotted, part, '.')) {
    if (part.empty() || ++depth > kDeepestNesting) {
      throw Error::input(shown + " has an empty or too long path", "", "write KEY as a.b.c");
    }
    // Nothing is below what is not there; readers still see a misspelt name.
    if (value.is_null() && at->is_null()) return;
    parent = at;
    at = &member(*at, part, shown);
  }
  if (value.is_null() && !at->is_null() && parent->is_object()) {
    parent->erase(part);
    return;
  }
  *at = std::move(value);
}

}  // namespace rehearse
