#include "store/records.h"

#include "api/routes.h"
#include "domain/members.h"
#include "store/tables.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

struct ChangeRecord {
    ProjectId project;
    std::string table;
    RecordId record;
    json::object changes;
    static constexpr auto params() {
        using In = ChangeRecord;
        return std::tuple{
            path("P", &In::project, "The project"),
            path("T", &In::table, "The table's id or name"),
            path("R", &In::record, "The record"),
            whole_body(&In::changes, "The columns to change, by id; the others stay").required(),
        };
    }
};

struct DeleteRecord {
    ProjectId project;
    std::string table;
    RecordId record;
    static constexpr auto params() {
        using In = DeleteRecord;
        return std::tuple{path("P", &In::project, "The project"),
                          path("T", &In::table, "The table's id or name"),
                          path("R", &In::record, "The record")};
    }
};

struct DeleteRecords {
    ProjectId project;
    std::string table;
    std::vector<RecordId> ids;
    static constexpr auto params() {
        using In = DeleteRecords;
        return std::tuple{
            path("P", &In::project, "The project"),
            path("T", &In::table, "The table's id or name"),
            body("storage_ids", &In::ids, "At most 1000 records; those that are gone count not")
                .required(),
        };
    }
};

struct ChangeRecords {
    ProjectId project;
    std::string table;
    json::object changes;
    json::object ids;
    static constexpr auto params() {
        using In = ChangeRecords;
        return std::tuple{
            path("P", &In::project, "The project"),
            path("T", &In::table, "The table's id or name"),
            body("records", &In::changes, "The columns to change in each of them, by id")
                .required(),
            body("record_ids", &In::ids, "Which: at most 1000, all of which must be there")
                .required()
                .shaped(R"({"type":"object","required":["storage_ids"],"properties":{
                    "storage_ids":{"type":"array",
                        "items":{"$ref":"#/components/schemas/IdInput"}}}})"),
        };
    }
};

struct UpsertRecords {
    ProjectId project;
    std::string table;
    json::array records;
    static constexpr auto params() {
        using In = UpsertRecords;
        return std::tuple{
            path("P", &In::project, "The project"),
            path("T", &In::table, "The table's id or name"),
            body("records", &In::records,
                 "At most 1000: one that names the _id of a record changes it, any other is new")
                .required()
                .shaped(R"({"type":"array","items":{"type":"object"}})"),
        };
    }
};

using RecordAnswer = Answer<"Record">;
using RecordsAnswer = Answer<"Records">;
using DeletedAnswer = Answer<"DeletedRecords">;

RecordsAnswer records_view(const std::vector<Record>& records) {
    json::array views;
    for (const Record& record : records) views.push_back(to_json(record));
    return {std::move(views)};
}

Task<Result<RecordAnswer>> change(Request& rq, ChangeRecord in) {
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<RecordAnswer> {
        const Table table = TRY(store::tables::find_any(tx, rq.scope, in.table));
        const json::value changes(std::move(in.changes));
        return RecordAnswer {
            to_json(TRY(store::records::change(tx, rq.scope, table.id, in.record, changes, "")))
        };
    });
}

Task<Result<DeletedAnswer>> remove_some(Request& rq, std::string name, std::vector<RecordId> ids,
                                        bool must_be_there) {
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<DeletedAnswer> {
        const Table table = TRY(store::tables::find_any(tx, rq.scope, name));
        const auto removed = TRY(store::records::remove(tx, rq.scope, table.id, ids));
        if (must_be_there && removed == 0) return fail(Code::not_found, "There is no such record.");
        return DeletedAnswer{{{"deleted_count", removed}}};
    });
}

Task<Result<DeletedAnswer>> remove(Request& rq, DeleteRecord in) {
    co_return co_await remove_some(rq, std::move(in.table), {in.record}, true);
}

Task<Result<DeletedAnswer>> remove_many(Request& rq, DeleteRecords in) {
    co_return co_await remove_some(rq, std::move(in.table), std::move(in.ids), false);
}

/// {storage_ids []}
Result<std::vector<RecordId>> storage_ids(const json::object& given) {
    const std::string at = "record_ids.storage_ids";
    const json::value* list = find(given, "storage_ids");
    if (!list) return fail_field(at, "Is required.");
    std::vector<RecordId> ids;
    if (!list->is_array()) return fail_field(at, "Must be an array of ids of 24 hex digits.");
    Faults faults;
    for (std::size_t i = 0; i < list->as_array().size(); ++i) {
        RecordId& id = ids.emplace_back();
        if (!from_json(list->as_array()[i], id) || !id)
            faults.add(join_path(at, i), "Must be an id of 24 hex digits.");
    }
    TRY(faults.result());
    return ids;
}

Task<Result<RecordsAnswer>> change_many(Request& rq, ChangeRecords in) {
    const auto ids = CO_TRY(ready(storage_ids(in.ids)));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<RecordsAnswer> {
        const Table table = TRY(store::tables::find_any(tx, rq.scope, in.table));
        const json::value changes(std::move(in.changes));
        return records_view(TRY(store::records::change_many(
            tx, rq.scope, table.id, ids, "record_ids.storage_ids", changes, "records")));
    });
}

Task<Result<RecordsAnswer>> upsert(Request& rq, UpsertRecords in) {
    const std::vector<json::value> given(in.records.begin(), in.records.end());
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<RecordsAnswer> {
        const Table table = TRY(store::tables::find_any(tx, rq.scope, in.table));
        return records_view(TRY(store::records::upsert(tx, rq.scope, table.id, given, "records")));
    });
}

constexpr Route routes[] = {
    {http::Method::put, "/storage/{P}/{T}/{R}", "records.change", needs(Role::operator_),
     "Change columns of a record; _id is ignored", handler<&change>, Audit::data},
    {http::Method::patch, "/storage/{P}/{T}/{R}", "records.patch", needs(Role::operator_),
     "The same as PUT", handler<&change>, Audit::data},
    {http::Method::delete_, "/storage/{P}/{T}/{R}", "records.delete", needs(Role::operator_),
     "Delete a record", handler<&remove>, Audit::data},
    {http::Method::delete_, "/storage/{P}/{T}", "records.delete_many", needs(Role::operator_),
     "Delete records of a table", handler<&remove_many>, Audit::data},
    {http::Method::put, "/bulk/storage/{P}/{T}", "records.change_many", needs(Role::operator_),
     "Make the same change to many records, or to none", handler<&change_many>, Audit::data},
    {http::Method::post, "/bulk/storage/{P}/{T}", "records.upsert_many", needs(Role::operator_),
     "Change or insert records, all or none", handler<&upsert>, Audit::data},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> record_change_routes() { return routes; }

} // namespace weft::api
