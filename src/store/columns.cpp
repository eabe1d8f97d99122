#include "store/columns.h"

#include "domain/members.h"
#include "store/tables.h"

namespace weft::store::columns {

namespace {

constexpr std::int64_t records_per_slice = 64; ///< of up to record_bytes_max each
constexpr std::int64_t values_per_read = 5'000;

constexpr Query<json::array, ProjectId, TableId> dropped_sql{"columns.dropped", R"sql(
    SELECT dropped FROM data_table WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<std::int64_t, ProjectId, TableId> changes_sql{"columns.changes", R"sql(
    SELECT changes FROM data_table WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<void, ProjectId, TableId, json::array, json::array, Instant> save_sql{
    "columns.save", R"sql(
    UPDATE data_table SET columns = $3, dropped = $4, updated_at = $5
     WHERE project_id = $1 AND id = $2)sql"};

struct Value {
    RecordId record;
    json::value value;
};
// PostgreSQL's JSON refuses \u0000, which a text of a record may hold, so that it never gets to see
// it. json::write escapes no other letter above U+001F: the pair that stands for it meanwhile is
// nobody else's.
constexpr Query<Value, ProjectId, TableId, std::string, Blob, std::int64_t> values_sql{
    "columns.values", R"sql(
    SELECT id, body -> ('$."' || $3 || '"') FROM record
     WHERE project_id = $1 AND table_id = $2 AND id > $4
       AND json_type(body, '$."' || $3 || '"') <> 'null'
     ORDER BY id LIMIT $5)sql",
    R"sql(
    SELECT id, CAST(given.value AS TEXT) FROM record
     CROSS JOIN LATERAL
           (SELECT replace(body, '\u0000', '\u0001')::json -> $3 AS value OFFSET 0) AS given
     WHERE project_id = $1 AND table_id = $2 AND id > $4 AND json_typeof(given.value) <> 'null'
     ORDER BY id LIMIT $5)sql"};

constexpr Query<RecordId, ProjectId, TableId, Blob, std::int64_t> slice_end_sql{"columns.slice_end",
                                                                                R"sql(
    SELECT id FROM (SELECT id FROM record
                     WHERE project_id = $1 AND table_id = $2 AND id > $3
                     ORDER BY id LIMIT $4) AS slice
     ORDER BY id DESC LIMIT 1)sql"};

constexpr Query<void, ProjectId, TableId, std::string, Blob, RecordId> forget_sql{"columns.forget",
                                                                                  R"sql(
    UPDATE record SET body = json_remove(body, '$."' || $3 || '"')
     WHERE project_id = $1 AND table_id = $2 AND id > $4 AND id <= $5
       AND json_type(body, '$."' || $3 || '"') IS NOT NULL)sql",
                                                                                  R"sql(
    UPDATE record
       SET body = replace(
               (SELECT '{' || coalesce(string_agg(CAST(to_json(member.key) AS TEXT) || ':' ||
                                                  CAST(member.value AS TEXT), ','
                                                  ORDER BY member.ordinality), '') || '}'
                  FROM json_each(replace(body, '\u0000', '\ue0b7\uf1a3')::json)
                       WITH ORDINALITY AS member
                 WHERE member.key <> $3), '\ue0b7\uf1a3', '\u0000')
     WHERE project_id = $1 AND table_id = $2 AND id > $4 AND id <= $5
       AND replace(body, '\u0000', '\u0001')::json -> $3 IS NOT NULL)sql"};

Blob bytes_of(const RecordId& id) { return {{id.bytes.begin(), id.bytes.end()}}; }

std::unexpected<Error> absent() { return fail(Code::not_found, "There is no such column."); }

Result<json::array> dropped_of(Rx& rx, const Scope& scope, const TableId& table) {
    return TRY(rx.maybe(dropped_sql, scope.project, table))
    .value_or(json::array{});
}

Result<Table> save(Tx& tx, const Scope& scope, Table table, const json::array& dropped) {
    json::array columns;
    for (const weft::Column& column : table.columns) columns.push_back(to_json(column));
    table.updated_at = tx.now();
    TRY(tx.run(save_sql, scope.project, table.id, columns, dropped, table.updated_at));
    return table;
}

weft::Column* find_column(Table& table, const std::string& id) {
    const auto found = std::ranges::find(table.columns, id, &weft::Column::id);
    return found == table.columns.end() ? nullptr : &*found;
}

Result<> check_name_free(const Table& table, const weft::Column& self) {
    for (const weft::Column& each : table.columns)
        if (each.id != self.id && each.name == self.name)
            return fail(Code::conflict,
                        "The table already has a column named \"" + self.name + "\".");
    return {};
}

bool has(const Table& table, const weft::Column& wanted) {
    for (const weft::Column& each : table.columns)
        if (each.name == wanted.name || (!wanted.id.empty() && each.id == wanted.id)) return true;
    return false;
}

bool contains(const json::array& dropped, const std::string& id) {
    return std::ranges::find(dropped, json::value(id)) != dropped.end();
}

} // namespace

Result<Table> add(Tx& tx, const Scope& scope, const TableId& table_id,
                  std::vector<weft::Column> wanted, Existing existing) {
    Table table = TRY(tables::find(tx, scope, table_id));
    const json::array dropped = TRY(dropped_of(tx, scope, table_id));
    const std::size_t before = table.columns.size();
    Table asked = table;
    for (weft::Column& each : wanted) {
        if (!has(asked, each)) {
            table.columns.push_back(std::move(each));
            continue;
        }
        if (existing == Existing::refused)
            return fail(Code::conflict, "The table already has a column named \"" + each.name +
                                            "\" or with its id. Send ignore_existing_columns=true "
                                            "to leave such ones alone.");
    }
    TRY(complete_columns(table.columns, "columns"));
    for (std::size_t i = before; i < table.columns.size(); ++i)
        if (contains(dropped, table.columns[i].id))
            return fail(Code::conflict, "The values of a deleted column " + table.columns[i].id +
                                            " are still being removed: try again.");
    return save(tx, scope, std::move(table), dropped);
}

Result<Table> rename(Tx& tx, const Scope& scope, const TableId& table_id, const std::string& id,
                     const std::string& name) {
    Table table = TRY(tables::find(tx, scope, table_id));
    weft::Column* column = find_column(table, id);
    if (!column) return absent();
    column->name = TRY(checked_name(name, "column_name"));
    TRY(check_name_free(table, *column));
    return save(tx, scope, std::move(table), TRY(dropped_of(tx, scope, table_id)));
}

Result<std::int64_t> check_values(Rx& rx, const Scope& scope, const TableId& table,
                                  const weft::Column& column) {
    const auto changes = TRY(rx.maybe(changes_sql, scope.project, table));
    if (!changes) return fail(Code::not_found, "There is no such table.");
    RecordId last;
    for (;;) {
        const auto values = TRY(
            rx.all(values_sql, scope.project, table, column.id, bytes_of(last), values_per_read));
        for (const Value& each : values)
            if (const auto fits = check_value(column, each.value, column.id); !fits)
                return fail(Code::conflict,
                            "The record " + each.record.hex() +
                                " has a value that does not fit: " + fits.error().message);
        if (std::ssize(values) < values_per_read) return *changes;
        last = values.back().record;
    }
}

Result<Table> change(Tx& tx, const Scope& scope, const TableId& table_id,
                     const weft::Column& column, std::optional<std::int64_t> checked) {
    Table table = TRY(tables::find(tx, scope, table_id));
    if (checked && TRY(tx.maybe(changes_sql, scope.project, table_id)) != checked)
        return fail(Code::conflict, "Records of the table were changed meanwhile: try again.");
    weft::Column* before = find_column(table, column.id);
    if (!before) return absent();
    TRY(check_name_free(table, column));
    *before = column;
    return save(tx, scope, std::move(table), TRY(dropped_of(tx, scope, table_id)));
}

Result<Table> remove(Tx& tx, const Scope& scope, const TableId& table_id, const std::string& id) {
    Table table = TRY(tables::find(tx, scope, table_id));
    if (!find_column(table, id)) return absent();
    std::erase_if(table.columns, [&](const weft::Column& each) { return each.id == id; });
    json::array dropped = TRY(dropped_of(tx, scope, table_id));
    dropped.push_back(json::value(id));
    return save(tx, scope, std::move(table), dropped);
}

Result<std::vector<std::string>> dropped(Rx& rx, const Scope& scope, const TableId& table) {
    std::vector<std::string> ids;
    for (const json::value& each : TRY(dropped_of(rx, scope, table)))
        if (const json::string* id = each.if_string()) ids.emplace_back(id->data(), id->size());
    return ids;
}

Result<RecordId> forget_some(Tx& tx, const Scope& scope, const TableId& table_id,
                             const std::string& id, const RecordId& after) {
    const auto end =
        TRY(tx.maybe(slice_end_sql, scope.project, table_id, bytes_of(after), records_per_slice));
    if (end) {
        TRY(tx.run(forget_sql, scope.project, table_id, id, bytes_of(after), *end));
        return *end;
    }
    Table table = TRY(tables::find(tx, scope, table_id));
    json::array rest;
    for (const json::value& each : TRY(dropped_of(tx, scope, table_id)))
        if (each != json::value(id)) rest.push_back(each);
    TRY(save(tx, scope, std::move(table), rest));
    return RecordId{};
}

Task<Result<>> forget_dropped(Store& store, Scope scope, TableId table) {
    const auto ids = CO_TRY(store.read([&](Rx& rx) { return dropped(rx, scope, table); }));
    for (const std::string& id : ids) {
        RecordId last;
        do {
            last = CO_TRY(
                store.write([&](Tx& tx) { return forget_some(tx, scope, table, id, last); }));
        } while (last);
    }
    co_return Result<>{};
}

} // namespace weft::store::columns
