// Tables, records and keyed effects.
#include "store/records.h"
#include "domain/limits.h"
#include "domain/record_filter.h"
#include "store/aggregates_testing.h"
#include "store/effects.h"
#include "store/tables.h"

namespace weft::store {

class RecordsTest : public AggregateTest {
protected:
    Result<Table> make_table(const Scope& scope, std::string_view text) {
        return write([&](Tx& tx) {
            return tables::create(tx, scope, table_from_json(js(text), "").value());
        });
    }
    Table numbers(const Scope& scope) {
        return make_table(
                   scope,
                   R"({"table_name":"Numbers","columns":[{"column_name":"N","column_type":"Number"},
            {"column_name":"Größe","column_type":"String"},{"column_name":"On",
                "column_type":"Date"}]})")
            .value();
    }
    Result<std::vector<Record>> insert(const Scope& scope, const TableId& table,
                                       std::string_view array, const std::string& key = {}) {
        const json::value given = js(array);
        const std::vector<json::value> items(given.get_array().begin(), given.get_array().end());
        return write(
            [&](Tx& tx) { return records::insert(tx, scope, table, items, "records", key); });
    }
    Result<records::Page> list(const Scope& scope, const TableId& table,
                               const records::Filter& filter) {
        return read([&](Rx& rx) { return records::list(rx, scope, table, filter); });
    }
    /// The values of a column on a page, "-" for none.
    std::string column(const Scope& scope, const TableId& table, const records::Filter& filter,
                       std::string_view id) {
        std::string text;
        for (const Record& each : list(scope, table, filter).value().records) {
            const json::value* value = each.values.if_contains(id);
            text +=
                (text.empty() ? "" : " ") + (value && !value->is_null() ? to_text(*value) : "-");
        }
        return text;
    }
};

TEST_F(RecordsTest, a_table_is_found_by_id_and_by_name_in_its_project_only) {
    const Table made =
        make_table(mine_, R"({"table_name":"Übersicht ✓","columns":[{"column_name":"First name"},
        {"column_name":"Level","column_type":"Enum","enum_options":["a"]}],"triggers":[{"x":1}]})")
            .value();
    EXPECT_EQ(made.id.ordinal(), 1U);
    const auto by_id = read([&](Rx& rx) { return tables::find(rx, mine_, made.id); }).value();
    EXPECT_EQ(to_json(by_id), to_json(made));
    EXPECT_EQ(by_id.columns[0].id, "first_name");
    for (const std::string& name : {std::string("Übersicht ✓"), made.id.hex()})
        EXPECT_EQ(read([&](Rx& rx) { return tables::find_any(rx, mine_, name); })->id, made.id);
    for (const Scope& other : {sibling_, foreign_}) {
        EXPECT_TRUE(is_code(read([&](Rx& rx) { return tables::find(rx, other, made.id); }),
                            Code::not_found));
        EXPECT_TRUE(is_code(read([&](Rx& rx) { return tables::find_any(rx, other, made.name); }),
                            Code::not_found));
        EXPECT_TRUE(read([&](Rx& rx) { return tables::list(rx, other); })->empty());
    }
    EXPECT_EQ(read([&](Rx& rx) { return tables::list(rx, mine_); })->size(), 1U);
}

TEST_F(RecordsTest, a_tables_name_is_unique_in_its_project) {
    EXPECT_TRUE(make_table(mine_, R"({"table_name":"T"})"));
    EXPECT_TRUE(is_code(make_table(mine_, R"({"table_name":" T "})"), Code::conflict));
    EXPECT_TRUE(make_table(mine_, R"({"table_name":"t"})"));
    EXPECT_TRUE(make_table(sibling_, R"({"table_name":"T"})"));
    Table twice{.name = "U", .columns = {{.name = "a"}, {.name = "a"}}};
    EXPECT_TRUE(
        is_code(write([&](Tx& tx) { return tables::create(tx, mine_, twice); }), Code::invalid));
    const Scope nowhere{
        .organization = mine_.organization, .project = foreign_.project, .principal = {}};
    EXPECT_TRUE(is_code(make_table(nowhere, R"({"table_name":"V"})"), Code::not_found));
}

TEST_F(RecordsTest, inserts_all_or_none) {
    const Table table = numbers(mine_);
    const auto bad = insert(mine_, table.id, R"([{"n":1},{"n":"2"},{"m":3}])");
    EXPECT_EQ(
        faults_of(bad),
        "records.1.n: must be a number, not string | records.2.m: is not a column of this table");
    EXPECT_EQ(list(mine_, table.id, {}).value().total, 0);
    const auto made = insert(mine_, table.id, R"([{"n":1,"größe":"ä"},{"n":2},{"n":3}])").value();
    EXPECT_EQ(made.size(), 3U);
    const auto found =
        read([&](Rx& rx) { return records::find(rx, mine_, table.id, made[0].id); }).value();
    EXPECT_EQ(to_json(found), to_json(made[0]));
    EXPECT_EQ(column(mine_, table.id, {}, "n"), "1 2 3");
    EXPECT_EQ(list(mine_, table.id, {}).value().total, 3);
}

TEST_F(RecordsTest, faults_of_one_record_are_named_without_a_number) {
    const Table table = numbers(mine_);
    const auto bad = write(
        [&](Tx& tx) { return records::insert(tx, mine_, table.id, {js(R"({"n":"x"})")}, ""); });
    EXPECT_EQ(faults_of(bad), "n: must be a number, not string");
}

TEST_F(RecordsTest, other_projects_see_nothing) {
    const Table table = numbers(mine_);
    const auto made = insert(mine_, table.id, R"([{"n":1}])").value();
    for (const Scope& other : {sibling_, foreign_}) {
        EXPECT_TRUE(is_code(insert(other, table.id, R"([{"n":2}])"), Code::not_found));
        EXPECT_TRUE(is_code(list(other, table.id, {}), Code::not_found));
        EXPECT_TRUE(
            is_code(read([&](Rx& rx) { return records::find(rx, other, table.id, made[0].id); }),
                    Code::not_found));
    }
    const Table second = make_table(mine_, R"({"table_name":"Other"})").value();
    EXPECT_TRUE(
        is_code(read([&](Rx& rx) { return records::find(rx, mine_, second.id, made[0].id); }),
                Code::not_found));
}

TEST_F(RecordsTest, an_effect_key_inserts_once) {
    const Table table = numbers(mine_);
    const auto first = insert(mine_, table.id, R"([{"n":1},{"n":2}])", "run/1").value();
    const auto again = insert(mine_, table.id, R"([{"n":9}])", "run/1").value();
    ASSERT_EQ(again.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(to_json(again[i]), to_json(first[i]));
    EXPECT_EQ(insert(mine_, table.id, R"([{"n":3}])", "run/2")->size(), 1U);
    EXPECT_EQ(column(mine_, table.id, {}, "n"), "1 2 3");
    const Table other = numbers(sibling_); // keys are a project's own
    EXPECT_TRUE(insert(sibling_, other.id, R"([{"n":7}])", "run/1"));
    EXPECT_EQ(column(sibling_, other.id, {}, "n"), "7");
}

TEST_F(RecordsTest, pages_do_not_change_when_records_are_added) {
    const Table table = numbers(mine_);
    std::string seen;
    clock_.advance(seconds(100));
    for (int i = 1; i <= 7; ++i) {
        ASSERT_TRUE(
            insert(mine_, table.id, fmt::format(R"([{{"n":{}}},{{"n":{}}}])", 2 * i - 1, 2 * i)));
        clock_.advance(milliseconds(-1)); // even when the clock goes back
    }
    for (int page = 1; page <= 4; ++page) {
        const auto got = list(mine_, table.id, {.page = page, .page_size = 4}).value();
        EXPECT_EQ(got.records.size(), 4U); // by then more have come
        for (const Record& record : got.records) seen += to_text(record.values.at("n")) + " ";
        ASSERT_TRUE(insert(mine_, table.id, R"([{"n":100}])"));
        clock_.advance(milliseconds(-1)); // even when the clock goes back
    }
    EXPECT_EQ(seen, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 100 100 ");
}

TEST_F(RecordsTest, page_sizes_are_clamped_and_kept) {
    const Table table = numbers(mine_);
    std::string many = "[";
    for (int i = 0; i < 600; ++i) many += fmt::format(R"({}{{"n":{}}})", i ? "," : "", i);
    ASSERT_TRUE(insert(mine_, table.id, many + "]"));
    const auto size = [&](std::int64_t page, std::int64_t page_size) {
        return list(mine_, table.id, {.page = page, .page_size = page_size}).value().records.size();
    };
    EXPECT_EQ(size(1, records::page_size_default), 50U);
    EXPECT_EQ(size(1, 10'000), 500U);
    EXPECT_EQ(size(2, 10'000), 100U);
    EXPECT_EQ(size(3, 500), 0U);
    EXPECT_EQ(size(-4, 7), 7U);
    EXPECT_EQ(size(1, 0), 1U);
    EXPECT_EQ(size(std::numeric_limits<std::int64_t>::max(), 500), 0U);
    EXPECT_EQ(list(mine_, table.id, {.page = 3}).value().total, 600);
    json::array too_many(limits::records_per_insert_max + 1, json::value(json::object{}));
    EXPECT_TRUE(is_code(insert(mine_, table.id, to_text(too_many)), Code::invalid));
}

TEST_F(RecordsTest, sorting) {
    const Table table = numbers(mine_);
    ASSERT_TRUE(insert(mine_, table.id, R"([
        {"n":10,"größe":"b","on":"2026-01-02"},
        {"n":9,"größe":"a","on":1767225600},
        {"größe":"ä"},
        {"n":-1.5,"größe":null,"on":"2026-01-01T01:00:00+02:00"},
        {"n":9,"größe":"B","on":"2026-01-01T00:00:01Z"}])"));
    using records::Order;
    const auto sorted = [&](const char* key, Order order, const char* shown) {
        return column(mine_, table.id, {.order = order, .sort_key = key}, shown);
    };
    EXPECT_EQ(sorted("n", Order::ascending, "n"), "-1.5 9 9 10 -");
    EXPECT_EQ(sorted("n", Order::ascending, "größe"), R"(- "a" "B" "b" "ä")"); // ties by id
    EXPECT_EQ(sorted("n", Order::descending, "n"), "10 9 9 -1.5 -");
    EXPECT_EQ(sorted("n", Order::descending, "größe"), R"("b" "B" "a" - "ä")");
    EXPECT_EQ(sorted("größe", Order::ascending, "größe"), R"("B" "a" "b" "ä" -)");
    EXPECT_EQ(sorted("größe", Order::descending, "größe"), R"("ä" "b" "a" "B" -)");
    // 2025-12-31T23:00Z, 2026-01-01T00:00:00Z as seconds, one second later, a day later, none
    EXPECT_EQ(sorted("on", Order::ascending, "n"), "-1.5 9 9 10 -");
    EXPECT_EQ(sorted("on", Order::ascending, "größe"), R"(- "a" "B" "b" "ä")");
    EXPECT_EQ(sorted("on", Order::descending, "größe"), R"("b" "B" "a" - "ä")");
    EXPECT_EQ(sorted("created_at", Order::descending, "n"), "9 -1.5 - 9 10");
    EXPECT_EQ(sorted("updated_at", Order::ascending, "n"), "10 9 - -1.5 9");
    EXPECT_EQ(faults_of(list(mine_, table.id, {.sort_key = "m"})),
              "sort_key: is not a column of this table: m");
    EXPECT_TRUE(is_code(list(mine_, table.id, {.sort_key = "n\") --"}), Code::invalid));
}

TEST_F(RecordsTest, a_filter_selects_before_order_and_pages) {
    const Table table = numbers(mine_);
    std::string many = "[";
    for (int i = 0; i < 40; ++i)
        many += fmt::format(R"({}{{"n":{},"größe":"{}","on":{}}})", i ? "," : "", i * 7 % 40,
                            i % 3 ? "Odd" : "even", 1'000 - i * 7 % 40);
    ASSERT_TRUE(insert(mine_, table.id, many + "]"));
    const std::string even = to_text(RecordFilter{{"EVEN"}, {}});
    using records::Order;
    const auto page = [&](const char* key, Order order, std::int64_t number) {
        const records::Filter filter{
            .page = number, .page_size = 5, .order = order, .matching = even, .sort_key = key};
        EXPECT_EQ(list(mine_, table.id, filter)->total, 14) << key;
        return column(mine_, table.id, filter, "n");
    };
    EXPECT_EQ(page("", Order::ascending, 1), "0 21 2 23 4");
    EXPECT_EQ(page("created_at", Order::ascending, 3), "10 31 12 33");
    EXPECT_EQ(page("created_at", Order::descending, 1), "33 12 31 10 29");
    EXPECT_EQ(page("updated_at", Order::descending, 3), "23 2 21 0");
    EXPECT_EQ(page("n", Order::ascending, 1), "0 2 4 6 8");
    EXPECT_EQ(page("n", Order::ascending, 3), "27 29 31 33");
    EXPECT_EQ(page("n", Order::descending, 2), "23 21 12 10 8");
    EXPECT_EQ(page("on", Order::ascending, 1), "33 31 29 27 25");
    EXPECT_EQ(page("on", Order::descending, 4), "");
    EXPECT_EQ(read([&](Rx& rx) { return records::count(rx, mine_, table.id, even); }).value(), 14);
    EXPECT_TRUE(is_code(list(mine_, table.id, {.matching = "no filter"}), Code::internal));
    EXPECT_TRUE(is_code(list(mine_, table.id, {.matching = even, .sort_key = "m"}), Code::invalid));
}

TEST_F(RecordsTest, values_of_several_kinds_sort_numbers_before_texts) {
    const Table table = numbers(mine_);
    ASSERT_TRUE(insert(mine_, table.id, R"([{"größe":"10"},{"größe":"9"}])"));
    // as if the column had been a number before
    ASSERT_TRUE(write([&](Tx& tx) -> Result<> {
        static constexpr Query<void, ProjectId, TableId> change{"test.change", R"sql(
            UPDATE record SET body = '{"größe":11}'
             WHERE project_id = $1 AND table_id = $2 AND body LIKE '%"9"%')sql"};
        TRY(tx.run(change, mine_.project, table.id));
        return {};
    }));
    EXPECT_EQ(column(mine_, table.id, {.sort_key = "größe"}, "größe"), R"(11 "10")");
    EXPECT_EQ(column(mine_, table.id, {.order = records::Order::descending, .sort_key = "größe"},
                     "größe"),
              R"("10" 11)");
}

TEST_F(RecordsTest, an_effect_happens_once_and_a_failed_one_may_be_tried_again) {
    int calls = 0;
    const auto act = [&](const Scope& scope, const std::string& key, bool succeed) {
        return write([&](Tx& tx) {
            return effects::once(tx, scope, key, [&]() -> Result<json::value> {
                ++calls;
                if (!succeed) return fail(Code::conflict, "no");
                return json::value(calls);
            });
        });
    };
    EXPECT_TRUE(is_code(act(mine_, "k", false), Code::conflict));
    EXPECT_EQ(act(mine_, "k", true).value(), 2);
    EXPECT_EQ(act(mine_, "k", true).value(), 2);
    EXPECT_EQ(act(sibling_, "k", true).value(), 3);
    EXPECT_EQ(act(mine_, "", true).value(), 4);
    EXPECT_EQ(act(mine_, "", true).value(), 5);
    EXPECT_TRUE(is_code(act(mine_, std::string(201, 'k'), true), Code::invalid));
    clock_.advance(seconds(10));
    const auto forget = [&](Instant before) {
        return write([&](Tx& tx) { return effects::forget_before(tx, before, 10); }).value();
    };
    EXPECT_EQ(forget(clock_.now() + seconds(-20)), 0);
    EXPECT_EQ(forget(clock_.now()), 2);
    EXPECT_EQ(act(mine_, "k", true).value(), 6);
}

} // namespace weft::store
