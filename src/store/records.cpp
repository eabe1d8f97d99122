#include "store/records.h"

#include "domain/limits.h"
#include "domain/members.h"
#include "store/effects.h"
#include "store/projects.h"
#include "store/tables.h"

namespace weft::store::records {

namespace {

constexpr Query<void, ProjectId, TableId, RecordId, json::object, Instant> insert_sql{
    "records.insert", R"sql(
    INSERT INTO record (project_id, table_id, id, body, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $5))sql"};

struct Found {
    RecordId id;
    json::object values;
    Instant created_at;
    Instant updated_at;
    json::array dropped; ///< members that nobody may see any more
};
constexpr Query<Found, ProjectId, TableId, RecordId> find_sql{"records.find", R"sql(
    SELECT r.id, r.body, r.created_at, r.updated_at, t.dropped
      FROM record r JOIN data_table t ON t.project_id = r.project_id AND t.id = r.table_id
     WHERE r.project_id = $1 AND r.table_id = $2 AND r.id = $3)sql"};

constexpr Query<void, ProjectId, TableId, RecordId, json::object, Instant> update_sql{
    "records.update", R"sql(
    UPDATE record SET body = $4, updated_at = $5
     WHERE project_id = $1 AND table_id = $2 AND id = $3)sql"};

constexpr Query<void, ProjectId, TableId, RecordId> remove_sql{"records.remove", R"sql(
    DELETE FROM record WHERE project_id = $1 AND table_id = $2 AND id = $3)sql"};

constexpr Query<void, ProjectId, TableId> changed_sql{"records.changed", R"sql(
    UPDATE data_table SET changes = changes + 1 WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<Instant, ProjectId, TableId> newest_sql{"records.newest", R"sql(
    SELECT created_at FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY created_at DESC, id DESC LIMIT 1)sql"};

/// When the next record of a table is created: later than every one before, whatever the clock
/// says, so that creation tells the order in which they were given and new ones come after the last
/// page.
Result<Instant> first_creation(Tx& tx, const Scope& scope, const TableId& table) {
    const auto newest = TRY(tx.maybe(newest_sql, scope.project, table));
    return newest ? std::max(tx.now(), *newest + microseconds(1)) : tx.now();
}

Result<std::vector<Record>> insert_now(Tx& tx, const Scope& scope, const Table& table,
                                       const std::vector<json::value>& given,
                                       const std::string& at) {
    const std::uint32_t ordinal = TRY(projects::ordinal_of(tx, scope));
    const Instant first = TRY(first_creation(tx, scope, table.id));
    Faults faults;
    std::vector<Record> records;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const std::string where = at.empty() && given.size() == 1 ? at : join_path(at, i);
        auto values = check_record(table, given[i], where);
        if (!values) {
            faults.add(values.error());
            continue;
        }
        const Instant created = first + microseconds(i);
        records.push_back(
            {tx.minter().mint<RecordTag>(ordinal), *std::move(values), created, created});
    }
    TRY(faults.result());
    for (const Record& record : records)
        TRY(tx.put(insert_sql, scope.project, table.id, record.id, record.values,
                   record.created_at));
    TRY(tx.run(changed_sql, scope.project, table.id));
    return records;
}

std::unexpected<Error> absent() { return fail(Code::not_found, "There is no such record."); }

/// Members of columns that were deleted lie in the row for a while.
void hide(json::object& values, const json::array& dropped) {
    for (const json::value& each : dropped)
        if (const json::string* name = each.if_string()) values.erase(*name);
}

Result<Record> change_now(Tx& tx, const Scope& scope, const Table& table, const RecordId& id,
                          const json::value& given, const std::string& at) {
    Record record = TRY(find(tx, scope, table.id, id));
    record.values = TRY(change_record(table, record.values, given, at));
    record.updated_at = tx.now();
    TRY(tx.run(update_sql, scope.project, table.id, id, record.values, record.updated_at));
    return record;
}

/// The `_id` that a record of an upsert names; none: it names none. invalid: it is no id.
Result<RecordId> named_id(const json::value& given, const std::string& at) {
    const json::value* named = given.is_object() ? weft::find(given, "_id") : nullptr;
    if (!named || named->is_null()) return RecordId{};
    const json::string* text = named->if_string();
    if (text && text->empty()) return RecordId{};
    const auto id = text ? RecordId::parse(*text) : std::nullopt;
    if (!id || !*id) return fail_field(join_path(at, "_id"), "must be an id of 24 hex digits");
    return *id;
}

std::unexpected<Error> too_many(const std::string& at) {
    return fail_field(at, fmt::format("has more than {} items", limits::records_per_insert_max));
}

Result<std::vector<Record>> still_there(Rx& rx, const Scope& scope, const TableId& table,
                                        const json::value& ids) {
    std::vector<Record> records;
    if (!ids.is_array()) return fail(Code::internal, "A stored result cannot be read.");
    for (const json::value& each : ids.get_array()) {
        const auto id = each.is_string() ? RecordId::parse(each.get_string()) : std::nullopt;
        if (!id) return fail(Code::internal, "A stored result cannot be read.");
        auto record = find(rx, scope, table, *id);
        if (record)
            records.push_back(*std::move(record));
        else if (record.error().code != Code::not_found)
            return std::unexpected(std::move(record).error());
    }
    return records;
}

} // namespace

Result<std::vector<Record>> insert(Tx& tx, const Scope& scope, const TableId& table_id,
                                   const std::vector<json::value>& given, const std::string& at,
                                   const std::string& effect_key) {
    const Table table = TRY(tables::find(tx, scope, table_id));
    if (given.size() > limits::records_per_insert_max)
        return fail_field(at,
                          fmt::format("has more than {} records", limits::records_per_insert_max));
    std::optional<std::vector<Record>> inserted;
    const auto ids = TRY(effects::once(tx, scope, effect_key, [&]() -> Result<json::value> {
        inserted = TRY(insert_now(tx, scope, table, given, at));
        json::array ids;
        for (const Record& record : *inserted) ids.push_back(json::value(record.id.hex()));
        return ids;
    }));
    if (inserted) return *std::move(inserted);
    return still_there(tx, scope, table_id, ids);
}

Result<Record> change(Tx& tx, const Scope& scope, const TableId& table_id, const RecordId& id,
                      const json::value& given, const std::string& at) {
    const Table table = TRY(tables::find(tx, scope, table_id));
    Record record = TRY(change_now(tx, scope, table, id, given, at));
    TRY(tx.run(changed_sql, scope.project, table.id));
    return record;
}

Result<std::vector<Record>> change_many(Tx& tx, const Scope& scope, const TableId& table_id,
                                        const std::vector<RecordId>& ids, const std::string& ids_at,
                                        const json::value& given, const std::string& at) {
    const Table table = TRY(tables::find(tx, scope, table_id));
    if (ids.size() > limits::records_per_insert_max) return too_many(ids_at);
    Faults faults;
    std::vector<Record> records;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        auto record = change_now(tx, scope, table, ids[i], given, at);
        if (record)
            records.push_back(*std::move(record));
        else if (record.error().code == Code::not_found)
            faults.add(join_path(ids_at, i), "There is no such record.");
        else
            return std::unexpected(std::move(record).error());
    }
    TRY(faults.result());
    TRY(tx.run(changed_sql, scope.project, table.id));
    return records;
}

Result<std::vector<Record>> upsert(Tx& tx, const Scope& scope, const TableId& table_id,
                                   const std::vector<json::value>& given, const std::string& at) {
    const Table table = TRY(tables::find(tx, scope, table_id));
    if (given.size() > limits::records_per_insert_max) return too_many(at);
    const std::uint32_t ordinal = TRY(projects::ordinal_of(tx, scope));
    Instant created = TRY(first_creation(tx, scope, table.id));
    Faults faults;
    std::vector<Record> records;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const std::string where = join_path(at, i);
        const auto id = named_id(given[i], where);
        auto changed = id && *id ? change_now(tx, scope, table, *id, given[i], where)
                                 : Result<Record>(absent());
        if (id && !changed && changed.error().code == Code::not_found) {
            auto values = check_record(table, given[i], where);
            if (!values) {
                faults.add(values.error());
                continue;
            }
            changed = Record{*id ? *id : tx.minter().mint<RecordTag>(ordinal), *std::move(values),
                             created, created};
            TRY(tx.run(insert_sql, scope.project, table.id, changed->id, changed->values, created));
            created = created + microseconds(1);
        }
        if (id && changed)
            records.push_back(*std::move(changed));
        else
            faults.add(id ? changed.error() : id.error());
    }
    TRY(faults.result());
    TRY(tx.run(changed_sql, scope.project, table.id));
    return records;
}

Result<std::int64_t> remove(Tx& tx, const Scope& scope, const TableId& table_id,
                            const std::vector<RecordId>& ids) {
    const Table table = TRY(tables::find(tx, scope, table_id));
    if (ids.size() > limits::records_per_insert_max) return too_many("storage_ids");
    std::int64_t removed = 0;
    for (const RecordId& id : ids) removed += TRY(tx.run(remove_sql, scope.project, table.id, id))
    .count;
    if (removed > 0) TRY(tx.run(changed_sql, scope.project, table.id));
    return removed;
}

Result<Record> find(Rx& rx, const Scope& scope, const TableId& table, const RecordId& id) {
    auto found = TRY(rx.maybe(find_sql, scope.project, table, id));
    if (!found) return absent();
    hide(found->values, found->dropped);
    return Record{found->id, std::move(found->values), found->created_at, found->updated_at};
}

Result<Record> find_in(Rx& rx, const Scope& scope, const std::string& table_id_or_name,
                       const RecordId& id) {
    // By id, as most ask, it is one look-up: the record's key holds its table's id.
    if (const auto table = TableId::parse(table_id_or_name)) {
        auto record = find(rx, scope, *table, id);
        if (record || record.error().code != Code::not_found) return record;
    }
    const Table table = TRY(tables::find_any(rx, scope, table_id_or_name));
    return find(rx, scope, table.id, id);
}

} // namespace weft::store::records
