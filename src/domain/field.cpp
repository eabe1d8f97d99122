#include "domain/field.h"

#include "domain/members.h"
#include "domain/values.h"

#include <set>

#include <boost/json/serialize.hpp>
#include <re2/re2.h>

namespace weft {

namespace {

void check_pattern(const std::string& pattern, const std::string& at, Faults& faults) {
    if (pattern.empty()) return;
    const RE2 compiled(pattern, RE2::Quiet);
    if (!compiled.ok())
        faults.add(at, "is not a regular expression that RE2 accepts: " + compiled.error());
}

Fields read_fields(const json::value& value, const std::string& at, std::size_t depth,
                   Faults& faults);

/// Members as {"fields": […]} or as the bare array.
const json::value& field_list(const json::value& value) {
    const json::value* inner = find(value, "fields");
    return inner ? *inner : value;
}

Field read_field(const json::value& value, const std::string& at, std::size_t depth,
                 Faults& faults) {
    Field field;
    Members members(value, at, faults);
    members.name("field_id", field.field_id);
    if (value.is_object() && !members.has("field_id"))
        faults.add(members.path("field_id"), "is missing");
    members.text("label", field.label, limits::name_bytes_max);
    members.text("type", field.type, limits::name_bytes_max);
    if (const auto kind = value_kind_from(field.type.empty() ? "text" : field.type))
        field.type = to_text(*kind);
    else
        faults.add(members.path("type"),
                   "must be one of text, number, boolean, date, array, object, file");
    members.flag("required", field.required);
    members.text("description", field.description, limits::text_bytes_max);
    members.text("pattern", field.pattern, limits::pattern_bytes_max);
    check_pattern(field.pattern, members.path("pattern"), faults);
    members.text("split", field.split, limits::pattern_bytes_max);
    check_pattern(field.split, members.path("split"), faults);
    members.each("examples", limits::examples_per_field_max,
                 [&](const json::value& example, const std::string& where) {
                     if (json::serialize(example).size() > limits::example_bytes_max)
                         faults.add(where, "is too long");
                     else
                         field.examples.push_back(example);
                 });
    if (const json::value* items = members.get("items"); items && !items->is_null())
        field.items = read_fields(field_list(*items), members.path("items"), depth + 1, faults);
    return field;
}

Fields read_fields(const json::value& value, const std::string& at, std::size_t depth,
                   Faults& faults) {
    Fields fields;
    const json::array* array = value.if_array();
    if (!array) {
        faults.add(at, fmt::format("must be an array of fields, not {}", type_name(value)));
        return fields;
    }
    if (array->size() > limits::fields_per_schema_max || depth > limits::field_depth_max) {
        faults.add(at, fmt::format("has more than {} fields or {} levels",
                                   limits::fields_per_schema_max, limits::field_depth_max));
        return fields;
    }
    std::set<std::string> seen;
    for (std::size_t i = 0; i < array->size(); ++i) {
        Field field = read_field((*array)[i], join_path(at, i), depth, faults);
        if (!field.field_id.empty() && !seen.insert(field.field_id).second)
            faults.add(join_path(join_path(at, i), "field_id"), "is there twice");
        fields.push_back(std::move(field));
    }
    return fields;
}

json::object to_json(const Field& field) {
    json::object object{{"field_id", field.field_id},
                        {"label", field.label},
                        {"type", field.type},
                        {"required", field.required},
                        {"description", field.description}};
    if (!field.pattern.empty()) object["pattern"] = field.pattern;
    if (!field.examples.empty())
        object["examples"] = json::array(field.examples.begin(), field.examples.end());
    if (!field.items.empty()) object["items"] = weft::to_json(field.items);
    if (!field.split.empty()) object["split"] = field.split;
    return object;
}

/// `pattern` is not passed on: it finds a value in a document, it does not describe the value.
json::object field_schema(const Field& field) {
    json::object schema;
    const ValueKind kind = value_kind_from(field.type).value_or(ValueKind::text);
    switch (kind) {
    case ValueKind::text:
    case ValueKind::file: schema["type"] = "string"; break;
    case ValueKind::date:
        schema["type"] = "string";
        schema["format"] = "date-time";
        break;
    case ValueKind::number: schema["type"] = "number"; break;
    case ValueKind::boolean: schema["type"] = "boolean"; break;
    case ValueKind::array:
        schema["type"] = "array";
        schema["items"] = field.items.empty() ? json::object{} : to_json_schema(field.items);
        break;
    case ValueKind::object:
        if (field.items.empty())
            schema["type"] = "object";
        else
            schema = to_json_schema(field.items);
        break;
    }
    const std::string& description = field.description.empty() ? field.label : field.description;
    if (!description.empty()) schema["description"] = description;
    if (!field.examples.empty())
        schema["examples"] = json::array(field.examples.begin(), field.examples.end());
    return schema;
}

void check_members(const Fields& fields, const json::value& value, const std::string& at,
                   Unknown unknown, Faults& faults);

void check_field(const Field& field, const json::value& value, const std::string& at,
                 Unknown unknown, Faults& faults) {
    const ValueKind kind = value_kind_from(field.type).value_or(ValueKind::text);
    if (auto fault = kind_fault(kind, value)) return faults.add(at, *std::move(fault));
    if (field.items.empty()) return;
    if (kind == ValueKind::object) check_members(field.items, value, at, unknown, faults);
    if (kind != ValueKind::array) return;
    const json::array& array = value.get_array();
    for (std::size_t i = 0; i < array.size(); ++i)
        check_members(field.items, array[i], join_path(at, i), unknown, faults);
}

void check_members(const Fields& fields, const json::value& value, const std::string& at,
                   Unknown unknown, Faults& faults) {
    const json::object* object = value.if_object();
    if (!object) return faults.add(at, fmt::format("must be an object, not {}", type_name(value)));
    for (const Field& field : fields) {
        const json::value* member = object->if_contains(field.field_id);
        if (member && !member->is_null())
            check_field(field, *member, join_path(at, field.field_id), unknown, faults);
        else if (field.required)
            faults.add(join_path(at, field.field_id), "is missing");
    }
    if (unknown == Unknown::keep) return;
    for (const auto& [name, member] : *object) {
        const auto known = std::ranges::find(fields, std::string_view(name), &Field::field_id);
        if (known == fields.end()) faults.add(join_path(at, name), "is not a known field");
    }
}

} // namespace

Result<Fields> fields_from_json(const json::value& array, const std::string& at) {
    Faults faults;
    Fields fields = read_fields(array, at, 1, faults);
    TRY(faults.result());
    return fields;
}

json::array to_json(const Fields& fields) {
    json::array array;
    for (const Field& field : fields) array.push_back(to_json(field));
    return array;
}

json::object to_json_schema(const Fields& fields) {
    json::object properties;
    json::array required;
    for (const Field& field : fields) {
        properties[field.field_id] = field_schema(field);
        if (field.required) required.push_back(json::value(field.field_id));
    }
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)},
            {"additionalProperties", false}};
}

Result<> check_value(const Fields& fields, const json::value& value, Unknown unknown) {
    Faults faults;
    check_members(fields, value, "", unknown, faults);
    return faults.result();
}

} // namespace weft
