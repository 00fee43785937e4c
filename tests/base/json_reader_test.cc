#include "base/json_reader.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"

namespace rehearse {
namespace {

std::string message(const std::string& text, const std::function<void(ObjectReader&)>& read) {
  try {
    const JsonDocument document = JsonDocument::parse_text(text, "f.json");
    ObjectReader root = document.root();
    read(root);
    root.finish();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(JsonReader, ReadsTypedValues) {
  const JsonDocument document = JsonDocument::parse_text(
      R"({"a": 3, "b": "64 MiB", "c": [1, 2.0], /* comment */ "d": {"e": true}})", "f.json");
  ObjectReader root = document.root();
  EXPECT_EQ(root.integer("a", 1, 10), 3);
  EXPECT_EQ(root.bytes("b"), Bytes(64.0 * 1024 * 1024));
  EXPECT_EQ(root.integers("c", 0, 9), (std::vector<std::int64_t>{1, 2}));
  ObjectReader d = root.object("d");
  EXPECT_TRUE(d.boolean("e"));
  EXPECT_FALSE(root.optional_duration("absent").has_value());
  d.finish();
  root.finish();
}

TEST(JsonReader, SuggestsTheNearestKey) {
  EXPECT_EQ(message(R"({"bacth": 1})", [](ObjectReader& r) { r.has("batch"); }),
            "f.json: /bacth: unknown key 'bacth' (known here: batch): did you mean 'batch'?");
}

TEST(JsonReader, RefusesBareNumbersWhereAUnitIsDue) {
  EXPECT_EQ(
      message(R"({"cycle": 5})", [](ObjectReader& r) { (void)r.duration("cycle"); }),
      "f.json: /cycle: 5 has no unit (quantities carry their unit): write for example \"5 ms\"");
}

TEST(JsonReader, RefusesBadDocuments) {
  const auto nothing = [](ObjectReader&) {};
  for (const char* text :
       {"", "{", "[1]", "{\"a\":1,\"a\":2}", "{\"a\":1e999}", "nul", "{\"a\":NaN}"}) {
    EXPECT_NE(message(text, [](ObjectReader& r) { r.has("a"); }), "accepted") << text;
  }
  const std::string deep = "{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}";
  EXPECT_EQ(message(deep, nothing), "f.json: nested deeper than 64 levels");
  EXPECT_EQ(message(std::string((std::size_t{64} << 20) + 1, ' '), nothing).substr(0, 40),
            "f.json: the file is larger than 67.1 MB ");
}

TEST(JsonReader, RangesAndIntegers) {
  const auto read = [](ObjectReader& r) { r.integer("a", 1, 100); };
  EXPECT_EQ(message(R"({"a": 0})", read),
            "f.json: /a: 0 is out of range (it must be between 1 and 100)");
  EXPECT_EQ(message(R"({"a": 1.5})", read), "f.json: /a: expected a whole number (found 1.5)");
  EXPECT_EQ(message(R"({"a": 18446744073709551615})", read),
            "f.json: /a: expected a whole number (found 18446744073709551615)");
}

TEST(JsonReader, SetOverridesByDottedPath) {
  JsonDocument document = JsonDocument::parse_text(R"({"a": {"b": 1}, "s": [1, 2]})", "f.json");
  document.set("a.b=2");
  document.set("a.c=text");
  document.set("x.y={\"z\": [1]}");
  document.set("s.1=7");
  EXPECT_EQ(document.value().dump(), R"({"a":{"b":2,"c":"text"},"s":[1,7],"x":{"y":{"z":[1]}}})");
  EXPECT_THROW(document.set("novalue"), Error);
  EXPECT_THROW(document.set("a..b=1"), Error);
  EXPECT_THROW(document.set("s.2=1"), Error);
}

TEST(JsonReader, RefusesKeysThatDoNotWorkYet) {
  EXPECT_EQ(message(R"({"faults": {}})", [](ObjectReader& r) { r.refuse("faults", "no faults"); }),
            "f.json: /faults: 'faults' does not work yet (no faults): remove it");
  EXPECT_EQ(
      message(R"({"tensor": 1})",
              [](ObjectReader& r) { r.refuse_unless("tensor", "1", "no tensor parallelism"); }),
      "accepted");
}

TEST(Nearest, TakesTheWordOfTheSameLengthFirst) {
  EXPECT_EQ(nearest("nodez", {"node", "nodes"}), "nodes");
  EXPECT_EQ(nearest("bacth", {"batch", "path"}), "batch");
}

TEST(Nearest, KeysThatAreMerelyAlikeAreMissing) {
  const JsonDocument document =
      JsonDocument::parse_text(R"({"memory_capacity": "1 GB"})", "d.json");
  ObjectReader reader = document.root();
  try {
    (void)reader.bandwidth("memory_bandwidth");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "d.json: /memory_bandwidth: this key is missing (it is required): add it");
  }
}

// {"a": {"b": 1}} with the assignment, as text.
std::string with(std::string_view assignment) {
  JsonDocument document = JsonDocument::parse_text(R"({"a": {"b": 1}})", "f.json");
  document.set(assignment);
  return document.value().dump();
}

TEST(JsonDocument, SetsValuesAtDottedPaths) {
  EXPECT_EQ(with("a.c=2"), R"({"a":{"b":1,"c":2}})");
  EXPECT_EQ(with(" a.b =  ring "), R"({"a":{"b":"ring"}})");
  EXPECT_EQ(with("a.b= [1, 2] "), R"({"a":{"b":[1,2]}})");
}

TEST(JsonDocument, NullRemovesAKey) {
  EXPECT_EQ(with("a.b=null"), R"({"a":{}})");
  EXPECT_EQ(with("a=null"), "{}");
  // What is not there stays visible to readers, who know whether such a key exists.
  EXPECT_EQ(with("c.d=null"), R"({"a":{"b":1},"c":null})");
  EXPECT_EQ(message(R"({"c": null})", [](ObjectReader& r) { r.has("batch"); }),
            "f.json: /c: unknown key 'c' (known here: batch): remove it");
  EXPECT_EQ(message(R"({"a": null})", [](ObjectReader& r) { EXPECT_FALSE(r.has("a")); }),
            "accepted");
}

// The message of a wrong value stays printable, whatever bytes it holds.
TEST(ObjectReader, ShowsValuesThatAreNoUtf8) {
  JsonDocument document = JsonDocument::parse_text("{}", "s.json");
  document.set("seed=7\xff");
  try {
    document.root().integer("seed", 0, 9);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("expected a whole number"), std::string::npos);
  }
}

}  // namespace
}  // namespace rehearse
