#include "domain/table.h"

#include "domain/members.h"
#include "domain/values.h"

#include <set>

#include <boost/json/serialize.hpp>

namespace weft {

namespace {

struct TypeName {
    ColumnType type;
    std::string_view shown;
    ValueKind kind;
};

constexpr TypeName type_names[] = {
    {ColumnType::string, "String", ValueKind::text},
    {ColumnType::number, "Number", ValueKind::number},
    {ColumnType::boolean, "Boolean", ValueKind::boolean},
    {ColumnType::date, "Date", ValueKind::date},
    {ColumnType::array, "Array", ValueKind::array},
    {ColumnType::object, "Object", ValueKind::object},
    {ColumnType::enumeration, "Enum", ValueKind::text},
    {ColumnType::file, "File", ValueKind::file},
};

/// Members of a record that are not columns.
constexpr std::string_view reserved_ids[] = {"_id", "created_at", "updated_at"};

bool is_reserved(std::string_view id) {
    return std::ranges::find(reserved_ids, id) != std::end(reserved_ids);
}

const TypeName& named(ColumnType type) {
    for (const TypeName& each : type_names)
        if (each.type == type) return each;
    return type_names[0];
}

std::optional<ColumnType> column_type_from(std::string_view text) {
    const std::string lower = lower_ascii(text);
    if (lower == "enum") return ColumnType::enumeration;
    const auto kind = value_kind_from(lower);
    if (!kind) return std::nullopt;
    for (const TypeName& each : type_names)
        if (each.kind == *kind) return each.type;
    return std::nullopt;
}

bool is_column_id(std::string_view id) {
    const auto fits = [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || c == '_' || c == '-' || (c & 0x80) != 0;
    };
    return !id.empty() && id.size() <= limits::column_id_bytes_max && std::ranges::all_of(id, fits);
}

void read_type(Members& members, Column& column) {
    std::string type = "String";
    members.text("column_type", type, limits::name_bytes_max);
    if (const auto known = column_type_from(type.empty() ? "String" : type))
        column.type = *known;
    else
        members.faults().add(members.path("column_type"), "must be one of String, Number, Boolean, "
                                                          "Date, Array, Object, Enum, File");
    members.text("array_type", column.array_type, limits::name_bytes_max);
    if (!column.array_type.empty() && !column_type_from(column.array_type))
        members.faults().add(members.path("array_type"), "is no column type");
}

void read_object_fields(Members& members, Column& column) {
    members.each("object_fields", limits::object_fields_max,
                 [&](const json::value& item, const std::string& at) {
                     Members inner(item, at, members.faults());
                     std::string key;
                     std::string type = "String";
                     inner.name("key", key);
                     if (item.is_object() && !inner.has("key"))
                         members.faults().add(inner.path("key"), "is missing");
                     inner.text("keyType", type, limits::name_bytes_max);
                     if (!column_type_from(type))
                         members.faults().add(inner.path("keyType"), "is no column type");
                     column.object_fields.emplace_back(std::move(key), std::move(type));
                 });
}

/// The fault of one value in one column, if any, with the place inside it.
void check_cell(const Column& column, const json::value& value, const std::string& at,
                Faults& faults) {
    if (value.is_null()) return;
    if (auto fault = kind_fault(named(column.type).kind, value))
        return faults.add(at, *std::move(fault));
    if (column.type == ColumnType::enumeration && !column.enum_options.empty()) {
        const std::string_view text = value.get_string();
        if (std::ranges::find(column.enum_options, text) == column.enum_options.end())
            faults.add(at, fmt::format("is not one of this column's {} options",
                                       column.enum_options.size()));
    }
    if (column.type == ColumnType::array && !column.array_type.empty()) {
        const ValueKind kind = named(*column_type_from(column.array_type)).kind;
        const json::array& items = value.get_array();
        for (std::size_t i = 0; i < items.size(); ++i)
            if (auto fault = kind_fault(kind, items[i]))
                faults.add(join_path(at, i), *std::move(fault));
    }
    if (column.type == ColumnType::object)
        for (const auto& [key, type] : column.object_fields) {
            const json::value* member = value.get_object().if_contains(key);
            if (!member || member->is_null()) continue;
            const ValueKind kind = named(column_type_from(type).value_or(ColumnType::string)).kind;
            if (auto fault = kind_fault(kind, *member))
                faults.add(join_path(at, key), *std::move(fault));
        }
}

Column read_column(const json::value& value, const std::string& at, Faults& faults) {
    Column column;
    Members members(value, at, faults);
    members.name("column_name", column.name);
    members.text("column_id", column.id, limits::column_id_bytes_max);
    if (column.name.empty() && !members.has("column_name")) column.name = column.id;
    if (value.is_object() && column.name.empty())
        faults.add(members.path("column_name"), "is missing");
    if (!column.id.empty() && (!is_column_id(column.id) || is_reserved(column.id)))
        faults.add(members.path("column_id"),
                   "must be letters, digits, _ or -, and not _id, created_at or updated_at");
    read_type(members, column);
    read_object_fields(members, column);
    members.texts("enum_options", column.enum_options, limits::enum_options_max,
                  limits::name_bytes_max);
    members.objects("triggers", column.triggers, limits::kept_bytes_max);
    if (const json::value* value = members.get("default_value")) {
        column.default_value = *value;
        check_cell(column, *value, members.path("default_value"), faults);
    }
    return column;
}

/// "Größe (cm)" → "größe_cm": ASCII letters in lower case, runs of other ASCII characters as one
/// underscore.
std::string derived_id(std::string_view name) {
    std::string id;
    for (const char c : lower_ascii(name)) {
        const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
        if (kept)
            id += c;
        else if (!id.empty() && id.back() != '_')
            id += '_';
    }
    std::size_t end = std::min(id.size(), limits::column_id_bytes_max - 4);
    while (end < id.size() && end > 0 && (id[end] & 0xC0) == 0x80) --end; // not within a character
    id.resize(end);
    while (!id.empty() && id.back() == '_') id.pop_back();
    return id.empty() ? "column" : id;
}

} // namespace

Result<Column> column_from_json(const json::value& value, const std::string& at) {
    Faults faults;
    Column column = read_column(value, at, faults);
    TRY(faults.result());
    return column;
}

Result<> complete_columns(std::vector<Column>& columns, const std::string& at) {
    Faults faults;
    if (columns.size() > limits::columns_per_table_max)
        return fail_field(at,
                          fmt::format("has more than {} columns", limits::columns_per_table_max));
    std::set<std::string> ids;
    std::set<std::string> names;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string where = join_path(at, i);
        if (!names.insert(columns[i].name).second)
            faults.add(join_path(where, "column_name"), "is there twice: " + columns[i].name);
        if (!columns[i].id.empty() && !ids.insert(columns[i].id).second)
            faults.add(join_path(where, "column_id"), "is there twice: " + columns[i].id);
    }
    TRY(faults.result());
    for (Column& column : columns) {
        if (!column.id.empty()) continue;
        const std::string base = derived_id(column.name);
        std::string id = base;
        for (int n = 2; is_reserved(id) || !ids.insert(id).second; ++n)
            id = fmt::format("{}_{}", base, n);
        column.id = id;
    }
    return {};
}

Result<Table> table_from_json(const json::value& value, const std::string& at) {
    Faults faults;
    Table table;
    Members members(value, at, faults);
    members.name("table_name", table.name);
    if (value.is_object() && !members.has("table_name"))
        faults.add(members.path("table_name"), "is missing");
    members.each("columns", limits::columns_per_table_max,
                 [&](const json::value& item, const std::string& where) {
                     table.columns.push_back(read_column(item, where, faults));
                 });
    members.objects("triggers", table.triggers, limits::kept_bytes_max);
    TRY(faults.result());
    TRY(complete_columns(table.columns, members.path("columns")));
    return table;
}

json::object to_json(const Column& column) {
    json::array fields;
    for (const auto& [key, type] : column.object_fields)
        fields.push_back(json::object{{"key", key}, {"keyType", type}});
    json::array options;
    for (const std::string& option : column.enum_options) options.push_back(json::value(option));
    return {{"column_name", column.name},
            {"column_type", named(column.type).shown},
            {"column_id", column.id},
            {"array_type",
             column.array_type.empty() ? json::value(nullptr) : json::value(column.array_type)},
            {"default_value", column.default_value},
            {"object_fields", std::move(fields)},
            {"enum_options", std::move(options)},
            {"triggers", column.triggers}};
}

json::object to_json(const Table& table) {
    json::array columns;
    for (const Column& column : table.columns) columns.push_back(to_json(column));
    return {{"_id", table.id.hex()},
            {"table_name", table.name},
            {"columns", std::move(columns)},
            {"triggers", table.triggers},
            {"created_at", table.created_at.epoch_seconds()},
            {"updated_at", table.updated_at.epoch_seconds()}};
}

json::object to_json(const Record& record, const json::storage_ptr& in) {
    json::object object(record.values.size() + 3, in);
    object["_id"] = record.id.hex();
    object["created_at"] = record.created_at.epoch_seconds();
    object["updated_at"] = record.updated_at.epoch_seconds();
    for (const auto& [column, value] : record.values) object[column] = value;
    return object;
}

namespace {

/// The values that `given` has, and for every other column what `otherwise(column)` points to
/// (nullptr: no value).
template <class Otherwise>
Result<json::object> record_of(const Table& table, const json::value& given, const std::string& at,
                               Otherwise otherwise) {
    const json::object* object = given.if_object();
    if (!object) return fail_field(at, fmt::format("must be an object, not {}", type_name(given)));
    Faults faults;
    json::object values;
    for (const Column& column : table.columns) {
        const json::value* value = object->if_contains(column.id);
        if (value) check_cell(column, *value, join_path(at, column.id), faults);
        if (!value) value = otherwise(column);
        if (value) values[column.id] = *value;
    }
    for (const auto& [name, value] : *object)
        if (!is_reserved(name) && std::ranges::find(table.columns, std::string_view(name),
                                                    &Column::id) == table.columns.end())
            faults.add(join_path(at, name), "is not a column of this table");
    TRY(faults.result());
    if (json::serialize(values).size() > limits::record_bytes_max)
        return fail_field(at, fmt::format("is longer than {} bytes", limits::record_bytes_max));
    return values;
}

} // namespace

Result<json::object> check_record(const Table& table, const json::value& given,
                                  const std::string& at) {
    return record_of(table, given, at, [](const Column& column) {
        return column.default_value.is_null() ? nullptr : &column.default_value;
    });
}

Result<json::object> change_record(const Table& table, const json::object& before,
                                   const json::value& given, const std::string& at) {
    return record_of(table, given, at,
                     [&before](const Column& column) { return before.if_contains(column.id); });
}

ValueKind value_kind_of(ColumnType type) { return named(type).kind; }

Result<> check_value(const Column& column, const json::value& value, const std::string& at) {
    Faults faults;
    check_cell(column, value, at, faults);
    return faults.result();
}

Result<Column> change_column(const Column& before, const json::value& patch,
                             const std::string& at) {
    const json::object* changes = patch.if_object();
    if (!changes) return fail_field(at, fmt::format("must be an object, not {}", type_name(patch)));
    json::object merged = to_json(before);
    for (const auto& [name, value] : *changes)
        if (name != "column_id") merged[name] = value;
    return column_from_json(merged, at);
}

} // namespace weft
