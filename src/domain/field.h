#pragma once

#include "json/json.h"

#include <optional>
#include <string>
#include <vector>

namespace weft {

/// One field of an action's input or output schema, and of a form. `type` is one of text, number,
/// boolean, date, array, object, file (String, Number … of table columns are read as the same, in
/// any case). The last four are ours: they tell the rehearsal model how to find a value in a
/// document (flows.md).
struct Field {
    std::string field_id;
    std::string label;
    std::string type = "text";
    bool required = false;
    std::string description;
    std::string pattern; ///< RE2; a value is group 1 of a match if there is one, else the match
    std::vector<json::value> examples;
    std::vector<Field> items; ///< fields of an array's records, or of an object
    std::string split;        ///< RE2 whose every match starts a record of the document
};

using Fields = std::vector<Field>;

/// invalid: names the wrong member below `at` (such as "input_schema.fields.2").
Result<Fields> fields_from_json(const json::value& array, const std::string& at);
json::array to_json(const Fields& fields);

/// The JSON Schema (2020-12) object that a model is shown for a tool with these inputs.
json::object to_json_schema(const Fields& fields);

/// Checks a tool's input or output: required members there, types right, unknown members refused
/// for inputs. invalid: one FieldError for each wrong member, nested ones with dots. A string may
/// not stand for a number.
enum class Unknown { refuse, keep };
Result<> check_value(const Fields& fields, const json::value& value, Unknown unknown);

} // namespace weft
