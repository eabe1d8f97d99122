#include "store/records.h"

#include "api/routes.h"
#include "domain/members.h"
#include "domain/record_filter.h"
#include "store/tables.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

constexpr std::size_t conditions_max = 50;

struct ListRecords {
    ProjectId project;
    std::string table;
    std::int64_t page = 1;
    std::int64_t page_size = 0;
    std::int64_t limit = 50;
    std::int64_t sort = 1;
    std::string sort_key;
    std::string query_text;
    std::string filters;
    std::string search_filters;
    static constexpr auto params() {
        using In = ListRecords;
        return std::tuple{
            path("P", &In::project, "The project"),
            path("T", &In::table, "The table's id or name"),
            query("page", &In::page, "From 1").clamped(1, 1'000'000'000),
            query("page_size", &In::page_size, "Records per page, at most 500")
                .clamped(0, store::records::page_size_max),
            query("limit", &In::limit, "The same as page_size")
                .clamped(1, store::records::page_size_max),
            query("sort", &In::sort, "1 ascending, -1 descending").clamped(-1, 1),
            query("sort_key", &In::sort_key, "A column's id, created_at or updated_at"),
            query("query", &In::query_text,
                  "Words that all stand in some text of the record, in any case"),
            query("filters", &In::filters,
                  "A JSON object: {column: value}, {column: [values]} or {column: {op: value}}"),
            query("search_filters", &In::search_filters,
                  "A JSON array of {field, operator, value}, all of which must hold. Operators: "
                  "eq, ne, lt, lte, gt, gte, contains, not_contains, starts_with, ends_with, in, "
                  "not_in, exists; a field is a column's id, _id, created_at or updated_at"),
        };
    }
};

struct InsertRecords {
    ProjectId project;
    std::string table;
    json::value records;
    static constexpr auto params() {
        using In = InsertRecords;
        return std::tuple{
            path("P", &In::project, "The project"),
            path("T", &In::table, "The table's id or name"),
            whole_body(&In::records,
                       "One record by column ids, or an array of at most 1000 records")
                .required()
                .shaped(R"({"type":["object","array"],"items":{"type":"object"}})"),
        };
    }
};

struct OneRecord {
    ProjectId project;
    std::string table;
    RecordId record;
    static constexpr auto params() {
        using In = OneRecord;
        return std::tuple{path("P", &In::project, "The project"),
                          path("T", &In::table, "The table's id or name"),
                          path("R", &In::record, "The record")};
    }
};

/// Clients send empty filters on every call: none. invalid: it is no JSON.
Result<json::value> parameter_json(std::string_view text, const char* name) {
    if (text.empty()) return nullptr;
    auto value = parse_json(text);
    if (!value) return fail_field(name, "Must be JSON. " + value.error().message);
    return value;
}

Result<RecordFilter> filter_of(const Table& table, const ListRecords& in) {
    RecordFilter filter{words_of(in.query_text), {}};
    const json::value filters = TRY(parameter_json(in.filters, "filters"));
    if (const json::object* object = filters.if_object())
        filter.conditions = TRY(conditions_from_object(table, *object, "filters"));
    else if (!filters.is_null())
        return fail_field("filters", "Must be a JSON object.");
    const json::value search = TRY(parameter_json(in.search_filters, "search_filters"));
    if (!search.is_null() && !search.is_array())
        return fail_field("search_filters", "Must be a JSON array.");
    if (const json::array* list = search.if_array())
        for (std::size_t i = 0; i < list->size(); ++i)
            filter.conditions.push_back(
                TRY(condition_from_json(table, (*list)[i], join_path("search_filters", i))));
    if (filter.words.size() + filter.conditions.size() > conditions_max)
        return fail_field("search_filters",
                          fmt::format("At most {} words and conditions.", conditions_max));
    return filter;
}

Task<Result<Answer<"RecordList">>> list(Request& rq, ListRecords in) {
    using store::records::Order;
    store::records::Filter filter{.page = in.page,
                                  .page_size = in.page_size > 0 ? in.page_size : in.limit,
                                  .order = in.sort < 0 ? Order::descending : Order::ascending,
                                  .sort_key = in.sort_key};
    const auto page = CO_TRY(rq.store.read([&](store::Rx& rx) -> Result<store::records::Page> {
        const Table table = TRY(store::tables::find_any(rx, rq.scope, in.table));
        filter.matching = to_text(TRY(filter_of(table, in)));
        return store::records::list(rx, rq.scope, table.id, filter);
    }));
    json::array records;
    for (const Record& record : page.records) records.push_back(to_json(record));
    co_return Answer<"RecordList">{{{"records", std::move(records)}, {"total_count", page.total}}};
}

Task<Result<Answer<"Record">>> get(Request& rq, OneRecord in) {
    const Record record = CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return store::records::find_in(rx, rq.scope, in.table, in.record); }));
    co_return Answer<"Record">{to_json(record, &rq.arena)};
}

/// One object answers one record, an array answers an array; all are inserted or none.
Task<Result<Answer<"RecordOrRecords">>> insert(Request& rq, InsertRecords in) {
    const bool many = in.records.is_array();
    std::vector<json::value> given;
    if (many)
        given.assign(in.records.as_array().begin(), in.records.as_array().end());
    else
        given.push_back(std::move(in.records));
    using Inserted = Answer<"RecordOrRecords">;
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<Inserted> {
        const Table table = TRY(store::tables::find_any(tx, rq.scope, in.table));
        json::array records;
        for (const Record& record :
             TRY(store::records::insert(tx, rq.scope, table.id, given, many ? "records" : "")))
            records.push_back(to_json(record));
        if (many) return Inserted{std::move(records)};
        return Inserted{records.at(0)};
    });
}

constexpr Route routes[] = {
    {http::Method::get, "/storage/{P}/{T}", "records.list", needs(Role::viewer),
     "A page of a table's records", handler<&list>},
    {http::Method::post, "/storage/{P}/{T}", "records.insert", needs(Role::operator_),
     "Insert one record or many", handler<&insert>, Audit::data},
    {http::Method::get, "/storage/{P}/{T}/{R}", "records.get", needs(Role::viewer),
     "One record of a table", handler<&get>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> record_routes() { return routes; }

} // namespace weft::api
