#pragma once

#include "json/json.h"

namespace weft {

/// Checks a value against a JSON Schema. Of the standard (2020-12) it knows what models are asked
/// for: type, enum, const, properties, required, additionalProperties, items, minItems, maxItems,
/// minLength, maxLength, pattern (RE2), minimum, maximum, exclusiveMinimum, exclusiveMaximum,
/// multipleOf, anyOf, oneOf, allOf, $ref within the schema, true and false. Other words are passed
/// over.
///
/// invalid: one FieldError for each fault, at most 20, with the place as "rows.2.code" ("" is the
/// whole). A schema that refers to nothing, has a pattern that RE2 refuses, or takes more than
/// 200,000 steps is a fault of its own.
Result<> check_against(const json::object& schema, const json::value& value);

} // namespace weft
