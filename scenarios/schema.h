// The part of JSON Schema (draft 2020-12) that the schemas in scenarios/schema/ use: type, const,
// enum, properties, required, additionalProperties, items, minItems, pattern, minimum, maximum,
// exclusiveMinimum, exclusiveMaximum, anyOf, oneOf, $ref to #/$defs/NAME.
//
//   expect_schema(load_schema("device"), JsonDocument::parse_file("scenarios/devices/p100.json"));
#pragma once

#include <string>

#include "base/json_reader.h"

namespace rehearse {

// scenarios/schema/NAME.schema.json. Throws Error::environment if it cannot be read.
JsonDocument load_schema(const std::string& name);

// Throws Error::input at the first value of `instance` that the schema does not allow. Keywords
// other than those above and annotations ($schema, $id, $comment, title, description, default,
// examples) are a broken contract: a schema must not promise what nobody checks.
void expect_schema(const JsonDocument& schema, const JsonDocument& instance);

}  // namespace rehearse
