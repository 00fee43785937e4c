// Strict reading of JSON objects: every key must be known, every quantity carries its unit.
//
//   JsonDocument document = JsonDocument::parse_file("s.json");
//   ObjectReader training = document.root().object("training");
//   Duration cycle = training.optional_duration("cycle").value_or(Duration(5e-3));
//   training.finish();        // throws if a key was never asked for, and suggests the nearest
//
// Readers throw Error::input that names the file and the JSON path. Comments are accepted;
// duplicate keys, nesting deeper than 64 and files above 64 MiB are refused. A reader borrows its
// document.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace rehearse {

class ObjectReader;

class JsonDocument {
 public:
  static JsonDocument parse_file(const std::string& path);
  // `name` stands for the file in messages.
  static JsonDocument parse_text(std::string_view text, std::string name);
  // Takes a value made in memory (a scenario inside a record).
  static JsonDocument adopt(nlohmann::json value, std::string name);

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  [[nodiscard]] ObjectReader root() const;  // throws unless the document is an object
  [[nodiscard]] const nlohmann::json& value() const { return *value_; }
  // Sets the value at a dotted path ("training.batch.per_worker"), making objects on the way. VALUE
  // is JSON if it parses, else a string; blanks around it do not matter, and null removes the key.
  void set(std::string_view assignment);
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  JsonDocument(std::unique_ptr<nlohmann::json> value, std::string name);

  std::unique_ptr<nlohmann::json> value_;
  std::string name_;
};

class ObjectReader {
 public:
  // `value` must be an object, else throws. `path` is a JSON pointer, "" for the root.
  ObjectReader(const nlohmann::json& value, std::string file, std::string path);

  bool has(std::string_view key);  // null is absent; also marks the key as known

  // Required values; throw when absent or of the wrong type.
  std::string string(std::string_view key);
  std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most);
  double number(std::string_view key, double least, double most);
  bool boolean(std::string_view key);
  Duration duration(std::string_view key);
  Bytes bytes(std::string_view key);
  Bandwidth bandwidth(std::string_view key);
  FlopRate flop_rate(std::string_view key);
  ObjectReader object(std::string_view key);
  std::vector<ObjectReader> objects(std::string_view key);  // an array of objects
  std::vector<std::int64_t> integers(std::string_view key, std::int64_t least, std::int64_t most);
  std::vector<double> numbers(std::string_view key, double least, double most);
  std::vector<std::string> strings(std::string_view key);
  // One of `choices`, returned as its index; the error lists them and suggests the nearest.
  std::size_t choice(std::string_view key, const std::vector<std::string>& choices);

  // The same for keys that may be absent.
  std::optional<std::string> optional_string(std::string_view key);
  std::optional<std::int64_t> optional_integer(std::string_view key, std::int64_t least,
                                               std::int64_t most);
  std::optional<double> optional_number(std::string_view key, double least, double most);
  std::optional<bool> optional_boolean(std::string_view key);
  std::optional<Duration> optional_duration(std::string_view key);
  std::optional<Bytes> optional_bytes(std::string_view key);
  std::optional<Bandwidth> optional_bandwidth(std::string_view key);
  std::optional<FlopRate> optional_flop_rate(std::string_view key);
  std::optional<ObjectReader> optional_object(std::string_view key);
  std::optional<std::size_t> optional_choice(std::string_view key,
                                             const std::vector<std::string>& choices);

  // Marks a key of the contract that does not work yet: its use is an error that says `why`.
  void refuse(std::string_view key, std::string_view why);
  // The same, unless the key holds the one value (as JSON text) that stands for "not used".
  void refuse_unless(std::string_view key, std::string_view neutral_json, std::string_view why);

  // Throws if the object has a key that nobody asked about.
  void finish() const;

  // An input error at `key` of this object ("" for the object itself).
  [[nodiscard]] class Error error_at(std::string_view key, std::string what, std::string why = "",
                                     std::string remedy = "") const;

  [[nodiscard]] const nlohmann::json& value() const { return *value_; }
  [[nodiscard]] const nlohmann::json& raw(std::string_view key);  // required, any type
  [[nodiscard]] std::vector<std::string> keys() const;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  const nlohmann::json& at(std::string_view key);
  [[nodiscard]] std::string path_of(std::string_view key) const;
  template <class Parse>
  auto quantity(std::string_view key, const char* example, Parse parse);

  const nlohmann::json* value_;
  std::string file_;
  std::string path_;
  std::set<std::string, std::less<>> known_;
};

// The member of `known` with the smallest edit distance, if it is near enough to be a misspelling.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known,
                                   double share = 0.5);

// "a, b or c"
std::string list_of(const std::vector<std::string>& words);

}  // namespace rehearse
