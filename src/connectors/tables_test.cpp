#include "connectors/tables.h"

#include "connectors/testing.h"

namespace weft::connectors {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view parcels = R"({"table_name": "Parcels", "columns": [
    {"column_name": "code", "column_type": "String"},
    {"column_name": "grams", "column_type": "Number"},
    {"column_name": "labels", "column_type": "Array"},
    {"column_name": "state", "column_type": "String"}]})";

class TablesTest : public StoreTest {
protected:
    Table table_ = make_table(scope_, parcels);

    ActionCall call(std::string sort, std::string_view input, std::string key = {}) {
        return {.scope = scope_,
                .sort = std::move(sort),
                .input = js(input).as_object(),
                .effect_key = std::move(key)};
    }
    json::value done(ActionCall call) { return must(run("tables", std::move(call))); }

    static json::object many(int count) {
        json::array records;
        for (int i = 0; i < count; ++i)
            records.push_back(json::object{{"code", fmt::format("p{}", i)}, {"grams", count - i}});
        return {{"table", "Parcels"}, {"records", std::move(records)}};
    }
    std::vector<std::string> codes(const json::value& page) {
        std::vector<std::string> out;
        for (const json::value& record : page.at("records").as_array())
            out.emplace_back(text_or(record, "code"));
        return out;
    }
};

TEST_F(TablesTest, inserts_by_name_or_id_and_tells_facts_by_column) {
    const json::value answer = done(call("insert_records", R"({"table": "Parcels", "records": [
        {"code": "a", "grams": 5, "labels": ["cold", "fragile"], "state": "sent"},
        {"code": "b", "labels": ["cold"], "state": "sent"},
        {"code": "c", "labels": [], "state": ""},
        {"code": "d", "state": "lost"}]})"));
    EXPECT_EQ(answer.at("inserted"), 4);
    EXPECT_EQ(answer.at("total"), 4);
    EXPECT_EQ(answer.at("table_id").as_string(), table_.id.hex());
    EXPECT_EQ(answer.at("record_ids").as_array().size(), 4U);
    EXPECT_EQ(answer.at("columns"), js(R"({"code": {"filled": 4, "distinct": 4},
        "grams": {"filled": 1, "distinct": 1},
        "labels": {"filled": 2, "distinct": 2},
        "state": {"filled": 3, "distinct": 2}})"));
    const std::string by_id = fmt::format(R"({{"table": "{}", "records": []}})", table_.id.hex());
    EXPECT_EQ(done(call("insert_records", by_id)).at("inserted"), 0);
    EXPECT_EQ(records_in(table_), 4);
}

TEST_F(TablesTest, facts_count_values_that_are_few_and_repeat) {
    const json::value answer = done(call("insert_records", R"({"table": "Parcels", "records": [
        {"code": "a", "state": "sent"}, {"code": "b", "state": "lost"},
        {"code": "c", "state": "sent"},
        {"code": "d", "state": "sent"}]})"));
    EXPECT_EQ(answer.at("columns").at("state"),
              js(R"({"filled": 4, "distinct": 2, "values": {"sent": 3, "lost": 1}})"));
}

TEST_F(TablesTest, all_or_none_when_a_record_is_wrong) {
    const auto refused = run("tables", call("insert_records", R"({"table": "Parcels", "records": [
        {"code": "a"}, {"code": "b", "grams": "five"}, {"colour": "red"}]})"));
    EXPECT_TRUE(is_code(refused, Code::invalid));
    EXPECT_THAT(faults_of(refused), HasSubstr("records.1.grams: must be a number"));
    EXPECT_THAT(faults_of(refused), HasSubstr("records.2.colour: is not a column"));
    EXPECT_EQ(records_in(table_), 0);
}

TEST_F(TablesTest, a_repeat_under_the_same_key_inserts_nothing_twice) {
    ActionCall first = call("insert_records", R"({"table": "Parcels"})", "run/1/2");
    first.input = many(1'203);
    const json::value answer = done(first);
    EXPECT_EQ(answer.at("inserted"), 1'203);
    EXPECT_EQ(done(first).at("record_ids"), answer.at("record_ids"));
    EXPECT_EQ(records_in(table_), 1'203);
    first.effect_key = "run/1/3";
    EXPECT_EQ(done(first).at("inserted"), 1'203);
    EXPECT_EQ(records_in(table_), 2'406);
}

TEST_F(TablesTest, goes_on_where_a_crash_left_it) {
    ActionCall whole = call("insert_records", "{}", "run/1/2");
    whole.input = many(1'203);
    std::vector<json::value> slice;
    for (std::size_t i = 0; i < records_per_write; ++i)
        slice.push_back(whole.input.at("records").as_array()[i]);
    write([&](store::Tx& tx) { // what a process that died had done
        return store::records::insert(tx, scope_, table_.id, slice, "records", "run/1/2/0");
    });
    EXPECT_EQ(done(whole).at("inserted"), 1'203);
    EXPECT_EQ(records_in(table_), 1'203);
}

TEST_F(TablesTest, refuses_too_many_and_foreign_tables) {
    ActionCall over = call("insert_records", "{}");
    over.input = many(static_cast<int>(records_per_call_max) + 1);
    EXPECT_TRUE(is_code(run("tables", over), Code::invalid));
    make_table(other_, R"({"table_name": "Theirs", "columns": []})");
    EXPECT_TRUE(
        is_code(run("tables", call("list_records", R"({"table": "Theirs"})")), Code::not_found));
    EXPECT_TRUE(is_code(run("tables", call("drop_table", "{}")), Code::not_found));
}

TEST_F(TablesTest, lists_pages_in_an_order) {
    ActionCall insert = call("insert_records", "{}");
    insert.input = many(5);
    done(insert);
    const json::value page =
        done(call("list_records", R"({"table": "Parcels", "page": 2, "page_size": 2})"));
    EXPECT_THAT(codes(page), ElementsAre("p2", "p3"));
    EXPECT_EQ(page.at("total_count"), 5);
    EXPECT_EQ(page.at("next_page"), 3);
    const json::value last =
        done(call("list_records", R"({"table": "Parcels", "page": 3, "page_size": 2})"));
    EXPECT_TRUE(last.at("next_page").is_null());
    EXPECT_THAT(codes(done(call("list_records", R"({"table": "Parcels", "sort_key": "grams"})"))),
                ElementsAre("p4", "p3", "p2", "p1", "p0"));
    EXPECT_TRUE(
        is_code(run("tables", call("list_records", R"({"table": "Parcels", "sort_key": "size"})")),
                Code::invalid));
    EXPECT_EQ(done(call("count_records", R"({"table": "Parcels"})")), js(R"({"count": 5})"));
}

TEST_F(TablesTest, only_this_run_sees_what_earlier_calls_of_the_run_put_in) {
    ActionCall stranger = call("insert_records", "{}");
    stranger.input = many(3);
    done(stranger);
    const json::value one_in = js(R"({"records": [{"code": "x", "grams": 2, "state": "sent"}]})");
    const json::value two_in =
        js(R"({"records": [{"code": "z", "state": "sent"}, {"code": "y", "grams": 1}]})");
    ActionCall one = call("insert_records", R"({"table": "Parcels"})");
    one.input["records"] = one_in.at("records");
    const json::value one_out = done(one);
    ActionCall two = call("insert_records", R"({"table": "Parcels"})");
    two.input["records"] = two_in.at("records");
    two.earlier = {{"insert_records", &one_in, &one_out}};
    const json::value two_out = done(two);
    EXPECT_EQ(two_out.at("inserted"), 2);
    EXPECT_EQ(two_out.at("total"), 3);
    EXPECT_EQ(two_out.at("columns").at("state"),
              js(R"({"filled": 2, "distinct": 1, "values": {"sent": 2}})"));
    EXPECT_EQ(two_out.at("columns").at("grams").at("filled"), 2);

    const auto listed = [&](std::string_view input) {
        ActionCall list = call("list_records", input);
        list.earlier = {{"insert_records", &one_in, &one_out},
                        {"insert_records", &two_in, &two_out}};
        return done(list);
    };
    EXPECT_THAT(codes(listed(R"({"table": "Parcels", "only_this_run": true})")),
                ElementsAre("x", "z", "y"));
    EXPECT_THAT(
        codes(listed(R"({"table": "Parcels", "only_this_run": true, "sort": -1, "page_size": 2})")),
        ElementsAre("y", "z"));
    EXPECT_THAT(
        codes(listed(R"({"table": "Parcels", "only_this_run": true, "sort_key": "grams"})")),
        ElementsAre("y", "x", "z"));
    EXPECT_THAT(
        codes(listed(R"({"table": "Parcels", "only_this_run": true, "sort_key": "code", "sort": -1,
                               "page": 2, "page_size": 2})")),
        ElementsAre("x"));
    EXPECT_EQ(listed(R"({"table": "Parcels", "only_this_run": true})").at("total_count"), 3);
}

TEST_F(TablesTest, models_are_not_shown_the_ids_that_only_programs_need) {
    const Connector& tables = *catalogue_.find("tables");
    const json::value output = js(R"({"inserted": 1, "record_ids": ["0"]})");
    EXPECT_EQ(tables.shown("insert_records", output), js(R"({"inserted": 1})"));
    EXPECT_EQ(tables.shown("list_records", output), output);
}

TEST_F(TablesTest, outputs_are_as_the_actions_say) {
    ActionCall insert = call("insert_records", "{}");
    insert.input = many(2);
    for (const ActionCall& each : {insert, call("list_records", R"({"table": "Parcels"})"),
                                   call("count_records", R"({"table": "Parcels"})")}) {
        const Action* action = find_action(catalogue_, "tables", each.sort);
        ASSERT_TRUE(action);
        EXPECT_EQ(faults_of(check_value(action->input, each.input, Unknown::refuse)), "ok")
            << each.sort;
        EXPECT_EQ(faults_of(check_value(action->output, done(each), Unknown::refuse)), "ok")
            << each.sort;
    }
    EXPECT_EQ(find_action(catalogue_, "tables", "nothing"), nullptr);
    EXPECT_EQ(find_action(catalogue_, "nothing", "list"), nullptr);
    EXPECT_EQ(kinds(catalogue_).size(), 5U);
}

} // namespace
} // namespace weft::connectors
