#include "api/routes.h"
#include "domain/members.h"
#include "domain/record_filter.h"
#include "store/records.h"
#include "store/tables.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

constexpr std::size_t rows_max = 20; ///< each reads the whole table
constexpr std::size_t export_bytes_max = 64 << 20;

struct CountFields {
    ProjectId project;
    std::string table;
    json::array rows;
    static constexpr auto params() {
        using In = CountFields;
        return std::tuple{
            path("P", &In::project, "The project"),
            path("T", &In::table, "The table's id or name"),
            whole_body(&In::rows,
                       "At most 20 of {field, op, value}. Operators: eq, ne, lt, lte, gt, gte, "
                       "contains, not_contains, starts_with, ends_with, in, not_in, exists")
                .required()
                .shaped(R"({"type":"array","items":{"type":"object","required":["field"],
                    "properties":{"field":{"type":"string"},"op":{"type":"string"},
                    "value":{}}}})"),
        };
    }
};

struct ExportTable {
    TableId table;
    ProjectId project;
    std::string format;
    static constexpr auto params() {
        using In = ExportTable;
        return std::tuple{path("T", &In::table, "The table"),
                          query("projectID", &In::project, "The project of the table"),
                          query("format", &In::format, "csv, or json: an array of records")};
    }
};

Task<Result<Answer<"FieldCounts">>> count_fields(Request& rq, CountFields in) {
    if (in.rows.size() > rows_max)
        co_return fail_field("body", fmt::format("At most {} rows.", rows_max));
    json::array counted = in.rows;
    CO_TRY(rq.store.read([&](store::Rx& rx) -> Result<> {
        const Table table = TRY(store::tables::find_any(rx, rq.scope, in.table));
        for (std::size_t i = 0; i < in.rows.size(); ++i) {
            RecordFilter filter;
            filter.conditions.push_back(
                TRY(condition_from_json(table, in.rows[i], std::to_string(i))));
            counted[i].as_object()["count"] =
                TRY(store::records::count(rx, rq.scope, table.id, to_text(filter)));
        }
        return {};
    }));
    co_return Answer<"FieldCounts">{std::move(counted)};
}

/// RFC 4180: what holds a comma, a quote or a line end is quoted.
void add_cell(std::string& line, std::string_view text) {
    if (!line.empty() && line.back() != '\n') line += ',';
    if (text.find_first_of(",\"\r\n") == text.npos) {
        line += text;
        return;
    }
    line += '"';
    for (const char c : text) line += c == '"' ? std::string("\"\"") : std::string(1, c);
    line += '"';
}

std::string cell_of(const json::value& value) {
    if (value.is_null()) return "";
    if (const json::string* text = value.if_string()) return {text->data(), text->size()};
    return weft::to_text(value);
}

class Csv {
public:
    explicit Csv(const Table& table) : table_(table) {
        text = "_id";
        for (const Column& column : table.columns) add_cell(text, column.name);
        text += ",created_at,updated_at\r\n";
    }
    void add(const Record& record) {
        std::string line = record.id.hex();
        for (const Column& column : table_.columns) {
            const json::value* value = record.values.if_contains(column.id);
            add_cell(line, value ? cell_of(*value) : "");
        }
        text += line + "," + weft::to_text(json::value(record.created_at.epoch_seconds())) + "," +
                weft::to_text(json::value(record.updated_at.epoch_seconds())) + "\r\n";
    }
    std::string text;

private:
    const Table& table_;
};

using Exported = Bytes<"text/csv, application/json">;

Task<Result<Exported>> export_table(Request& rq, ExportTable in) {
    const bool as_json = in.format == "json";
    if (!as_json && !in.format.empty() && in.format != "csv")
        co_return fail_field("format", "Must be csv or json.");
    const Table table = CO_TRY(
        rq.store.read([&](store::Rx& rx) { return store::tables::find(rx, rq.scope, in.table); }));
    Csv csv(table);
    std::string json_text = "[";
    std::vector<Record> page;
    RecordId last;
    do {
        page = CO_TRY(rq.store.read(
            [&](store::Rx& rx) { return store::records::after(rx, rq.scope, table, last); }));
        for (const Record& record : page) {
            if (as_json)
                json_text +=
                    (json_text.size() > 1 ? "," : "") + weft::to_text(json::value(to_json(record)));
            else
                csv.add(record);
            last = record.id;
        }
        if (json_text.size() > export_bytes_max || csv.text.size() > export_bytes_max)
            co_return fail(Code::too_large,
                           fmt::format("The table is larger than {} bytes: read it by pages of "
                                       "GET /storage instead.",
                                       export_bytes_max));
    } while (!page.empty());
    Exported exported;
    exported.response.headers.set("content-type", as_json ? "application/json" : "text/csv");
    exported.response.headers.set("x-content-type-options", "nosniff");
    exported.response.headers.set("content-disposition", "attachment; filename*=UTF-8''" +
                                                             http::percent_encode(table.name) +
                                                             (as_json ? ".json" : ".csv"));
    exported.response.body = as_json ? json_text + "]" : std::move(csv.text);
    co_return exported;
}

constexpr Route routes[] = {
    {http::Method::post, "/table/fieldcount/{P}/{T}", "tables.count_fields", needs(Role::viewer),
     "How many records each condition holds for; reads the whole table", handler<&count_fields>,
     Audit::read},
    {http::Method::get, "/table_data/storage/{T}/export", "tables.export", needs(Role::viewer),
     "A whole table as CSV or JSON, at most 64 MiB", handler<&export_table>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> table_data_routes() { return routes; }

} // namespace weft::api
