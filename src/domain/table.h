#pragma once

#include "domain/ids.h"
#include "domain/values.h"
#include "json/json.h"

#include <string>
#include <vector>

namespace weft {

enum class ColumnType { string, number, boolean, date, array, object, enumeration, file };

struct Column {
    std::string name;
    std::string id; ///< lower case with underscores; the member name in records
    ColumnType type = ColumnType::string;
    std::string array_type;
    json::value default_value;
    std::vector<std::pair<std::string, std::string>> object_fields; ///< key, keyType
    std::vector<std::string> enum_options;
    json::array triggers; ///< kept as given
};

struct Table {
    TableId id;
    std::string name;
    std::vector<Column> columns;
    json::array triggers;
    Instant created_at;
    Instant updated_at;
};

struct Record {
    RecordId id;
    json::object values; ///< by column id; only known columns
    Instant created_at;
    Instant updated_at;
};

Result<Column> column_from_json(const json::value& value, const std::string& at);
/// Derives the ids that are absent ("First name" → "first_name", "_2" … when taken) and checks that
/// names and ids are unique and that there are not too many. invalid: names the columns below `at`.
Result<> complete_columns(std::vector<Column>& columns, const std::string& at);
/// {table_name, columns, triggers}: what creates a table and what a package holds; its columns are
/// complete.
Result<Table> table_from_json(const json::value& value, const std::string& at);
json::object to_json(const Column& column);
json::object to_json(const Table& table);
/// {_id, created_at, updated_at (epoch seconds), <column>: value}
json::object to_json(const Record& record, const json::storage_ptr& in = {});

/// The record that `given` makes: defaults filled in, types checked (a number given as a string is
/// refused, dates are ISO-8601 strings or epoch seconds), unknown members refused; `_id`,
/// `created_at`, `updated_at` ignored. invalid: one FieldError per wrong column, below `at`.
Result<json::object> check_record(const Table& table, const json::value& given,
                                  const std::string& at);
/// The record that `before` becomes by the members of `given`; the others stay, and so does nothing
/// that is no column. invalid: as check_record.
Result<json::object> change_record(const Table& table, const json::object& before,
                                   const json::value& given, const std::string& at);

/// What a column's values are like.
ValueKind value_kind_of(ColumnType type);
/// invalid: a column cannot hold this value, which stands at `at`.
Result<> check_value(const Column& column, const json::value& value, const std::string& at);
/// The column that `before` becomes by the members of `patch`; it keeps its id. invalid: names each
/// that is not as it must be, also a default that does not fit a new type.
Result<Column> change_column(const Column& before, const json::value& patch, const std::string& at);

} // namespace weft
