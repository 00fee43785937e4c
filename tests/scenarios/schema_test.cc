#include "scenarios/schema.h"

#include <gtest/gtest.h>

#include "base/contract.h"
#include "base/error.h"
#include "base_scenario.h"
#include "runtime/collectives/algorithm.h"

namespace rehearse {
namespace {

std::string verdict(const std::string& schema, const std::string& instance) {
  try {
    expect_schema(JsonDocument::parse_text(schema, "schema"),
                  JsonDocument::parse_text(instance, "f"));
  } catch (const Error& error) {
    return error.what();
  }
  return "allowed";
}

TEST(Schema, AllowsEveryAlgorithm) {
  for (const std::string& name : kAlgorithmNames.words()) {
    JsonDocument document = JsonDocument::parse_text(base_text(), "s.json");
    document.set("training.allreduce.algorithm=" + name);
    EXPECT_NO_THROW(expect_schema(load_schema("scenario"), document)) << name;
  }
}

TEST(Schema, Types) {
  EXPECT_EQ(verdict(R"({"type": "integer"})", "3.0"), "allowed");
  EXPECT_EQ(verdict(R"({"type": "integer"})", "3.5"), "f: /: expected integer (found 3.5)");
  EXPECT_EQ(verdict(R"({"type": ["string", "null"]})", "null"), "allowed");
  EXPECT_EQ(verdict(R"({"type": ["string", "null"]})", "1"),
            "f: /: expected string or null (found 1)");
}

TEST(Schema, Objects) {
  const std::string schema =
      R"({"properties": {"batch": {"type": "integer"}}, "required": ["batch"],
                                 "additionalProperties": false})";
  EXPECT_EQ(verdict(schema, R"({"batch": 1})"), "allowed");
  EXPECT_EQ(verdict(schema, "{}"), "f: /batch: this key is missing (it is required): add it");
  EXPECT_EQ(verdict(schema, R"({"batch": 1, "bacth": 1})"),
            "f: /bacth: unknown key 'bacth' (known here: batch): did you mean 'batch'?");
  EXPECT_EQ(verdict(R"({"additionalProperties": {"type": "string"}})", R"({"a": 1})"),
            "f: /a: expected string (found 1)");
}

TEST(Schema, NumbersAndStrings) {
  EXPECT_EQ(verdict(R"({"minimum": 1, "maximum": 2})", "2"), "allowed");
  EXPECT_EQ(verdict(R"({"minimum": 1})", "0"), "f: /: 0 is out of range (it must be at least 1)");
  EXPECT_EQ(verdict(R"({"exclusiveMinimum": 0})", "0"),
            "f: /: 0 is out of range (it must be more than 0)");
  EXPECT_EQ(verdict(R"({"pattern": "^a+$"})", "\"aa\""), "allowed");
  EXPECT_NE(verdict(R"({"pattern": "^a+$"})", "\"\""), "allowed");
  const std::string rate =
      R"({"pattern": "^([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)? ?((B|kB|GiB)/s)$"})";
  for (const char* text : {"1 B/s", "12.5GiB/s", ".5 kB/s", "1. B/s", "1e+9 B/s", "1E9B/s"}) {
    EXPECT_EQ(verdict(rate, std::string("\"") + text + "\""), "allowed") << text;
  }
  for (const char* text : {"", "B/s", ". B/s", "1  B/s", "1 B", "1 GB/s", "1e B/s", "1 B/s "}) {
    EXPECT_NE(verdict(rate, std::string("\"") + text + "\""), "allowed") << text;
  }
  EXPECT_NE(verdict(R"({"pattern": "^a+$"})", '"' + std::string(100000, 'a') + '"'), "allowed");
  EXPECT_EQ(verdict(R"({"enum": ["ring", "auto"]})", "\"rign\""),
            "f: /: \"rign\" is not known (it can be ring or auto): did you mean 'ring'?");
  EXPECT_EQ(verdict(R"({"const": 1})", "2"), "f: /: expected 1 (found 2)");
}

TEST(Schema, ArraysReferencesAndAlternatives) {
  const std::string schema = R"({"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/x"},
                                 "$defs": {"x": {"oneOf": [{"type": "string"}, {"const": 1},
                                                           {"type": "integer"}]}}})";
  EXPECT_EQ(verdict(schema, R"(["a", 2])"), "allowed");
  EXPECT_EQ(verdict(schema, "[]"), "f: /: too few entries (at least 1 are needed)");
  EXPECT_EQ(verdict(schema, "[1]"), "f: /0: 1 fits 2 alternatives (exactly one is allowed)");
  EXPECT_EQ(
      verdict(R"({"anyOf": [{"type": "string"}, {"items": {"type": "integer"}}]})", "[1, true]"),
      "f: /1: expected integer (found true)");
}

TEST(Schema, PromisesNothingThatNobodyChecks) {
  EXPECT_THROW(verdict(R"({"maxLength": 3})", "\"abcd\""), ContractViolation);
  EXPECT_THROW(verdict(R"({"$ref": "other.json"})", "1"), ContractViolation);
}

}  // namespace
}  // namespace rehearse
