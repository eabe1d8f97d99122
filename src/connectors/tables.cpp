#include "connectors/tables.h"

#include "connectors/column_facts.h"
#include "connectors/fields.h"
#include "domain/members.h"
#include "store/records.h"
#include "store/tables.h"

namespace weft::connectors {

namespace {

Field table_field() { return field("table", "text", true, "The table's name or _id."); }
Field this_run_field() {
    return field("only_this_run", "boolean", false, "Only records that this run has put in.");
}

std::vector<Action> table_actions() {
    Action insert{.name = "Insert records", .category = "tables", .sort = "insert_records"};
    insert.effect = EffectClass::keyed;
    insert.input = {table_field(),
                    field("records", "array", true,
                          fmt::format("The records, each an object by column id; at most {}.",
                                      records_per_call_max))};
    insert.output = {
        field("inserted", "number", true, "How many this call put in."),
        field("total", "number", true, "How many this run has put into the table so far."),
        field("table_id", "text", true, ""),
        field("table_name", "text", true, ""),
        field("columns", "object", true,
              "By column: how many of this run's records have a value, and how many differ."),
        field("record_ids", "array", true, "The _id of each record of this call.")};
    Action list{.name = "List records", .category = "tables", .sort = "list_records"};
    list.effect = EffectClass::pure;
    list.input = {
        table_field(),
        field("page", "number", false, "From 1."),
        field("page_size", "number", false,
              fmt::format("At most {}; {} when left out.", store::records::page_size_max,
                          store::records::page_size_default)),
        field("sort_key", "text", false, "A column's id; the order of insertion when left out."),
        field("sort", "number", false, "1 or -1."),
        this_run_field()};
    list.output = {field("records", "array", true, ""), field("total_count", "number", true, ""),
                   field("page", "number", true, ""), field("page_size", "number", true, ""),
                   field("next_page", "number", false, "null after the last page.")};
    Action count{.name = "Count records", .category = "tables", .sort = "count_records"};
    count.effect = EffectClass::pure;
    count.input = {table_field(), this_run_field()};
    count.output = {field("count", "number", true, "")};
    std::vector<Action> actions;
    for (Action* action : {&insert, &list, &count}) actions.push_back(std::move(*action));
    return actions;
}

std::vector<json::value> items_of(const json::value* value) {
    if (!value || !value->is_array()) return {};
    return {value->get_array().begin(), value->get_array().end()};
}

/// The run's earlier insertions into this table, oldest first.
std::vector<const EarlierCall*> insertions(const ActionCall& call, const Table& table) {
    std::vector<const EarlierCall*> found;
    for (const EarlierCall& each : call.earlier)
        if (each.sort == "insert_records" && text_or(*each.output, "table_id") == table.id.hex())
            found.push_back(&each);
    return found;
}

std::vector<RecordId> ids_of_run(const ActionCall& call, const Table& table) {
    std::vector<RecordId> ids;
    for (const EarlierCall* each : insertions(call, table))
        for (const json::value& item : items_of(find(*each->output, "record_ids")))
            if (const auto id =
                    item.is_string() ? RecordId::parse(item.get_string()) : std::nullopt)
                ids.push_back(*id);
    return ids;
}

/// Those that are still there.
Result<std::vector<Record>> find_all(store::Rx& rx, const Scope& scope, const TableId& table,
                                     std::span<const RecordId> ids) {
    std::vector<Record> records;
    for (const RecordId& id : ids) {
        auto record = store::records::find(rx, scope, table, id);
        if (record)
            records.push_back(*std::move(record));
        else if (record.error().code != Code::not_found)
            return std::unexpected(std::move(record).error());
    }
    return records;
}

/// As sort keys of tables go: numbers before texts, what has no value last in both orders.
bool comes_before(const json::value* a, const json::value* b, bool down) {
    const bool some_a = a && !a->is_null();
    const bool some_b = b && !b->is_null();
    if (!some_a || !some_b) return some_a && !some_b;
    if (a->is_number() != b->is_number()) return a->is_number() != down;
    if (a->is_number()) {
        const double x = a->to_number<double>();
        const double y = b->to_number<double>();
        return down ? y < x : x < y;
    }
    const std::string x = a->is_string() ? std::string(a->get_string()) : to_text(*a);
    const std::string y = b->is_string() ? std::string(b->get_string()) : to_text(*b);
    return down ? y < x : x < y;
}

struct Listing {
    std::int64_t page = 1;
    std::int64_t size = store::records::page_size_default;
    bool down = false;
    std::string key;
    bool only_this_run = false;
};

/// By the listing's key, then by id.
bool precedes(const Record& a, const Record& b, const Listing& listing) {
    const bool by_id = listing.down ? b.id < a.id : a.id < b.id;
    if (listing.key == "updated_at") {
        if (a.updated_at == b.updated_at) return by_id;
        return listing.down ? b.updated_at < a.updated_at : a.updated_at < b.updated_at;
    }
    const json::value* x = a.values.if_contains(listing.key);
    const json::value* y = b.values.if_contains(listing.key);
    if (comes_before(x, y, listing.down)) return true;
    return !comes_before(y, x, listing.down) && by_id;
}

Listing listing_of(const json::object& input) {
    const json::value value(input);
    return {.page = std::clamp<std::int64_t>(int_or(value, "page", 1), 1, 1'000'000'000),
            .size = std::clamp<std::int64_t>(
                int_or(value, "page_size", store::records::page_size_default), 1,
                store::records::page_size_max),
            .down = int_or(value, "sort", 1) < 0,
            .key = std::string(text_or(value, "sort_key")),
            .only_this_run = bool_or(value, "only_this_run")};
}

Result<> check_sort_key(const Table& table, const std::string& key) {
    if (key.empty() || key == "created_at" || key == "updated_at") return {};
    if (std::ranges::find(table.columns, key, &Column::id) != table.columns.end()) return {};
    return fail_field("sort_key",
                      "is not a column of this table: " + key.substr(0, limits::name_bytes_max));
}

/// A page of the run's own records. By a column all of them are read, which a run's limits keep to
/// a size.
Result<store::records::Page> page_of_run(store::Rx& rx, const Scope& scope, const Table& table,
                                         std::vector<RecordId> ids, const Listing& listing) {
    TRY(check_sort_key(table, listing.key));
    const auto total = static_cast<std::int64_t>(ids.size());
    const auto from = static_cast<std::size_t>(std::min((listing.page - 1) * listing.size, total));
    const auto count = std::min(static_cast<std::size_t>(listing.size), ids.size() - from);
    if (listing.key.empty() || listing.key == "created_at") {
        if (listing.down) std::ranges::reverse(ids);
        return store::records::Page {
            TRY(find_all(rx, scope, table.id, std::span(ids).subspan(from, count)))
            , total
        };
    }
    std::vector<Record> all = TRY(find_all(rx, scope, table.id, ids));
    std::ranges::sort(all,
                      [&](const Record& a, const Record& b) { return precedes(a, b, listing); });
    const std::size_t first = std::min(from, all.size());
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = begin + static_cast<std::ptrdiff_t>(std::min(count, all.size() - first));
    return store::records::Page{{begin, end}, static_cast<std::int64_t>(all.size())};
}

json::value page_json(const store::records::Page& page, const Listing& listing) {
    json::array records;
    for (const Record& record : page.records) records.push_back(to_json(record));
    const bool more = listing.page * listing.size < page.total;
    return json::object{{"records", std::move(records)},
                        {"total_count", page.total},
                        {"page", listing.page},
                        {"page_size", listing.size},
                        {"next_page", more ? json::value(listing.page + 1) : json::value(nullptr)}};
}

class Tables final : public Connector {
public:
    explicit Tables(store::Store& store) : store_(store), actions_(table_actions()) {}

    std::string_view category() const override { return "tables"; }
    std::string_view display_name() const override { return "Tables"; }
    std::string_view description() const override {
        return "Reads and writes the project's own tables.";
    }
    const std::vector<Action>& actions() const override { return actions_; }

    Task<Result<json::value>> run(ActionCall call) override {
        if (call.sort == "insert_records") co_return co_await insert(std::move(call));
        if (call.sort == "list_records") co_return co_await list(std::move(call));
        if (call.sort == "count_records") co_return co_await count(std::move(call));
        co_return fail(Code::not_found, "There is no such action: tables/" + call.sort);
    }

    json::value shown(std::string_view sort, const json::value& output) const override {
        if (sort != "insert_records" || !output.is_object()) return output;
        json::object shown = output.get_object();
        shown.erase("record_ids");
        return shown;
    }

private:
    Task<Result<Table>> find_table(Scope scope, std::string name) {
        co_return co_await store_.read(
            [&](store::Rx& rx) { return store::tables::find_any(rx, scope, name); });
    }

    static std::string table_name(const ActionCall& call) {
        const json::value* name = call.input.if_contains("table"); // required, and checked
        return name && name->is_string() ? std::string(name->get_string()) : std::string();
    }

    static Result<> check(const Table& table, const std::vector<json::value>& records) {
        if (records.size() > records_per_call_max)
            return fail_field("records",
                              fmt::format("has more than {} items", records_per_call_max));
        Faults faults;
        for (std::size_t i = 0; i < records.size(); ++i)
            if (auto checked = check_record(table, records[i], join_path("records", i)); !checked)
                faults.add(checked.error());
        return faults.result();
    }

    /// In slices, each once under a key of its own.
    Task<Result<json::array>> insert_slices(const ActionCall& call, const Table& table,
                                            const std::vector<json::value>& records) {
        json::array ids;
        for (std::size_t from = 0; from < records.size(); from += records_per_write) {
            const std::size_t end = std::min(from + records_per_write, records.size());
            const std::vector<json::value> slice(
                records.begin() + static_cast<std::ptrdiff_t>(from),
                records.begin() + static_cast<std::ptrdiff_t>(end));
            const std::string key =
                call.effect_key.empty() ? "" : fmt::format("{}/{}", call.effect_key, from);
            const auto inserted = CO_TRY(store_.write([&](store::Tx& tx) {
                return store::records::insert(tx, call.scope, table.id, slice, "records", key);
            }));
            for (const Record& record : inserted) ids.push_back(json::value(record.id.hex()));
        }
        co_return ids;
    }

    Task<Result<json::value>> insert(ActionCall call) {
        const Table table = CO_TRY(find_table(call.scope, table_name(call)));
        const std::vector<json::value> records = items_of(call.input.if_contains("records"));
        if (auto checked = check(table, records); !checked)
            co_return std::unexpected(std::move(checked).error());
        json::array ids = CO_TRY(insert_slices(call, table, records));
        ColumnFacts facts(table);
        for (const EarlierCall* each : insertions(call, table))
            if (each->arguments)
                for (const json::value& record : items_of(find(*each->arguments, "records")))
                    facts.add(record);
        for (const json::value& record : records) facts.add(record);
        co_return json::object{{"inserted", static_cast<std::int64_t>(ids.size())},
                               {"total", static_cast<std::int64_t>(facts.records())},
                               {"table_id", table.id.hex()},
                               {"table_name", table.name},
                               {"columns", facts.to_json()},
                               {"record_ids", std::move(ids)}};
    }

    Task<Result<store::records::Page>> page(const ActionCall& call, const Listing& listing) {
        const Table table = CO_TRY(find_table(call.scope, table_name(call)));
        if (listing.only_this_run)
            co_return co_await store_.read([&](store::Rx& rx) {
                return page_of_run(rx, call.scope, table, ids_of_run(call, table), listing);
            });
        const store::records::Filter filter{.page = listing.page,
                                            .page_size = listing.size,
                                            .order = listing.down
                                                         ? store::records::Order::descending
                                                         : store::records::Order::ascending,
                                            .sort_key = listing.key};
        co_return co_await store_.read(
            [&](store::Rx& rx) { return store::records::list(rx, call.scope, table.id, filter); });
    }

    Task<Result<json::value>> list(ActionCall call) {
        const Listing listing = listing_of(call.input);
        co_return page_json(CO_TRY(page(call, listing)), listing);
    }

    Task<Result<json::value>> count(ActionCall call) {
        Listing listing = listing_of(call.input);
        listing.size = 1;
        co_return json::object{{"count", CO_TRY(page(call, listing)).total}};
    }

    store::Store& store_;
    std::vector<Action> actions_;
};

} // namespace

std::unique_ptr<Connector> make_tables(store::Store& store) {
    return std::make_unique<Tables>(store);
}

} // namespace weft::connectors
